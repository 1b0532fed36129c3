#include "readers/libsvm.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/numbers.h"
#include "base/utf8.h"
#include "readers/cell.h"
#include "readers/text_buffer.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr std::string_view kBlanks = " \t\r";

class LibsvmReader {
 public:
  LibsvmReader(ByteSource& source, const ReadRequest& request);

  RawData read();

 private:
  struct Entry {
    std::uint32_t index = 0;  // as in the file
    float value = 0;
  };

  bool next_line();
  std::string_view next_token();
  void read_line();
  void read_label(std::string_view token);
  Entry entry_of(std::string_view token);
  void store_entries();
  void count_from_base();
  std::uint32_t feature_count() const;
  std::uint32_t most_features() const;

  [[noreturn]] void fail_here(std::string_view problem, std::string_view remedy) const {
    fail_at(line_, problem, remedy);
  }
  [[noreturn]] void fail_at(std::uint64_t line, std::string_view problem,
                            std::string_view remedy) const {
    source_.fail(fmt::format("line {}: {}", line, problem), remedy);
  }

  ByteSource& source_;
  const ReadRequest& request_;
  TextBuffer text_;
  std::uint64_t line_ = 0;      // from 1
  std::size_t line_bytes_ = 0;  // of the line that is read, with its end
  std::string_view rest_;       // of that line
  bool has_labels_ = true;
  std::uint64_t first_sample_line_ = 0;
  std::vector<Entry> entries_;  // of one line
  SparseRows rows_;
  std::vector<double> labels_;
  std::uint64_t zero_line_ = 0;  // the first line with an index of 0; 0: none
  std::uint32_t highest_ = 0;    // index
  std::uint64_t highest_line_ = 0;
};

LibsvmReader::LibsvmReader(ByteSource& source, const ReadRequest& request)
    : source_(source), request_(request), text_(source, "a LIBSVM file") {
  if (request.known != nullptr && request.known->schema.is_image) {
    source.fail("has samples without pixels, and the network was trained on images",
                "give images, or an array");
  }
}

RawData LibsvmReader::read() {
  while (next_line()) read_line();
  const std::size_t samples = rows_.rows();
  if (samples == 0) source_.fail("has no samples", "give a file that has some");
  RawData data;
  data.train.source = source_.name();
  data.train.samples = samples;
  data.train.schema.is_image = false;
  data.train.schema.zero_based = zero_line_ != 0;
  if (request_.known != nullptr) data.train.schema = request_.known->schema;
  data.train.shape.width = feature_count();
  if (!data.train.schema.zero_based) count_from_base();
  data.train.features = std::move(rows_);
  if (has_labels_) data.train.answers = NumberAnswers{.values = std::move(labels_)};
  return data;
}

bool LibsvmReader::next_line() {
  text_.skip(line_bytes_);
  std::size_t end = 0;
  for (std::size_t looked_at = 0;;) {
    const std::string_view text = text_.text();
    end = text.find('\n', looked_at);
    if (end != std::string_view::npos) break;
    looked_at = text.size();
    if (looked_at > kMostRecordBytes) {
      source_.fail(fmt::format("line {}: more than 64 MiB long", line_ + 1),
                   "give a line a sample");
    }
    if (!text_.read_on()) {
      if (looked_at == 0) return false;
      end = looked_at;
      break;
    }
  }
  rest_ = text_.text().substr(0, end);
  line_bytes_ = std::min(end + 1, text_.text().size());
  ++line_;
  rest_ = rest_.substr(0, rest_.find('#'));
  return true;
}

std::string_view LibsvmReader::next_token() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  const std::string_view token = rest_.substr(0, rest_.find_first_of(kBlanks));
  rest_.remove_prefix(token.size());
  return token;
}

void LibsvmReader::read_line() {
  std::string_view token = next_token();
  if (token.empty()) return;
  const bool has_label = token.find(':') == std::string_view::npos;
  if (first_sample_line_ == 0) {
    first_sample_line_ = line_;
    has_labels_ = has_label;
  }
  if (!has_label && (has_labels_ || request_.labels == LabelsWanted::kRequired)) {
    fail_here(fmt::format("begins with '{}', and has no label", excerpt(token)),
              "put a number before the features");
  }
  if (has_label && !has_labels_) {
    fail_here(
        fmt::format("has the label '{}', and line {} has none", excerpt(token), first_sample_line_),
        "give every line a label, or none");
  }
  entries_.clear();
  if (has_label) {
    read_label(token);
    token = next_token();
  }
  for (; !token.empty(); token = next_token()) entries_.push_back(entry_of(token));
  store_entries();
}

void LibsvmReader::read_label(std::string_view token) {
  const Cell label = parse_cell(token);
  if (label.kind == CellKind::kNumber) {
    labels_.push_back(label.value);
    return;
  }
  if (token.find(',') != std::string_view::npos) {
    fail_here(fmt::format("has several labels, '{}'", excerpt(token)),
              "give each sample one, or number the combinations");
  }
  fail_here(fmt::format("the label '{}' is no finite number", excerpt(token)),
            "number the classes, or give a CSV file");
}

LibsvmReader::Entry LibsvmReader::entry_of(std::string_view token) {
  const std::size_t colon = token.find(':');
  if (token.starts_with("qid:")) {
    fail_here("has a query (qid), as data for ranking has", "take the qid of every line out");
  }
  const std::string_view digits = token.substr(0, colon);
  std::uint64_t index = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (colon == std::string_view::npos || result.ec == std::errc::invalid_argument ||
      result.ptr != digits.data() + digits.size()) {
    fail_here(fmt::format("'{}' is no index:value", excerpt(token)),
              "write features as 3:0.5, with blanks between them");
  }
  if (result.ec != std::errc() || index > kMostLibsvmFeatures) {
    fail_here(
        fmt::format("the index {} is above {}", excerpt(digits), grouped(kMostLibsvmFeatures)),
        "number the features without gaps");
  }
  const Cell value = parse_cell(token.substr(colon + 1));
  if (value.kind != CellKind::kNumber || !fits_float(value.value)) {
    fail_here(
        fmt::format("the value of '{}' is no finite number that a float can hold", excerpt(token)),
        "mend it, or leave the feature out, which makes it 0");
  }
  return {.index = static_cast<std::uint32_t>(index), .value = static_cast<float>(value.value)};
}

void LibsvmReader::store_entries() {
  const auto is_before = [](const Entry& a, const Entry& b) { return a.index < b.index; };
  if (!std::is_sorted(entries_.begin(), entries_.end(), is_before)) {
    std::sort(entries_.begin(), entries_.end(), is_before);
  }
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (i > 0 && entries_[i - 1].index == entry.index) {
      fail_here(fmt::format("has the feature {} twice", entry.index), "leave one of them out");
    }
    if (entry.value == 0) continue;  // as all that is not there
    rows_.columns.push_back(entry.index);
    rows_.values.push_back(entry.value);
  }
  rows_.row_begin.push_back(rows_.columns.size());
  if (entries_.empty()) return;
  if (entries_.front().index == 0 && zero_line_ == 0) zero_line_ = line_;
  if (highest_line_ == 0 || entries_.back().index > highest_) {
    highest_ = entries_.back().index;
    highest_line_ = line_;
  }
}

void LibsvmReader::count_from_base() {
  if (zero_line_ != 0) {
    fail_at(zero_line_, "has the index 0, and the training data counted from 1",
            "count the features as it did");
  }
  for (std::uint32_t& column : rows_.columns) --column;
}

std::uint32_t LibsvmReader::most_features() const {
  return request_.known != nullptr ? request_.known->shape.features() : request_.libsvm_features;
}

std::uint32_t LibsvmReader::feature_count() const {
  const bool is_zero_based =
      request_.known != nullptr ? request_.known->schema.zero_based : zero_line_ != 0;
  const std::uint32_t count =
      highest_line_ == 0 ? 0 : highest_ + static_cast<std::uint32_t>(is_zero_based);
  const std::uint32_t most = most_features();
  if (most == 0) {
    if (count == 0) source_.fail("has no features", "give samples that have some");
    return count;
  }
  if (count > most) {
    fail_at(highest_line_,
            fmt::format("the index {} is above those of {} features, counted from {}", highest_,
                        grouped(most), is_zero_based ? 0 : 1),
            request_.known != nullptr ? "train with --libsvm-features, of all files together"
                                      : "give a higher --libsvm-features");
  }
  return most;
}

}  // namespace

RawData read_libsvm(ByteSource& source, const ReadRequest& request) {
  return LibsvmReader(source, request).read();
}

}  // namespace regrow
