// SIGKILL from outside at fifty moments drawn at random: between start and end, in training, in
// evaluation, while it writes.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>

#include "faults/faulty_program.h"

namespace regrow::tests {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

TEST_F(FaultyProgram, KilledAtFiftyRandomMomentsEndsAsUndisturbed) {
  constexpr int kKills = 50;
  const auto start = [](const std::string& out) {
    return std::string(kTrain) + "--quiet --epochs 60 --checkpoint-every 1 --out " + out;
  };
  const Clock::time_point began = Clock::now();
  ASSERT_EQ(regrow(start("long")).exit_code, 0);
  const double whole_seconds = seconds_since(began);

  // Runs are killed and gone on with until they end; then the next begins. Short enough that a run
  // takes several kills, long enough that it comes to every part of its work.
  std::mt19937 random(20);
  std::uniform_real_distribution<double> seconds(0.002, 0.6 * whole_seconds);
  int ended = 0;
  for (int kills = 0; kills < kKills;) {
    const CommandResult result = killed_after(seconds(random), going_on("r", start("r")));
    if (result.exit_code != 0) {
      ASSERT_EQ(result.err, "") << "killed, not failed";
      ++kills;
      continue;
    }
    expect_same("r", "long", "after " + std::to_string(kills) + " kills");
    std::filesystem::remove_all(at("r"));
    ++ended;
  }
  ASSERT_EQ(regrow(going_on("r", start("r"))).exit_code, 0);
  expect_same("r", "long", "after all kills");
  EXPECT_GT(ended, 1) << "the kills came too early to mean anything";
}

}  // namespace
}  // namespace regrow::tests
