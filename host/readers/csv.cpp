// What the columns are is guessed from the first two records and held against all that follow: a
// table that keeps to the guess is read once.
#include "readers/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/numbers.h"
#include "base/utf8.h"
#include "readers/cell.h"
#include "readers/csv_records.h"
#include "readers/float_blocks.h"
#include "readers/table_plan.h"
#include "readers/text_buffer.h"
#include "system/available_memory.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr std::size_t kMostClassNames = std::size_t{1} << 16;  // labels have 16 bits

/// Texts, numbered as they appear first.
class Dictionary {
 public:
  std::uint32_t number_of(std::string_view text) {
    const auto found = numbers_.find(text);
    if (found != numbers_.end()) return found->second;
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(text, number);
    texts_.emplace_back(text);
    return number;
  }
  /// -1: it has none.
  std::int64_t known_number_of(std::string_view text) const {
    const auto found = numbers_.find(text);
    return found == numbers_.end() ? -1 : std::int64_t{found->second};
  }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<std::string> texts_;
};

/// One of the schema's columns.
struct InputColumn {
  DataColumn column;
  bool has_categories = false;
  Dictionary categories;
  std::uint64_t strangers = 0;  // values of categories that the training data had not
  std::string stranger;         // one of them
};

/// What one pass over the table gives.
struct TableContent {
  explicit TableContent(std::size_t columns) : cells(columns), inputs(columns) {}

  FloatBlocks cells;  // [samples][columns of the schema]: a number, or that of a category, or -1
  std::vector<InputColumn> inputs;
  std::vector<double> label_numbers;
  Dictionary label_names;
  std::vector<std::uint32_t> label_ids;
  std::uint64_t missing_labels = 0;
  std::uint64_t missing_label_line = 0;
};

class CsvReader {
 public:
  CsvReader(ByteSource& source, TextBuffer& text, char separator, const ReadRequest& request)
      : source_(source), request_(request), records_(text, separator) {}

  RawData read();

 private:
  void look_at_start();
  void learn_from_record();
  TablePlan plan() const {
    return request_.known == nullptr ? plan_training(source_, first_, facts_, request_)
                                     : plan_unseen(source_, first_, facts_, request_);
  }
  TableContent prepared_content(const TablePlan& plan) const;
  bool read_all(const TablePlan& plan, TableContent& content);
  void require_width() const;
  bool store_record(const TablePlan& plan, TableContent& content);
  bool store_label(const TablePlan& plan, std::size_t column, TableContent& content);
  float category_of(const TablePlan& plan, std::size_t column, InputColumn& input) const;
  Cell checked_cell(const TablePlan& plan, std::size_t column) const;
  RawData finished(TablePlan plan, TableContent content) const;
  Features features_of(TableContent& content) const;
  Answers answers_of(const TablePlan& plan, TableContent& content, RawData& data) const;

  [[noreturn]] void fail_at(const TablePlan& plan, std::size_t column, std::string_view problem,
                            std::string_view remedy) const {
    source_.fail(
        fmt::format("line {}, {}: {}", records_.line(), column_text(plan, column), problem),
        remedy);
  }
  std::string_view field(std::size_t column) const { return records_.fields()[column]; }

  ByteSource& source_;
  const ReadRequest& request_;
  CsvRecords records_;
  std::vector<std::string> first_;  // the fields of the first record
  std::uint64_t first_line_ = 0;
  std::vector<ColumnFacts> facts_;           // [columns of the file]
  std::vector<std::size_t> may_name_label_;  // columns whose first value is a name of labels
};

RawData CsvReader::read() {
  look_at_start();
  TablePlan guess = plan();
  for (int pass = 0; pass < 2; ++pass) {
    TableContent content = prepared_content(guess);
    const bool fits = read_all(guess, content);
    TablePlan right = plan();
    if (fits && right.reads_as(guess)) return finished(std::move(right), std::move(content));
    guess = std::move(right);
  }
  source_.fail("changed while it was read", "wait until nothing writes to it");
}

void CsvReader::look_at_start() {
  if (!records_.next()) source_.fail("has only blank lines", "give a file that has samples");
  if (records_.fields().size() > kMostColumns) {
    source_.fail(
        fmt::format("line {}: more than {} columns", records_.line(), grouped(kMostColumns)),
        "give them as a LIBSVM file or an array");
  }
  first_.assign(records_.fields().begin(), records_.fields().end());
  first_line_ = records_.line();
  facts_.resize(first_.size());
  for (std::size_t column = 0; column < first_.size(); ++column) {
    if (might_name_label(first_[column], request_)) may_name_label_.push_back(column);
  }
  if (!records_.next()) return;
  require_width();
  for (std::size_t column = 0; column < first_.size(); ++column) {
    if (parse_cell(field(column)).kind != CellKind::kText) continue;
    facts_[column].text_line = records_.line();
    facts_[column].text = field(column);
  }
  learn_from_record();
}

void CsvReader::learn_from_record() {
  for (const std::size_t column : may_name_label_) {
    if (field(column) == first_[column]) facts_[column].repeats_first = true;
  }
}

TableContent CsvReader::prepared_content(const TablePlan& plan) const {
  const auto is_input = [](ColumnRole role) {
    return role == ColumnRole::kNumber || role == ColumnRole::kCategory;
  };
  TableContent content(
      static_cast<std::size_t>(std::count_if(plan.roles.begin(), plan.roles.end(), is_input)));
  for (std::size_t column = 0; column < plan.roles.size(); ++column) {
    if (!is_input(plan.roles[column])) continue;
    InputColumn& input = content.inputs[plan.inputs[column]];
    input.has_categories = plan.roles[column] == ColumnRole::kCategory;
    input.column.name = plan.names[column];
    if (request_.known == nullptr || !input.has_categories) continue;
    for (const std::string& category :
         request_.known->schema.columns[plan.inputs[column]].categories) {
      input.categories.number_of(category);
    }
  }
  return content;
}

bool CsvReader::read_all(const TablePlan& plan, TableContent& content) {
  records_.rewind();
  bool fits = true;
  for (bool is_first = true; records_.next(); is_first = false) {
    require_width();
    if (is_first && plan.has_header) continue;
    if (!is_first) learn_from_record();
    if (!store_record(plan, content)) fits = false;
    // What is left to be learnt is which other columns have text.
    if (!fits) content.cells.clear();
  }
  return fits;
}

void CsvReader::require_width() const {
  const std::size_t count = records_.fields().size();
  if (count == first_.size()) return;
  source_.fail(fmt::format("line {} has {} field{}, and line {} has {}", records_.line(), count,
                           count == 1 ? "" : "s", first_line_, first_.size()),
               "give every line as many; a field that has a separator in it needs quotes");
}

Cell CsvReader::checked_cell(const TablePlan& plan, std::size_t column) const {
  const Cell cell = parse_cell(field(column));
  const bool is_number = cell.kind == CellKind::kNumber;
  if (is_number && fits_float(cell.value)) return cell;
  if (cell.kind == CellKind::kMissing) {
    fail_at(plan, column,
            field(column).empty() ? "the value is missing"
                                  : fmt::format("the value is missing ('{}')", field(column)),
            "fill it in, or leave out the line or the column");
  }
  if (is_number || cell.kind == CellKind::kNotFinite) {
    fail_at(plan, column,
            fmt::format("{} is {}", excerpt(field(column)),
                        is_number ? "more than a float can hold" : "not finite"),
            "give a number between -3.4e38 and 3.4e38");
  }
  if (has_decimal_comma(field(column))) {
    fail_at(plan, column, fmt::format("'{}' has a comma in its number", excerpt(field(column))),
            "write numbers with a decimal point, and without commas");
  }
  return cell;
}

bool CsvReader::store_record(const TablePlan& plan, TableContent& content) {
  const std::span<float> cells = content.cells.add_row();
  bool fits = true;
  for (std::size_t column = 0; column < plan.roles.size(); ++column) {
    const ColumnRole role = plan.roles[column];
    if (role == ColumnRole::kIgnored) continue;
    if (role == ColumnRole::kLabelNumber || role == ColumnRole::kLabelText) {
      fits &= store_label(plan, column, content);
      continue;
    }
    InputColumn& input = content.inputs[plan.inputs[column]];
    float& stored = cells[plan.inputs[column]];
    const Cell cell = checked_cell(plan, column);
    if (role == ColumnRole::kCategory) {
      stored = category_of(plan, column, input);
    } else if (cell.kind == CellKind::kNumber) {
      stored = static_cast<float>(cell.value);
    } else if (request_.known != nullptr) {
      fail_at(
          plan, column,
          fmt::format("'{}' is no number, as the training data had here", excerpt(field(column))),
          "mend it, or leave out the line");
    } else {
      fits = false;
      if (facts_[column].text_line != 0) continue;
      facts_[column].text_line = records_.line();
      facts_[column].text = field(column);
    }
  }
  return fits;
}

float CsvReader::category_of(const TablePlan& plan, std::size_t column, InputColumn& input) const {
  if (request_.known != nullptr) {
    const std::int64_t number = input.categories.known_number_of(field(column));
    if (number < 0 && input.strangers++ == 0) input.stranger = field(column);
    return static_cast<float>(number);
  }
  const std::uint32_t number = input.categories.number_of(field(column));
  if (number < input.categories.texts().size() - 1) return static_cast<float>(number);
  // It may be new.
  if (number >= kMostCategories) {
    source_.fail(
        fmt::format("{} has more than {} values, and they are not all numbers: line {} has "
                    "'{}'",
                    column_text(plan, column), grouped(kMostCategories), facts_[column].text_line,
                    excerpt(facts_[column].text)),
        "mend that value if the column is one of numbers, or leave the column out");
  }
  if (!is_utf8(input.categories.texts().back())) {
    fail_at(plan, column, "the text is not UTF-8",
            "convert the file, for instance with iconv -f LATIN1 -t UTF-8");
  }
  return static_cast<float>(number);
}

bool CsvReader::store_label(const TablePlan& plan, std::size_t column, TableContent& content) {
  const Cell cell = parse_cell(field(column));
  if (cell.kind == CellKind::kMissing) {
    if (request_.labels == LabelsWanted::kRequired) {
      fail_at(plan, column, "the label is missing", "fill it in, or leave out the line");
    }
    if (content.missing_labels++ == 0) content.missing_label_line = records_.line();
    return true;
  }
  if (plan.roles[column] == ColumnRole::kLabelText) {
    const std::uint32_t number = content.label_names.number_of(field(column));
    if (number >= kMostClassNames) {
      fail_at(plan, column,
              fmt::format("more than {} labels differ, and they are not all numbers",
                          grouped(kMostClassNames)),
              "say with --label which column has the classes");
    }
    if (!is_utf8(content.label_names.texts()[number])) {
      fail_at(plan, column, "the label is not UTF-8",
              "convert the file, for instance with iconv -f LATIN1 -t UTF-8");
    }
    content.label_ids.push_back(number);
    return true;
  }
  if (cell.kind == CellKind::kNotFinite) {
    fail_at(plan, column, fmt::format("the label {} is not finite", excerpt(field(column))),
            "leave out the line");
  }
  if (cell.kind == CellKind::kNumber) {
    content.label_numbers.push_back(cell.value);
    return true;
  }
  if (facts_[column].text_line == 0) {
    facts_[column].text_line = records_.line();
    facts_[column].text = field(column);
  }
  return false;
}

RawData CsvReader::finished(TablePlan plan, TableContent content) const {
  RawData data;
  RawSamples& samples = data.train;
  samples.source = source_.name();
  samples.samples = content.cells.rows();
  if (samples.samples == 0)
    source_.fail("has a header, and no samples", "give a file that has some");
  data.notes = std::move(plan.notes);
  samples.answers = answers_of(plan, content, data);
  std::vector<std::string> columns_of_text;
  for (InputColumn& input : content.inputs) {
    if (!input.has_categories) continue;
    if (request_.known != nullptr) {
      if (input.strangers > 0) {
        data.notes.push_back(
            fmt::format("{}: column '{}': {} of {} samples have a category that the training data "
                        "had not, such "
                        "as '{}', and count as of none",
                        source_.name(), excerpt(input.column.name), grouped(input.strangers),
                        grouped(samples.samples), excerpt(input.stranger)));
      }
      continue;
    }
    input.column.categories = input.categories.texts();
    std::sort(input.column.categories.begin(), input.column.categories.end());
    columns_of_text.push_back(
        fmt::format("'{}' ({})", excerpt(input.column.name), input.column.categories.size()));
  }
  if (!columns_of_text.empty()) {
    constexpr std::size_t kListed = 12;
    std::string list;
    for (std::size_t i = 0; i < std::min(kListed, columns_of_text.size()); ++i) {
      list += (i == 0 ? "" : ", ") + columns_of_text[i];
    }
    if (columns_of_text.size() > kListed) {
      list += fmt::format(" and {} more", columns_of_text.size() - kListed);
    }
    data.notes.push_back(fmt::format("{}: columns that have text enter as their categories: {}",
                                     source_.name(), list));
  }
  if (request_.known != nullptr) {
    samples.schema = request_.known->schema;
    for (std::size_t i = 0; i < samples.schema.columns.size(); ++i) {
      content.inputs[i].column = samples.schema.columns[i];
    }
  } else {
    samples.schema.is_image = false;
    for (const InputColumn& input : content.inputs) samples.schema.columns.push_back(input.column);
    const auto label = std::find_if(plan.roles.begin(), plan.roles.end(), [](ColumnRole role) {
      return role == ColumnRole::kLabelNumber || role == ColumnRole::kLabelText;
    });
    samples.schema.label = plan.names[static_cast<std::size_t>(label - plan.roles.begin())];
  }
  samples.features = features_of(content);
  samples.shape.width = static_cast<std::uint32_t>(
      std::get<FloatFeatures>(samples.features).size() / samples.samples);
  return data;
}

Features CsvReader::features_of(TableContent& content) const {
  std::vector<std::size_t> begins;  // the first input of each column
  std::size_t width = 0;
  for (const InputColumn& input : content.inputs) {
    begins.push_back(width);
    width += input.has_categories ? input.column.categories.size() : 1;
  }
  if (std::none_of(content.inputs.begin(), content.inputs.end(),
                   [](const InputColumn& input) { return input.has_categories; })) {
    return content.cells.take();
  }
  const std::uint64_t bytes = std::uint64_t{sizeof(float)} * width * content.cells.rows();
  const AvailableMemory available = available_memory();
  if (bytes > available.bytes) {
    source_.fail(
        fmt::format("its categories make {} inputs a sample: {}, and {} {}", grouped(width),
                    memory_text(bytes), memory_text(available.bytes), available.where),
        "leave out columns of text that have many values");
  }
  // Where the categories stand that were numbered as they appeared.
  std::vector<std::vector<std::size_t>> places(content.inputs.size());
  for (std::size_t i = 0; i < content.inputs.size(); ++i) {
    const InputColumn& input = content.inputs[i];
    for (const std::string& text : input.categories.texts()) {
      const auto& all = input.column.categories;
      const auto place = request_.known == nullptr ? std::lower_bound(all.begin(), all.end(), text)
                                                   : std::find(all.begin(), all.end(), text);
      places[i].push_back(begins[i] + static_cast<std::size_t>(place - all.begin()));
    }
  }
  FloatFeatures features;
  features.reserve(width * content.cells.rows());
  content.cells.take_rows([&](std::span<const float> cells) {
    const std::size_t row = features.size();
    features.resize(row + width);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!content.inputs[i].has_categories) {
        features[row + begins[i]] = cells[i];
      } else if (cells[i] >= 0) {
        features[row + places[i][static_cast<std::size_t>(cells[i])]] = 1;
      }
    }
  });
  return features;
}

Answers CsvReader::answers_of(const TablePlan& plan, TableContent& content, RawData& data) const {
  const auto has = [&](ColumnRole role) {
    return std::find(plan.roles.begin(), plan.roles.end(), role) != plan.roles.end();
  };
  const std::uint64_t samples = content.cells.rows();
  if (content.missing_labels == samples) {
    data.notes.push_back(source_.name() + ": all labels are missing; it is read as without them");
    return {};
  }
  if (content.missing_labels > 0) {
    source_.fail(fmt::format("line {}: the label is missing, and other lines have one",
                             content.missing_label_line),
                 "fill it in, or take the column out");
  }
  if (has(ColumnRole::kLabelText)) {
    return TextAnswers{.names = content.label_names.texts(), .ids = std::move(content.label_ids)};
  }
  if (has(ColumnRole::kLabelNumber)) {
    return NumberAnswers{.values = std::move(content.label_numbers)};
  }
  return {};
}

}  // namespace

RawData read_csv(ByteSource& source, char separator, const ReadRequest& request) {
  TextBuffer text(source, separator == '\t' ? "a TSV table" : "a CSV table");
  if (separator == ',') separator = separator_of(text);
  return CsvReader(source, text, separator, request).read();
}

}  // namespace regrow
