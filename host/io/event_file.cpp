// Events as Protocol Buffers, and the file that they are appended to. The few messages are written
// field by field with protozero: generated code and its runtime would be more than all of this.
#include "io/event_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>
#include <span>
#include <system_error>
#include <utility>

#include "io/system_calls.h"
#include "io/tf_record.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {
namespace {

// The head of every event file: the version of the format.
constexpr const char* kFormatVersion = "brain.Event:2";

enum class EventField : protozero::pbf_tag_type {
  kWallTime = 1,
  kStep = 2,
  kFileVersion = 3,
  kSummary = 5,
};
enum class SummaryField : protozero::pbf_tag_type { kValue = 1 };
enum class ValueField : protozero::pbf_tag_type { kTag = 1, kScalar = 2, kHistogram = 5 };
enum class HistogramField : protozero::pbf_tag_type {
  kMin = 1,
  kMax = 2,
  kCount = 3,
  kSum = 4,
  kSumOfSquares = 5,
  kLimits = 6,
  kCounts = 7,
};

using EventBuilder = protozero::pbf_builder<EventField>;
using SummaryBuilder = protozero::pbf_builder<SummaryField>;
using ValueBuilder = protozero::pbf_builder<ValueField>;
using HistogramBuilder = protozero::pbf_builder<HistogramField>;

void add_scalar(SummaryBuilder& summary, const Scalar& scalar) {
  ValueBuilder value(summary, SummaryField::kValue);
  value.add_string(ValueField::kTag, scalar.tag);
  value.add_float(ValueField::kScalar, static_cast<float>(scalar.value));
}

void add_histogram(SummaryBuilder& summary, const Histogram& histogram) {
  ValueBuilder value(summary, SummaryField::kValue);
  value.add_string(ValueField::kTag, histogram.tag);
  HistogramBuilder content(value, ValueField::kHistogram);
  content.add_double(HistogramField::kMin, histogram.min);
  content.add_double(HistogramField::kMax, histogram.max);
  content.add_double(HistogramField::kCount, histogram.count);
  content.add_double(HistogramField::kSum, histogram.sum);
  content.add_double(HistogramField::kSumOfSquares, histogram.sum_of_squares);
  content.add_packed_double(HistogramField::kLimits, histogram.limits.begin(),
                            histogram.limits.end());
  content.add_packed_double(HistogramField::kCounts, histogram.counts.begin(),
                            histogram.counts.end());
}

std::string encode_head(double wall_time) {
  std::string bytes;
  EventBuilder head(bytes);
  head.add_double(EventField::kWallTime, wall_time);
  head.add_string(EventField::kFileVersion, kFormatVersion);
  return bytes;
}

/// What counts for going on: where an event stands, and whether it is a file's head.
struct EventPlace {
  std::int64_t step = 0;
  bool is_head = false;
};

/// Nothing where the payload is not an Event message.
std::optional<EventPlace> place_of(std::string_view payload) {
  EventPlace place;
  try {
    protozero::pbf_message<EventField> message(payload.data(), payload.size());
    while (message.next()) {
      switch (message.tag()) {
        case EventField::kStep:
          place.step = message.get_int64();
          break;
        case EventField::kFileVersion:
          place.is_head = message.get_string() == kFormatVersion;
          break;
        default:
          message.skip();
      }
    }
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
  return place;
}

}  // namespace

std::string encode_event(const Event& event) {
  std::string bytes;
  EventBuilder message(bytes);
  message.add_double(EventField::kWallTime, event.wall_time);
  message.add_int64(EventField::kStep, event.step);
  {
    SummaryBuilder summary(message, EventField::kSummary);  // its end writes its length
    for (const Scalar& scalar : event.scalars) add_scalar(summary, scalar);
    for (const Histogram& histogram : event.histograms) add_histogram(summary, histogram);
  }
  return bytes;
}

EventFile::EventFile(std::filesystem::path path, std::uint32_t first_step, double wall_time)
    : path_(std::move(path)) {
  descriptor_ = uninterrupted(
      [&] { return ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666); });
  if (descriptor_ < 0) fail(errno);
  try {
    keep_events_before(first_step);
    if (size_ == 0) write_record(encode_head(wall_time));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

EventFile::~EventFile() { ::close(descriptor_); }

void EventFile::keep_events_before(std::uint32_t first_step) {
  const std::string content = read_file(path_);
  std::string_view rest = content;
  while (const auto payload = first_tf_payload(rest)) {
    const auto place = place_of(*payload);
    if (!place || place->is_head != (size_ == 0)) break;
    if (!place->is_head) {
      if (place->step < 0 || place->step >= first_step) break;
      last_step_ = static_cast<std::uint32_t>(place->step);
    }
    size_ += payload->size() + kTfFrameBytes;
    rest = std::string_view(content).substr(size_);
  }
  if (!rest.empty() && !cut_back()) fail(errno);
}

bool EventFile::cut_back() const {
  return uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size_)); }) == 0;
}

void EventFile::append(const Event& event) {
  write_record(encode_event(event));
  last_step_ = event.step;
}

void EventFile::write_record(std::string_view payload) {
  const std::string record = tf_record(payload);
  const int error_number = write_all(descriptor_, std::as_bytes(std::span(record)));
  if (error_number != 0) {
    cut_back();  // best effort: should this fail, too, the next open cuts the part off
    fail(error_number);
  }
  size_ += record.size();
}

void EventFile::sync() {
  // What is not a disk's file, a pipe for one, says EINVAL.
  const bool is_synced = uninterrupted([&] { return ::fdatasync(descriptor_); }) == 0;
  if (!is_synced && errno != EINVAL) fail(errno);
}

void EventFile::fail(int error_number) const {
  const bool is_full = error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
  throw Error(fmt::format("{}: cannot be written: {}; {}", path_.string(),
                          std::generic_category().message(error_number),
                          is_full ? "free some space and go on with --resume"
                                  : "check the disk or choose another folder"));
}

}  // namespace regrow
