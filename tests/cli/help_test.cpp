// What the program says of itself: help of every command at every width, versions, and the table of
// settings.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "cli/program.h"
#include "cli/terminal/text_layout.h"
#include "config/settings.h"
#include "regrow/version.h"

namespace regrow::tests {
namespace {

const std::vector<std::string> kCommands = {"train", "eval",  "inspect", "export",  "config",
                                            "table", "sweep", "devices", "methods", "bench"};

class Help : public Program {
 protected:
  ~Help() override { unsetenv("COLUMNS"); }

  std::string help(const std::string& arguments, int columns = 0) const {
    if (columns > 0) setenv("COLUMNS", std::to_string(columns).c_str(), 1);
    const CommandResult result = regrow(arguments);
    unsetenv("COLUMNS");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    return result.out;
  }
};

std::string without_layout(const std::string& text) {
  return std::regex_replace(text, std::regex("\\s+"), " ");
}

bool has_option(const std::string& help, const std::string& flag) {
  return std::regex_search(help, std::regex("(^|\n)  (-., )?" + flag + "[ ,\n]"));
}

TEST_F(Help, OfTrainShowsTheMainSettingsFirstAndSaysHowToSeeAll) {
  const std::string short_help = help("train --help"), all = help("train --help-all");
  std::size_t main = 0;
  for (const Setting& setting : settings()) {
    EXPECT_EQ(has_option(short_help, setting.flag()), setting.is_main) << setting.key;
    EXPECT_TRUE(has_option(all, setting.flag())) << setting.key;
    if (setting.is_main) ++main;
  }
  EXPECT_LE(main, 17U);
  const auto more = std::to_string(settings().size() - main);
  EXPECT_NE(without_layout(short_help).find("train --help-all shows " + more + " more settings"),
            std::string::npos)
      << short_help;
  EXPECT_LT(short_help.find("Main settings:"), short_help.find("Options:"));
  for (const char* option :
       {"--config", "--resume", "--quiet", "--help", "--help-all", "--version"}) {
    EXPECT_TRUE(has_option(short_help, option)) << option;
    EXPECT_TRUE(has_option(all, option)) << option;
  }
  for (const std::string& section : section_names()) {
    EXPECT_NE(all.find("\n[" + section + "]:\n"), std::string::npos) << section;
  }
}

TEST_F(Help, SaysDefaultMeaningAndRangeOfEverySetting) {
  const std::string all = without_layout(help("train --help-all"));
  const Config standard = preset_config(PresetName::kDefault, DatasetName::kCifar10);
  for (const Setting& setting : settings()) {
    const std::string value = setting.to_string(standard);
    const std::string none = setting.kind == SettingKind::kText ? "empty" : "none";
    const std::string said =
        "[" + (value.empty() ? none : value) + "] " + setting.help + " (" + setting.allowed + ")";
    EXPECT_NE(all.find(said), std::string::npos) << said;
  }
}

TEST_F(Help, FitsTheTerminalAndBreaksNoWord) {
  for (const std::string& command : kCommands) {
    for (const std::string flag : {" --help", " --help-all"}) {
      if (flag == " --help-all" && command != "train" && command != "sweep") continue;
      const std::string widest = without_layout(help(command + flag, 200));
      for (const int columns : {40, 60, 80, 100, 200}) {
        const std::string text = help(command + flag, columns);
        EXPECT_EQ(without_layout(text), widest) << command << columns;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
          EXPECT_LE(display_width(line), static_cast<std::size_t>(columns)) << line;
          EXPECT_FALSE(line.ends_with(' ')) << line;
        }
      }
      EXPECT_EQ(help(command + flag), help(command + flag, 80)) << "of a pipe";
    }
  }
}

TEST_F(Help, StandsInOneColumn) {
  std::istringstream lines(help("train --help", 100));
  std::size_t column = 0, seen = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t begin = line.find(" [");  // of a default
    if (!line.starts_with("  --") || begin == std::string::npos) continue;
    if (seen++ == 0) column = begin;
    EXPECT_EQ(begin, column) << line;
  }
  EXPECT_GE(seen, 12U);
}

TEST_F(Help, IsAskedForInSeveralWays) {
  EXPECT_EQ(help("help"), help("--help"));
  EXPECT_EQ(help("-h"), help("--help"));
  EXPECT_EQ(help("help train"), help("train --help"));
  for (const std::string& command : kCommands) {
    EXPECT_NE(help("--help").find("\n  " + command + " "), std::string::npos) << command;
    EXPECT_EQ(help("help " + command), help(command + " -h"));
  }
  expect_error(regrow("help trian"), 2, {"'trian'", "did you mean train?"});
}

TEST_F(Help, TheVersionIsToldEverywhere) {
  const std::string version = std::string("regrow ") + kVersion + "\n";
  EXPECT_EQ(help("--version"), version);
  EXPECT_EQ(help("-V"), version);
  EXPECT_EQ(help("version"), version);
  for (const std::string& command : kCommands) {
    EXPECT_EQ(help(command + " --version"), version) << command;
    EXPECT_EQ(help(command + " -V"), version) << command;
  }
}

TEST_F(Help, ShowsNoEarlierNames) {
  const std::string all = help("train --help-all");
  for (const Setting& setting : settings()) {
    for (const std::string& old_key : setting.old_keys) {
      EXPECT_FALSE(has_option(all, flag_of(old_key))) << old_key;
    }
  }
}

TEST_F(Help, TheCommittedTableOfSettingsIsWhatTheProgramPrints) {
  const auto committed = std::filesystem::path(REGROW_SOURCE_DIR) / "docs/settings.md";
  EXPECT_EQ(read_file(committed), help("config --describe markdown"))
      << "make it anew: regrow config --describe markdown > docs/settings.md";
}

TEST_F(Help, TheTableOfSettingsHasThemAllInEveryForm) {
  const std::string text = without_layout(help("config --describe text", 60));
  const std::string markdown = help("config --describe markdown");
  const auto entries = nlohmann::json::parse(help("config --describe json"));
  ASSERT_EQ(entries.size(), settings().size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Setting& setting = settings()[i];
    EXPECT_EQ(entries[i]["key"], setting.key);
    EXPECT_EQ(entries[i]["flag"], setting.flag());
    EXPECT_EQ(entries[i]["formerly"], setting.old_keys);
    EXPECT_NE(text.find(" " + setting.key + " " + setting.flag()), std::string::npos)
        << setting.key;
    EXPECT_NE(markdown.find("| `" + setting.flag() + "`"), std::string::npos) << setting.key;
  }
  const auto hidden = *std::find_if(entries.begin(), entries.end(),
                                    [](const auto& entry) { return entry["key"] == "hidden"; });
  const Config mnist = preset_config(PresetName::kDefault, DatasetName::kMnist);
  EXPECT_EQ(hidden["presets"]["default"]["mnist"], find_setting("hidden")->to_string(mnist));
  expect_error(regrow("config --describe text --epochs 3"), 2, {"--describe", "leave"});
  expect_error(regrow("config --describe html"), 2, {"html"});
}

}  // namespace
}  // namespace regrow::tests
