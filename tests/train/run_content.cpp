#include "train/run_content.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "io/event_reader.h"
#include "regrow/run_folder.h"

namespace regrow::tests {
namespace {

std::string without_seconds(nlohmann::ordered_json summary) {
  summary.erase("seconds");
  summary.erase("seconds_per_epoch");
  return summary.dump();
}

std::string epochs_of(const std::vector<EpochTimings>& timings) {
  std::string epochs;
  for (const EpochTimings& epoch : timings) epochs += std::to_string(epoch.epoch) + "\n";
  return epochs;
}

std::string without_clocks(std::vector<Event> events) {
  std::string bytes;
  for (Event& event : events) {
    event.wall_time = 0;
    std::erase_if(event.scalars, [](const Scalar& scalar) {
      return scalar.tag.starts_with("seconds/") || scalar.tag.starts_with("beside/");
    });
    bytes += encode_event(event);
  }
  return bytes;
}

std::map<std::string, std::string> content_of(const std::filesystem::path& run) {
  const RunFolder folder = RunFolder::open(run);
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(run)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  std::string& events = files.at(folder.events().filename().string());
  events = without_clocks(events_of(events));
  std::string& summary = files.at("summary.json");
  summary = without_seconds(nlohmann::ordered_json::parse(summary));
  files.at("timings.jsonl") = epochs_of(folder.read_timings());
  return files;
}

}  // namespace

void expect_same_run(const std::filesystem::path& run, const std::filesystem::path& whole,
                     const std::set<std::string>& but) {
  const auto files = content_of(run), expected = content_of(whole);
  for (const auto& [name, bytes] : expected) {
    if (but.contains(name)) continue;
    const auto found = files.find(name);
    EXPECT_TRUE(found != files.end()) << run << " has no " << name;
    if (found != files.end()) {
      EXPECT_TRUE(found->second == bytes) << run << ": another " << name << " than in " << whole;
    }
  }
  for (const auto& [name, bytes] : files) {
    EXPECT_TRUE(expected.contains(name)) << run << " has a file more, " << name;
  }
}

}  // namespace regrow::tests
