// Class weights: of a file the numbers are kept, and what is wrong in it is named by its line.
#include "config/class_weight_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "config/growth_rule_tables.h"
#include "config/settings.h"
#include "regrow/error.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

class ClassWeightFile : public ::testing::Test {
 protected:
  std::string write(const std::string& content) const {
    std::ofstream(file_) << content;
    return file_;
  }
  std::string fault(const std::string& content) const {
    const std::string file = write(content);
    EXPECT_EQ(parse_class_weight(file), std::nullopt);
    return fault_of_class_weight(file);
  }

  TempDir folder_;
  const std::string file_ = (folder_.path() / "weights.txt").string();
};

TEST_F(ClassWeightFile, HasANumberALine) {
  const ClassWeights expected{false, {1, 0.25, 0, 2e3}};
  for (const char* content :
       {"1\n0.25\n0\n2e3\n", "1\r\n.25\r\n0\r\n2000", "\n 1\t\n0.25\n\n0\n2000\n\n"}) {
    EXPECT_EQ(parse_class_weight(write(content)), expected) << content;
  }
}

TEST_F(ClassWeightFile, IsNotNeededAgain) {
  Config config;
  const Setting& setting = *find_setting("class_weight");
  setting.set_from_string(config, write("1\n2\n"), "here");
  EXPECT_EQ(spelt_out(setting, file_, {}), "1,2");
  std::filesystem::remove(file_);
  EXPECT_EQ(setting.to_string(config), "1,2");
  EXPECT_NO_THROW(setting.check(config));
  Config read;
  apply_toml(read, to_toml(config), "run.toml");
  EXPECT_EQ(read.class_weight, config.class_weight);
  EXPECT_EQ(spelt_out(setting, file_, {}), file_) << "it is refused where it is used";
}

TEST_F(ClassWeightFile, IsKeptAsNumbersByFlagsAndFiles) {
  const GivenFlag flag{find_setting("class_weight"), write("1\n2\n")};
  const auto spelt = spelt_out(std::span(&flag, 1), {});
  EXPECT_EQ(spelt.front().value, "1,2");
  const TomlSettings read = read_toml({"[training]\nclass_weight = '" + file_ + "'\n", "run.toml"});
  EXPECT_EQ(read.given.front().value, "1,2");
}

TEST_F(ClassWeightFile, NamesTheLineThatIsWrong) {
  EXPECT_EQ(fault("1\n\nx\n3\n"), "line 3: 'x' is no number");
  EXPECT_EQ(fault("1\n2,3\n"), "line 2: '2,3' is no number");
  EXPECT_EQ(fault("1\n-2\n"), "line 2: -2 is not from 0 to 1e+06");
  EXPECT_EQ(fault("1000001\n"), "line 1: 1000001 is not from 0 to 1e+06");
  EXPECT_EQ(fault("inf\n"), "line 1: 'inf' is no number");
  EXPECT_EQ(fault("0\n0\n"), "all are 0");
  EXPECT_EQ(fault(""), "the file holds no numbers");
  std::string many;
  for (int i = 0; i < 65536; ++i) many += "1\n";
  EXPECT_EQ(fault(many), "line 65536: there are more than 65535 numbers");
}

TEST_F(ClassWeightFile, IsAFileThatCanBeRead) {
  EXPECT_EQ(fault_of_class_weight(folder_.path().string()), "it is no file");
  EXPECT_EQ(fault_of_class_weight(file_ + ".txt"),
            "it is no number, and there is no file of that name");
}

TEST(ClassWeight, OfAListNamesTheWord) {
  EXPECT_EQ(fault_of_class_weight("1,x,3"), "'x' is no number");
  EXPECT_EQ(fault_of_class_weight("1,,3"), "'' is no number");
  EXPECT_EQ(fault_of_class_weight("1,-3"), "-3 is not from 0 to 1e+06");
  Config config;
  try {
    find_setting("class_weight")->set_from_string(config, "1,x", "--class-weight");
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--class-weight: '1,x' is not allowed ('x' is no number); allowed: none, balanced, a "
              "number from 0 to 1000000 for each class, separated by commas, or a file with one a "
              "line");
  }
}

TEST(TextOrList, IsReadOfTomlAsBoth) {
  const auto read = [](const std::string& toml) {
    Config config;
    apply_toml(config, toml, "run.toml");
    return config;
  };
  EXPECT_EQ(read("[training]\nclass_weight = [1, 2.5, 1e3]\n").class_weight,
            (ClassWeights{false, {1, 2.5, 1000}}));
  EXPECT_EQ(read("[network]\nactivation = ['relu', 'srelu']\n").activation,
            (std::vector{ActivationKind::kRelu, ActivationKind::kSRelu}));
  EXPECT_EQ(read("[network]\nactivation = 'relu,srelu'\n").activation,
            (std::vector{ActivationKind::kRelu, ActivationKind::kSRelu}));
  for (const char* wrong : {"[network]\nactivation = 3\n", "[network]\nactivation = [['relu']]\n",
                            "[network]\nactivation = [true]\n"}) {
    EXPECT_THROW(read(wrong), UsageError) << wrong;
  }
}

}  // namespace
}  // namespace regrow
