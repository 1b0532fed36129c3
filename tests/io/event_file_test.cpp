// Event files: the messages byte by byte, and what remains of a file that is gone on with.
#include "io/event_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "io/event_reader.h"
#include "io/file_size_limit.h"
#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

std::string bytes(std::initializer_list<unsigned> values) {
  std::string result;
  for (const unsigned value : values) result += static_cast<char>(value);
  return result;
}

Event sample_event(std::uint32_t step) {
  return {.wall_time = 1.5 + step,
          .step = step,
          .scalars = {{"loss/train", 0.5 / (step + 1)}, {"count", step * 1000.0}},
          .histograms = {{.tag = "weights",
                          .min = -1,
                          .max = 2,
                          .count = 3,
                          .sum = 0.25,
                          .sum_of_squares = 5.5,
                          .limits = {0.5, 2},
                          .counts = {1, 2.0 + step}}}};
}

/// Opens the file at `first`, appends the events [first, end), and returns its bytes.
std::string append_steps(const fs::path& path, std::uint32_t first, std::uint32_t end) {
  EventFile file(AppendFile(path), first, 7);
  for (std::uint32_t step = first; step < end; ++step) file.append(sample_event(step));
  return bytes_of(path);
}

TEST(EventFile, EncodesAScalarAsTheFormatSays) {
  const Event event{.wall_time = 1.5, .step = 300, .scalars = {{"a", 0.5}}, .histograms = {}};
  EXPECT_EQ(encode_event(event), bytes({0x09, 0,    0,    0,    0, 0, 0, 0xF8, 0x3F,  // wall time
                                        0x10, 0xAC, 0x02,                             // step
                                        0x2A, 10,   0x0A, 8,  // summary, value
                                        0x0A, 1,    'a',  0x15, 0, 0, 0, 0x3F}));
}

TEST(EventFile, EncodesAHistogramAsTheFormatSays) {
  const Histogram histogram{.tag = "h",
                            .min = 1,
                            .max = 2,
                            .count = 4,
                            .sum = 8,
                            .sum_of_squares = 16,
                            .limits = {1.5, 2},
                            .counts = {3, 1}};
  const Event event{.wall_time = 0, .step = 0, .scalars = {}, .histograms = {histogram}};
  EXPECT_EQ(
      encode_event(event),
      bytes({0x09, 0,  0,    0,    0,  0, 0, 0,    0,  //
             0x10, 0,                                  //
             0x2A, 88, 0x0A, 86,                       // summary, value
             0x0A, 1,  'h',  0x2A, 81,                 // tag, histogram
             0x09, 0,  0,    0,    0,  0, 0, 0xF0, 0x3F, 0x11, 0, 0, 0, 0, 0, 0, 0,    0x40,
             0x19, 0,  0,    0,    0,  0, 0, 0x10, 0x40, 0x21, 0, 0, 0, 0, 0, 0, 0x20, 0x40,
             0x29, 0,  0,    0,    0,  0, 0, 0x30, 0x40,  //
             0x32, 16, 0,    0,    0,  0, 0, 0,    0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0,    0x40,
             0x3A, 16, 0,    0,    0,  0, 0, 0,    0x08, 0x40, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F}));
}

TEST(EventFile, BeginsWithTheFormatsVersion) {
  const TempDir dir;
  const EventFile file(AppendFile(dir.path() / "log"), 0, 1.5);
  EXPECT_FALSE(file.last_step());
  const std::string head = bytes({0x09, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0x1A, 13}) + "brain.Event:2";
  EXPECT_EQ(bytes_of(dir.path() / "log"), tf_record(head));
}

RC_GTEST_PROP(EventFile, ReadsBackAnyEvent,
              (const std::string& tag, float value, const std::vector<double>& limits)) {
  Event event;
  event.step = *rc::gen::arbitrary<std::uint32_t>();
  event.wall_time = 1e9;
  event.scalars = {{tag, double{value}}};
  event.histograms = {{.tag = tag, .limits = limits, .counts = limits}};
  const Event read = decode_event(encode_event(event));
  RC_ASSERT(read.step == event.step);
  RC_ASSERT(read.wall_time == event.wall_time);
  RC_ASSERT(read.scalars == event.scalars);
  // A packed field without values is not written.
  RC_ASSERT(read.histograms == event.histograms);
}

TEST(EventFile, AppendsEventsInOrder) {
  const TempDir dir;
  const std::vector<Event> events = events_of(append_steps(dir.path() / "log", 0, 3));
  ASSERT_EQ(events.size(), 3U);
  for (std::uint32_t step = 0; step < 3; ++step) {
    EXPECT_EQ(events[step].step, step);
    EXPECT_EQ(events[step].wall_time, 1.5 + step);
    EXPECT_EQ(events[step].histograms, sample_event(step).histograms);
  }
}

TEST(EventFile, GoesOnAnywhereAsIfItHadNeverStopped) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  const std::string whole = append_steps(dir.path() / "whole", 0, 5);
  for (std::uint32_t first = 0; first <= 5; ++first) {
    put_bytes(path, whole);
    EXPECT_EQ(append_steps(path, first, 5), whole) << first;
    const EventFile file(AppendFile(path), first, 7);
    EXPECT_EQ(file.last_step().value_or(99), first == 0 ? 99 : first - 1);
  }
}

TEST(EventFile, GoesOnAfterACutAtEveryByte) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  const std::string whole = append_steps(dir.path() / "whole", 0, 3);
  const std::string head(whole, 0, payloads_of(whole)[0].size() + kTfFrameBytes);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    put_bytes(path, whole.substr(0, size));
    std::uint32_t next = 0;
    {
      const EventFile file(AppendFile(path), 3, 7);
      if (file.last_step()) next = *file.last_step() + 1;
    }
    const std::string kept = bytes_of(path);
    ASSERT_GE(kept.size(), head.size()) << size;
    ASSERT_TRUE(whole.starts_with(kept)) << size;
    ASSERT_EQ(events_of(kept).size(), next) << "a whole event is never lost, at " << size;
    ASSERT_EQ(append_steps(path, next, 3), whole) << size;
  }
}

TEST(EventFile, CutsOffFromADamagedRecordOn) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  const std::string one = append_steps(dir.path() / "one", 0, 1);
  std::string damaged = append_steps(path, 0, 3);
  damaged[one.size() + 20] ^= 1;
  put_bytes(path, damaged);
  EXPECT_EQ(append_steps(path, 3, 3), one);
}

TEST(EventFile, ReplacesWhatIsNoEventFile) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  const std::string whole = append_steps(dir.path() / "whole", 0, 2);
  // Of another version, without a head, with records that hold no message.
  for (const std::string& content :
       {std::string("notes"), tf_record(bytes({0x1A, 2}) + "v9") + whole,
        tf_record(encode_event(sample_event(0))), tf_record("\xFF\xFF"), std::string(5000, '\0'),
        // The version as a number, and before it a step as a text, which no field is.
        tf_record(bytes({0x12, 1}) + "a" + bytes({0x18, 1}))}) {
    put_bytes(path, content);
    EXPECT_FALSE(EventFile(AppendFile(path), 9, 7).last_step());
    EXPECT_EQ(append_steps(path, 0, 2), whole);
  }
}

TEST(EventFile, LeavesTheFileAsItWasWhenTheDiskIsFull) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  const std::string one = append_steps(path, 0, 1);
  EventFile file(AppendFile(path), 1, 7);
  for (const std::size_t room : {0, 1, 40}) {
    const std::string message = error_of([&] {
      const FileSizeLimit limit(one.size() + room);
      file.append(sample_event(1));
    });
    EXPECT_TRUE(contains(message, path.string() + ": cannot be written: File too large; raise"))
        << message;
    EXPECT_EQ(bytes_of(path), one);
    EXPECT_EQ(file.last_step(), 0U);
  }
  file.append(sample_event(1));
  EXPECT_EQ(events_of(bytes_of(path)).size(), 2U) << "once there is room again";
}

// A file of a million epochs has gigabytes.
TEST(EventFile, IsScannedAPieceAtATime) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  Event event = sample_event(0);
  event.histograms[0].limits.assign(3000, 0.5);
  std::string whole = append_steps(path, 0, 0);
  const std::uint32_t steps = 60;
  for (; event.step < steps; ++event.step) {
    // Of many lengths, so that records end everywhere in a piece.
    event.histograms[0].limits.resize(3000 - 41 * event.step);
    whole += tf_record(encode_event(event));
  }
  ASSERT_GT(whole.size(), 3U << 18);
  for (const std::string& rest :
       {std::string(), std::string("cut off"), std::string(1000000, 'x')}) {
    put_bytes(path, whole + rest);
    most_read = 0;
    EXPECT_EQ(EventFile(AppendFile(path), steps, 7).last_step(), steps - 1);
    EXPECT_LE(most_read, std::size_t{1} << 18);
    EXPECT_TRUE(bytes_of(path) == whole);
  }
  event.step = steps;
  event.histograms[0].limits.assign(100000, 0.5);
  const std::string large = tf_record(encode_event(event));
  put_bytes(path, whole + large + large);
  EXPECT_EQ(EventFile(AppendFile(path), steps + 1, 7).last_step(), steps) << "larger than a piece";
  EXPECT_TRUE(bytes_of(path) == whole + large + large);
}

TEST(EventFile, NamesAPlaceWhereNoFileCanBe) {
  const TempDir dir;
  put_bytes(dir.path() / "file", "x");
  for (const fs::path& path :
       {dir.path(), dir.path() / "file" / "log", dir.path() / "no" / "log"}) {
    const std::string message = error_of([&] { EventFile(AppendFile(path), 0, 7); });
    EXPECT_TRUE(contains(message, path.string() + ": cannot be written: ")) << message;
  }
}

}  // namespace
}  // namespace regrow
