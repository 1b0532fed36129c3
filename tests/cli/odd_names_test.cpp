// Names that people and programs give: whatever they hold, a terminal gets text, and a program one
// cell.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "cli/program.h"

namespace regrow::tests {
namespace {

class OddNames : public Program {
 protected:
  /// Arguments that a blank in them does not part.
  CommandResult with(const std::string& command, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = words(command);
    arguments.insert(arguments.end(), more.begin(), more.end());
    CommandOptions options;
    options.folder = dir_.path();
    return run_command(arguments, options);
  }

  void train_in(const std::string& folder) const {
    const CommandResult result =
        with(std::string(kTrain) + "--epochs 1 --quiet --tensorboard false", {"--out", folder});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    expect_plain(result);
  }

  /// Nothing that a terminal acts on but the ends of lines.
  static void expect_plain(const CommandResult& result) {
    for (const std::string& text : {result.out, result.err}) {
      EXPECT_TRUE(is_utf8(text)) << text;
      for (const char* acting :
           {"\x1b", "\u009b", "\u202e", "\u2066", "\u061c", "\u200b", "\u2028"}) {
        EXPECT_EQ(text.find(acting), std::string::npos) << text;
      }
      for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        EXPECT_TRUE(text[at] == '\n' || !is_hidden(character.code)) << text;
        at += character.bytes;
      }
    }
  }
};

constexpr const char* kActing =
    "b\x1b[31m\x07\u009b31m\u202e\u2066\u061c\u200b\u2028\ufeff\nerror: forged";

TEST_F(OddNames, NeverActOnATerminal) {
  train_in(kActing);
  for (const char* command :
       {"table", "table --format markdown", "table --format latex", "table --seeds mean",
        "table --per-epoch", "inspect", "eval", "train --resume"}) {
    const CommandResult result = with(command, {kActing});
    EXPECT_EQ(result.exit_code, 0) << command << result.err;
    expect_plain(result);
    EXPECT_EQ(result.out.find("\nerror: forged"), std::string::npos) << result.out;
  }
  for (const std::string& argument : {std::string(kActing), std::string("a\xff\xc2z")}) {
    for (const char* command : {"table",
                                "inspect",
                                "eval",
                                "train --resume",
                                "train --config",
                                "config --config",
                                "config --dataset",
                                "config --device",
                                "config --zeta",
                                "train",
                                "help",
                                "sweep",
                                "bench --device",
                                "bench --measure",
                                "table --columns",
                                "devices",
                                "train --from",
                                "sweep x --shard",
                                "sweep x --max-time",
                                "table x --margin"}) {
      const CommandResult result = with(command, {argument + "none"});
      EXPECT_NE(result.exit_code, 0) << command;
      expect_plain(result);
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    }
  }
}

TEST_F(OddNames, OfASweepsFolderNeverActOnATerminal) {
  std::ofstream(at("s.toml"))
      << "[data]\ndataset = 'synthetic'\nsynthetic_features = 12\nsynthetic_train = 400\n"
         "synthetic_test = 50\nvalidation = 'holdout:50'\n[network]\nhidden = [20, 15]\n"
         "[training]\nepochs = 1\nbatch = 25\n[run]\nthreads = 1\ndevice = 'cpu'\n"
         "[[variant]]\nname = \"x\\u001b\\u202e\"\n";
  for (const char* command : {"sweep s.toml --out", "sweep s.toml --dry-run --out", "table"}) {
    const CommandResult result = with(command, {kActing});
    EXPECT_EQ(result.exit_code, 0) << command << result.err;
    expect_plain(result);
  }
  const std::filesystem::path run = at(kActing) / "x--";
  std::ofstream(run / "config.toml") << "[training]\nseed = 5\n";
  std::filesystem::remove(run / "summary.json");
  const CommandResult failing = with("sweep s.toml --out", {kActing});
  EXPECT_NE(failing.exit_code, 0);
  expect_plain(failing);
}

TEST_F(OddNames, ThatAreNoUtf8CanBeGoneOnWithAndShown) {
  train_in("r");
  const std::string name = "n\xff\xfe";
  std::filesystem::rename(at("r"), at(name));
  for (const char* command : {"eval", "inspect", "table", "table --seeds mean"}) {
    const CommandResult result = with(command, {name});
    EXPECT_EQ(result.exit_code, 0) << command << result.err;
    expect_plain(result);
  }
  EXPECT_NE(with("table", {name}).out.find("n\\xff\\xfe"), std::string::npos);
  for (const char* command : {"inspect --format json", "table --format json",
                              "table --format json --per-epoch", "eval --format json"}) {
    const CommandResult result = with(command, {name});
    EXPECT_FALSE(nlohmann::json::parse(result.out, nullptr, false).is_discarded()) << result.out;
  }
  const CommandResult resumed = with("train --epochs 2 --resume", {name});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  expect_plain(resumed);
  EXPECT_EQ(RunFolder::open(at(name)).read_metrics().size(), 2U);
}

TEST_F(OddNames, StandInCommandsAsAShellTakesThem) {
  train_in("a b's");
  const std::string again = std::string(kTrain) + "--epochs 1 --quiet";
  EXPECT_NE(with(again, {"--out", "a b's"}).err.find("--resume 'a b'\\''s', "), std::string::npos);
  std::filesystem::remove(at("a b's/metrics.jsonl"));
  EXPECT_NE(with("table", {"a b's"}).err.find("--resume 'a b'\\''s' "), std::string::npos);
  for (const char* file : {"last.safetensors", "previous.safetensors", "best.safetensors"}) {
    std::filesystem::remove(at("a b's") / file);
  }
  std::filesystem::create_directory(at("-x"));
  std::ofstream(at("-x/config.toml")) << "";
  EXPECT_NE(with("train", {"--resume=-x"}).err.find("--config ./-x/config.toml --out ./-x\n"),
            std::string::npos);
}

TEST_F(OddNames, AreOneCellOfCsv) {
  const std::string name = "=a,\"b\"\nc";
  train_in(name);
  const std::string csv = with("table --format csv", {name}).out;
  const std::size_t begin = csv.find('\n') + 1;
  EXPECT_EQ(csv.substr(begin, 16), "\"=a,\"\"b\"\"\nc\",lse");
}

TEST_F(OddNames, OfValuesAreReadBackFromConfig) {
  const std::string data = "x\x1b\u202e\u2028\u009b\"\\";
  const CommandResult printed = with("config --data", {data});
  expect_plain(printed);
  std::ofstream(at("c.toml")) << printed.out;
  Config config;
  apply_toml(config, content("c.toml"), "c.toml");
  EXPECT_EQ(config.data, data);
}

TEST_F(OddNames, OfAnyLengthAreQuotedInPart) {
  const std::string word(100000, 'k');
  for (const char* command :
       {"config --dataset", "config --zeta", "train --resume", "help", "train", "bench --size",
        "bench --device", "bench --measure", "table --columns run --sort", "devices --format"}) {
    const CommandResult result = with(command, {word});
    EXPECT_NE(result.exit_code, 0) << command;
    EXPECT_LT(result.err.size(), 4100U) << command;
    EXPECT_EQ(result.err.rfind("error: ", 0), 0U) << result.err;
  }
}

}  // namespace
}  // namespace regrow::tests
