// Events as Protocol Buffers, and the file that they are appended to. The few messages are written
// field by field with protozero: generated code and its runtime would be more than all of this.
#include "io/event_file.h"

#include <algorithm>
#include <protozero/pbf_builder.hpp>
#include <protozero/pbf_message.hpp>
#include <string_view>
#include <utility>

#include "io/tf_record.h"

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
      // A field of another wire type is none that is known: it is skipped, as any protobuf reader
      // does, for the getters take the type for granted.
      switch (message.tag_and_type()) {
        case protozero::tag_and_type(EventField::kStep, protozero::pbf_wire_type::varint):
          place.step = message.get_int64();
          break;
        case protozero::tag_and_type(EventField::kFileVersion,
                                     protozero::pbf_wire_type::length_delimited):
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

/// The payloads of a file, one after the other. A run of a million epochs has gigabytes of them:
/// only a part of the file is in memory at a time.
class RecordReader {
 public:
  explicit RecordReader(const AppendFile& file) : file_(file) {}

  /// Valid until the next call. Nothing at the end, and where a record is cut off or damaged.
  std::optional<std::string_view> next() {
    const auto payload_bytes = first_tf_payload_bytes(look_ahead(kTfHeadBytes));
    const std::uint64_t left_bytes = file_.size() - offset_;
    if (!payload_bytes || left_bytes < kTfFrameBytes || *payload_bytes > kMostPayloadBytes ||
        *payload_bytes > left_bytes - kTfFrameBytes) {
      return std::nullopt;
    }
    const std::uint64_t record_bytes = *payload_bytes + kTfFrameBytes;
    const auto payload = first_tf_payload(look_ahead(static_cast<std::size_t>(record_bytes)));
    offset_ += record_bytes;
    return payload;
  }

 private:
  static constexpr std::size_t kWindowBytes = std::size_t{1} << 18;
  /// No event has more; a length that is a sparse file's takes no memory.
  static constexpr std::uint64_t kMostPayloadBytes = std::uint64_t{1} << 28;

  /// The next `bytes` of the file, fewer at its end.
  std::string_view look_ahead(std::size_t bytes) {
    if (offset_ + bytes > window_offset_ + window_.size()) {
      window_.resize(std::max(bytes, kWindowBytes));
      window_offset_ = offset_;
      window_.resize(file_.read_at(offset_, window_));
    }
    return std::string_view(window_).substr(static_cast<std::size_t>(offset_ - window_offset_),
                                            bytes);
  }

  const AppendFile& file_;
  std::uint64_t offset_ = 0;  // of the next record
  std::string window_;
  std::uint64_t window_offset_ = 0;
};

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

EventFile::EventFile(AppendFile file, std::uint32_t first_step, double wall_time)
    : file_(std::move(file)) {
  keep_events_before(first_step);
  if (file_.size() == 0) file_.append(tf_record(encode_head(wall_time)));
}

void EventFile::keep_events_before(std::uint32_t first_step) {
  RecordReader records(file_);
  std::uint64_t kept_bytes = 0;
  while (const auto payload = records.next()) {
    const auto place = place_of(*payload);
    if (!place || place->is_head != (kept_bytes == 0)) break;
    if (!place->is_head) {
      if (place->step < 0 || place->step >= first_step) break;
      last_step_ = static_cast<std::uint32_t>(place->step);
    }
    kept_bytes += payload->size() + kTfFrameBytes;
  }
  if (kept_bytes < file_.size()) file_.cut_back(kept_bytes);
}

void EventFile::append(const Event& event) {
  file_.append(tf_record(encode_event(event)));
  last_step_ = event.step;
}

}  // namespace regrow
