// What the program says of its methods and rules, growth rules without a row, and evolutions whose
// end depends on how long a run is.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/methods_reference.h"
#include "cli/program.h"
#include "cli/terminal/text_layout.h"
#include "regrow/config.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/method.h"
#include "regrow/parts.h"

namespace regrow::tests {
namespace {

constexpr const char* kBegin = "<!-- printed by: regrow methods --format markdown -->\n";
constexpr const char* kEnd = "<!-- up to here -->\n";
constexpr const char* kFew = "[[growth_rule]]\nname = 'few'\nranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]\n";
constexpr const char* kFewText = "few=ranks:0,1,1,0,0,0,0,0,0";

class Methods : public Program {
 protected:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(at(name)) << text;
  }
  CommandResult succeed(const std::string& arguments) const {
    CommandResult result = regrow(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments << ": " << result.err;
    return result;
  }
  bool holds(const std::string& file, const std::string& line) const {
    return ("\n" + content(file)).find("\n" + line + "\n") != std::string::npos;
  }
};

TEST_F(Methods, AreAllThereInEveryForm) {
  const std::string text = succeed("methods").out,
                    markdown = succeed("methods --format markdown").out;
  const auto document = nlohmann::json::parse(succeed("methods --format json").out);
  const std::string help = succeed("methods --help").out;
  for (const auto& list : document.items()) {
    EXPECT_NE(help.find(list.key()), std::string::npos) << list.key();
  }
  ASSERT_EQ(document["methods"].size(), method_rows().size());
  for (std::size_t i = 0; i < method_rows().size(); ++i) {
    const MethodRow& row = method_rows()[i];
    const auto& entry = document["methods"][i];
    EXPECT_EQ(entry["name"], row.name);
    EXPECT_EQ(entry["evolves"], row.evolves);
    EXPECT_EQ(entry["start"], row.is_dense ? "dense" : "sparse");
    EXPECT_EQ(entry.contains("measures"), row.evolves);
    EXPECT_EQ(entry.contains("evolve_every"), row.evolves);
    EXPECT_EQ(entry.contains("candidates"), row.grow == "gradient");
    if (row.evolves) {
      EXPECT_EQ(entry["evolve_until"], row.evolve_until);
      EXPECT_EQ(entry["same_cells_on_every_device"], row.grow != "gradient");
    }
    for (const std::string_view part : {row.name, row.summary, row.source}) {
      EXPECT_NE(text.find(part), std::string::npos) << part;
      EXPECT_NE(markdown.find(part), std::string::npos) << part;
    }
  }
  ASSERT_EQ(document["growth_rules"].size(), growth_rules().size());
  for (std::size_t i = 0; i < growth_rules().size(); ++i) {
    const GrowthRule& rule = growth_rules()[i];
    EXPECT_EQ(document["growth_rules"][i]["name"], rule.name);
    EXPECT_EQ(document["growth_rules"][i]["by_gradient"], rule.by_gradient);
    EXPECT_EQ(document["growth_rules"][i]["same_cells_on_every_device"], !rule.by_gradient);
    EXPECT_EQ(document["growth_rules"][i]["ranks"].size(),
              rule.by_gradient ? 0 : rule.rank_of_count.size());
    EXPECT_NE(text.find("\n" + rule.name + " "), std::string::npos) << rule.name;
    EXPECT_NE(text.find(in_words(rule)), std::string::npos) << rule.name;
    EXPECT_NE(markdown.find("\n| " + rule.name + " "), std::string::npos) << rule.name;
  }
  EXPECT_EQ(document["growth_rules"][1]["ranks"][0], "never");
  ASSERT_EQ(document["drop_rules"].size(), drop_rule_rows().size());
  for (const DropRuleRow& row : drop_rule_rows()) {
    EXPECT_NE(text.find(row.summary), std::string::npos) << row.name;
  }
  const auto expect_parts_of = [&](const char* key, const auto& rows) {
    ASSERT_EQ(document[key].size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(document[key][i]["name"], rows[i].name);
      EXPECT_EQ(document[key][i]["devices"], "all");
      for (const std::string_view part : {rows[i].name, rows[i].summary, rows[i].source}) {
        EXPECT_FALSE(part.empty());
        EXPECT_NE(text.find(part), std::string::npos) << part;
        EXPECT_NE(markdown.find(part), std::string::npos) << part;
      }
    }
  };
  expect_parts_of("activations", activation_rows());
  expect_parts_of("optimisers", optimiser_rows());
  expect_parts_of("losses", loss_rows());
  expect_error(regrow("methods --format html"), 2, {"html"});
}

TEST_F(Methods, SayWhenTheyEvolveWhatTheyScoreAndWhetherDevicesAgree) {
  const auto document = nlohmann::json::parse(succeed("methods --format json").out);
  const auto entry_of = [&](const std::string& name) {
    for (const auto& entry : document["methods"]) {
      if (entry["name"] == name) return entry;
    }
    return nlohmann::json();
  };
  EXPECT_EQ(entry_of("set")["evolve_every"], "1e");
  EXPECT_EQ(entry_of("set")["zeta_schedule"], "constant");
  EXPECT_EQ(entry_of("rigl")["evolve_every"], "100");
  EXPECT_EQ(entry_of("rigl")["zeta_schedule"], "cosine");
  EXPECT_EQ(entry_of("rigl")["candidates"], "all");
  EXPECT_EQ(entry_of("gse")["candidates"], "grabo");
  std::vector<std::string> laws;
  for (const auto& law : document["candidates"]) laws.push_back(law["name"]);
  EXPECT_EQ(laws, (std::vector<std::string>{"all", "uniform", "grabo", "graest"}));
  const std::string text = methods_as_text({});
  for (const char* part :
       {"\nrigl    sparse  every 100 steps, to 0.75  cosine ", " gradient  grabo       none ",
        "but for rounding\n", "  exactly\n", "\ngraest      draws"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
}

TEST_F(Methods, FitTheTerminal) {
  for (const std::size_t columns : {60U, 80U, 120U, 200U}) {
    std::istringstream lines(methods_as_text(columns));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(display_width(line), columns) << line;
    }
  }
}

TEST_F(Methods, TheCommittedTablesAreWhatTheProgramPrints) {
  const std::string page = read_file(std::filesystem::path(REGROW_SOURCE_DIR) / "docs/methods.md");
  const std::size_t begin = page.find(kBegin), end = page.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::size_t first = begin + std::string(kBegin).size();
  EXPECT_EQ(page.substr(first, end - first), "\n" + methods_as_markdown() + "\n")
      << "put there anew what regrow methods --format markdown prints";
}

TEST_F(Methods, AGrowthRuleOfAFileIsUnderstoodEverywhere) {
  write("few.toml", std::string(kFew) + "[evolution]\ngrow = 'few'\n");
  succeed(kTrain + std::string("--epochs 3 --config few.toml --out runs/a"));
  EXPECT_TRUE(holds("runs/a/config.toml", "grow = \"few=ranks:0,1,1,0,0,0,0,0,0\""));
  succeed("train --resume runs/a --epochs 4 --grow few");
  succeed(std::string("train --resume runs/a --grow ") + kFewText);
  expect_error(regrow("train --resume runs/a --grow random"), 2,
               {"--grow random", "has few=ranks:0,1,1,0,0,0,0,0,0", "another run"});
  succeed("eval runs/a");
  succeed("inspect runs/a");
  // As a flag that names it, and as its text: the same run, but for its folder.
  write("rules.toml", kFew);
  succeed(kTrain + std::string("--epochs 4 --config rules.toml --grow few --out runs/b"));
  succeed(kTrain + std::string("--epochs 4 --grow ") + kFewText + " --out runs/c");
  for (const char* other : {"runs/b", "runs/c"}) {
    EXPECT_EQ(content(other + std::string("/metrics.jsonl")), content("runs/a/metrics.jsonl"));
  }
  succeed(kTrain + std::string("--epochs 4 --out runs/random"));
  EXPECT_NE(content("runs/random/metrics.jsonl"), content("runs/a/metrics.jsonl"));
  const std::string table = succeed("table runs/a runs/random --columns run,grow").out;
  EXPECT_NE(table.find("few"), std::string::npos) << table;
  EXPECT_EQ(table.find("ranks"), std::string::npos) << table;
  const std::string csv = succeed("table runs/a --columns grow --format csv").out;
  EXPECT_NE(csv.find(kFewText), std::string::npos) << csv;
}

TEST_F(Methods, ATableTellsTwoRulesOfOneNameApart) {
  for (const auto& [folder, rule] :
       {std::pair{"runs/a", kFewText}, {"runs/b", "few=ranks:0,2,1,0,0,0,0,0,0"}}) {
    succeed(fmt::format("{}--epochs 1 --grow {} --out {}", kTrain, rule, folder));
  }
  for (const char* seeds : {"each", "mean"}) {
    const std::string table = succeed(fmt::format("table runs/a runs/b --seeds {}", seeds)).out;
    EXPECT_NE(table.find(kFewText), std::string::npos) << table;
    EXPECT_NE(table.find("few=ranks:0,2,1,0,0,0,0,0,0"), std::string::npos) << table;
  }
}

TEST_F(Methods, ARunGivenMoreEpochsKeepsTheEndOfItsEvolution) {
  for (const std::string switches :
       {"--evolve-until 0.5", "--zeta-schedule cosine --final-zeta 0.1",
        "--density-schedule cubic --final-density 0.05", "--evolve-until 0.75 --evolve-every 5"}) {
    SCOPED_TRACE(switches);
    const std::string train = kTrain + switches;
    succeed(train + " --epochs 4 --out short --force");
    const CommandResult resumed = succeed("train --resume short --epochs 8");
    EXPECT_NE(resumed.out.find("connections evolve as in a run of 4 epochs, and then stay"),
              std::string::npos)
        << resumed.out;
    succeed(train + " --epochs 8 --evolution-epochs 4 --out long --force");
    EXPECT_EQ(content("short/metrics.jsonl"), content("long/metrics.jsonl"));
    EXPECT_TRUE(holds("short/config.toml", "evolution_epochs = 4"));
    succeed(train + " --epochs 8 --out other --force");
    EXPECT_NE(content("short/metrics.jsonl"), content("other/metrics.jsonl"));
    // And once more, which goes on from the same end.
    succeed("train --resume short --epochs 10 --quiet");
    EXPECT_TRUE(holds("short/config.toml", "evolution_epochs = 4"));
  }
}

}  // namespace
}  // namespace regrow::tests
