// A sweep whose runs' files were lost or damaged: it trains those again from what is whole, to the
// end of an undisturbed sweep, and the others are none the worse.
#include <gtest/gtest.h>

#include "regrow/checkpoint.h"
#include "regrow/file_prefix.h"
#include "sweep/sweep_program.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class HealedSweep : public Sweep {
 protected:
  static constexpr const char* kEvents = "/events.out.tfevents.0.regrow";

  void train_twice(int runs) {
    std::string seeds;
    for (int seed = 0; seed < runs; ++seed) seeds += (seed > 0 ? ", " : "") + std::to_string(seed);
    write_file("checkpoint_every = '1'\n[grid]\nseed = [" + seeds + "]\n", 4);
    ASSERT_EQ(regrow("sweep s.toml --out out --jobs 2 --isolation thread").exit_code, 0);
    fs::copy(at("out"), at("whole"), fs::copy_options::recursive);
  }

  static std::string run(int seed) { return "seed=" + std::to_string(seed); }
  std::string file(int seed, const std::string& name) const {
    return "out/" + run(seed) + "/" + name;
  }
  std::string log_of(int seed) const { return content("out/logs/" + run(seed) + ".log"); }

  void zero(const std::string& name) const {
    const std::size_t bytes = fs::file_size(at(name));
    std::ofstream(at(name), std::ios::binary) << std::string(bytes, '\0');
  }

  void expect_whole(int seed) const {
    SCOPED_TRACE(run(seed));
    for (const char* name : {"metrics.jsonl", "last.safetensors"}) {
      EXPECT_TRUE(content(file(seed, name)) == content("whole/" + run(seed) + "/" + name)) << name;
    }
    const std::string config = content(file(seed, "config.toml"));
    EXPECT_EQ(config, content("whole/" + run(seed) + "/config.toml"));
    EXPECT_NE(content(file(seed, "summary.json")).find(R"("status": "finished")"),
              std::string::npos);
    EXPECT_GT(fs::file_size(at(file(seed, kEvents))), 0U);
  }
};

TEST_F(HealedSweep, EndsAsAnUndisturbedOne) {
  train_twice(11);
  const std::string first_log = log_of(0);
  for (const char* isolation : {"process", "thread"}) {
    SCOPED_TRACE(isolation);
    fs::remove_all(at("out"));
    fs::copy(at("whole"), at("out"), fs::copy_options::recursive);
    // All of them had finished.
    fs::resize_file(at(file(1, "metrics.jsonl")), 100);
    fs::remove(at(file(2, "last.safetensors")));
    zero(file(3, "last.safetensors"));
    fs::remove(at(file(4, "config.toml")));
    fs::resize_file(at(file(5, "config.toml")), 300);
    fs::remove(at(file(6, "summary.json")));
    fs::remove(at(file(7, kEvents)));
    zero(file(8, "last.safetensors"));
    zero(file(8, "previous.safetensors"));
    for (const char* name : {"last.safetensors", "previous.safetensors", "metrics.jsonl"}) {
      fs::remove(at(file(9, name)));
    }
    fs::resize_file(at(file(10, "metrics.jsonl")),
                    fs::file_size(at(file(10, "metrics.jsonl"))) - 9);
    const CommandResult result =
        regrow(std::string("sweep s.toml --out out --jobs 2 --isolation ") + isolation);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_NE(result.out.find("11 of 11 runs finished"), std::string::npos) << result.out;
    for (int seed = 0; seed < 11; ++seed) expect_whole(seed);
    EXPECT_EQ(log_of(0), first_log) << "nothing was to be done";
    // From the newest state that is whole.
    for (const int seed : {2, 3}) {
      EXPECT_NE(log_of(seed).find("goes on in epoch 4 at step 0"), std::string::npos)
          << log_of(seed);
    }
    for (const int seed : {1, 8, 9}) {
      EXPECT_EQ(log_of(seed).find("goes on in epoch"), std::string::npos) << log_of(seed);
    }
    for (const int seed : {4, 5, 6, 7, 10}) {
      EXPECT_NE(log_of(seed).find("\nall its epochs are done\n"), std::string::npos)
          << log_of(seed);
    }
    const CommandResult again = regrow("sweep s.toml --out out --dry-run");
    EXPECT_NE(again.out.find("nothing is left to train"), std::string::npos) << again.out;
  }
}

TEST_F(HealedSweep, RecordsARunOfWhichNothingIsWholeAndGoesOn) {
  train_twice(3);
  for (const char* isolation : {"process", "thread"}) {
    SCOPED_TRACE(isolation);
    for (const char* state : {"last", "previous", "initial"}) {
      zero(file(0, std::string(state) + ".safetensors"));
    }
    fs::remove(at(file(1, "timings.jsonl")));
    fs::create_directory(at(file(1, "timings.jsonl")));
    fs::remove(at(file(1, "summary.json")));
    zero(file(2, "last.safetensors"));
    const CommandResult result =
        regrow(std::string("sweep s.toml --out out --jobs 2 --isolation ") + isolation);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("2 of 3 runs failed"), std::string::npos) << result.err;
    const std::string none = content("out/failures/seed=0.json");
    EXPECT_NE(none.find("out/seed=0: none of its checkpoints is whole; remove the folder to train "
                        "the run anew"),
              std::string::npos)
        << none;
    const std::string other = content("out/failures/seed=1.json");
    EXPECT_NE(other.find("timings.jsonl: cannot be written: it is a folder"), std::string::npos)
        << other;
    expect_whole(2);
    // The remedies help.
    fs::remove_all(at("out/seed=0"));
    fs::remove(at(file(1, "timings.jsonl")));
    EXPECT_EQ(regrow("sweep s.toml --out out --jobs 2").exit_code, 0);
    for (int seed = 0; seed < 3; ++seed) expect_whole(seed);
  }
}

TEST_F(HealedSweep, ReadsNoLineOfWhatIsFinished) {
  train_twice(1);
  // Nobody could parse this first line, but it is the one that the checkpoint counts.
  const std::string lines = content(file(0, "metrics.jsonl"));
  const std::size_t second = lines.find('\n') + 1, last = lines.rfind('\n', lines.size() - 2) + 1;
  const std::string unreadable = "no JSON\n" + lines.substr(second);
  Checkpoint state = read_checkpoint(at(file(0, "last.safetensors")));
  state.metrics = extended({}, unreadable.substr(0, unreadable.size() - (lines.size() - last)));
  write_checkpoint(at(file(0, "last.safetensors")), state);
  write_file_atomically(at(file(0, "metrics.jsonl")), unreadable);
  const CommandResult again = regrow("sweep s.toml --out out --dry-run");
  EXPECT_NE(again.out.find("nothing is left to train"), std::string::npos) << again.out;
}

}  // namespace
}  // namespace regrow::tests
