// TensorBoard's event file: TFRecords, each an Event message of Protocol Buffers. Events are
// appended one by one; whatever moment a writer is killed at, those before remain. See
// docs/tensorboard.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {

/// Of a run folder. TensorBoard takes what has "tfevents" in its name; a fixed one makes a run that
/// goes on continue its file.
inline constexpr const char* kEventFileName = "events.out.tfevents.0.regrow";

/// The file holds it as a float.
struct Scalar {
  std::string tag;  // "loss/train": TensorBoard groups by what is before the first slash
  double value = 0;

  bool operator==(const Scalar&) const = default;
};

/// Counts of values by bucket. Bucket i reaches from limits[i − 1], the first one from `min`, to
/// limits[i]; the last limit is `max`.
struct Histogram {
  std::string tag;
  double min = 0;
  double max = 0;
  double count = 0;
  double sum = 0;
  double sum_of_squares = 0;
  std::vector<double> limits{};
  std::vector<double> counts{};  // [limits]

  bool operator==(const Histogram&) const = default;
};

struct Event {
  double wall_time = 0;  // seconds since 1970-01-01 UTC
  std::uint32_t step = 0;
  std::vector<Scalar> scalars = {};
  std::vector<Histogram> histograms = {};
};

/// An Event message.
std::string encode_event(const Event& event);

class EventFile {
 public:
  /// Opens or makes the file, for events from `first_step` on: what it holds of earlier steps
  /// stays; what follows, and a damaged end, is cut off. `wall_time` goes into the head of a new
  /// file. Throws Error where it cannot be read or written.
  EventFile(std::filesystem::path path, std::uint32_t first_step, double wall_time);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  /// Of the last event in the file; nothing where there is none.
  std::optional<std::uint32_t> last_step() const { return last_step_; }

  /// One write, so that another process sees the whole event or, after a kill, a part that the
  /// next open cuts off. Throws Error on a full or failing disk, without having changed the file.
  void append(const Event& event);
  /// Until the disk has it all. Throws Error.
  void sync();

 private:
  void keep_events_before(std::uint32_t first_step);
  bool cut_back() const;  // to size_
  void write_record(std::string_view payload);
  [[noreturn]] void fail(int error_number) const;

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;  // bytes, up to the end of the last whole record
  std::optional<std::uint32_t> last_step_;
};

}  // namespace regrow
