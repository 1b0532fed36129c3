// TensorBoard's event file: TFRecords, each an Event message of Protocol Buffers. Events are
// appended one by one; whatever moment a writer is killed at, those before remain. See
// docs/tensorboard.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/append_file.h"

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
  /// Goes on with `file`, for events from `first_step` on: what it holds of earlier steps stays;
  /// what follows, and a damaged end, is cut off. `wall_time` goes into the head of a new file.
  /// Throws Error where it cannot be read or written.
  EventFile(AppendFile file, std::uint32_t first_step, double wall_time);

  /// Of the last event in the file; nothing where there is none.
  std::optional<std::uint32_t> last_step() const { return last_step_; }

  /// Whole or, after a kill, as a part that the next EventFile cuts off. Throws Error on a full or
  /// failing disk, without having changed the file.
  void append(const Event& event);
  /// Until the disk has it all. Throws Error.
  void sync() { file_.sync(); }

 private:
  void keep_events_before(std::uint32_t first_step);

  AppendFile file_;
  std::optional<std::uint32_t> last_step_;
};

}  // namespace regrow
