// Every bad input gives one clear line, the right exit code, and leaves nothing half-written.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/program.h"

namespace regrow::tests {
namespace {

using BadInput = Program;

TEST_F(BadInput, NoCommand) { expect_error(regrow(""), 2, {"needs a command", "--help"}); }

TEST_F(BadInput, AnUnknownCommandNamesTheNearest) {
  expect_error(regrow("trian --epochs 3"), 2, {"'trian'", "did you mean train?"});
}

TEST_F(BadInput, AnOptionBeforeTheCommand) {
  expect_error(regrow("--epochs 3 train"), 2, {"--epochs"});
}

TEST_F(BadInput, AnUnknownFlagNamesTheNearest) {
  for (const char* command : {"train", "config"}) {
    expect_error(regrow(std::string(command) + " --learning-rat 0.1"), 2,
                 {"'--learning-rat'", "did you mean --learning-rate?"});
    expect_error(regrow(std::string(command) + " --epoch=3"), 2,
                 {"'--epoch'", "did you mean --epochs?"});
  }
  expect_error(regrow("table --fromat csv x"), 2, {"'--fromat'", "--format"});
  expect_error(regrow("eval x.safetensors --splt test"), 2, {"'--splt'", "--split"});
  expect_error(regrow("train extra"), 2, {"'extra'"});
}

TEST_F(BadInput, AnEarlierFlagIsNearButNotLearnt) {
  expect_error(regrow("train --activation-type bf16"), 2,
               {"'--activation-type'", "did you mean --activation-dtype?"});
  expect_error(regrow("config --grap false"), 2, {"did you mean --cuda-graph?"});
  expect_error(regrow("train --activations"), 2, {"train: an earlier flag: ", "required"});
}

TEST_F(BadInput, AFlagBehindTheEndOfOptions) {
  expect_error(regrow("train -- --resume x"), 2, {"'--resume'", "behind --", "leave -- out"});
  expect_error(regrow("devices -- --format"), 2, {"'--format'", "behind --"});
  expect_error(regrow("table -- --format"), 1, {"--format: there is no such run"});
}

TEST_F(BadInput, AFlagWithoutAValue) {
  expect_error(regrow("train --epochs"), 2, {"--epochs"});
  expect_error(regrow("eval"), 2, {"checkpoint"});
  expect_error(regrow("table"), 2, {"runs"});
}

TEST_F(BadInput, AValueOutOfRange) {
  for (const char* flag : {"--epochs 0", "--epochs x", "--zeta 0.1234567", "--dropout 1",
                           "--learning-rate -1", "--momentum 1", "--k 1", "--batch 0"}) {
    const std::string name = std::string(flag).substr(0, std::string(flag).find(' '));
    expect_error(regrow(std::string(kTrain) + flag), 2, {name, "allowed"});
    EXPECT_FALSE(std::filesystem::exists(at("runs"))) << flag;
  }
}

TEST_F(BadInput, AChoiceThatIsNone) {
  expect_error(regrow("train --method dynst"), 2, {"--method", "dynst", "did you mean dynset?"});
  expect_error(regrow("train --grow one_neighbor"), 2, {"did you mean one_neighbour?"});
}

TEST_F(BadInput, PartsThatDoNotGoTogether) {
  expect_error(regrow(std::string(kTrain) + "--activation srelu,relu,gelu"), 2,
               {"--activation", "srelu,relu,gelu names 3", "--hidden 20,15 has 2"});
  expect_error(regrow(std::string(kTrain) + "--activation sreul"), 2, {"did you mean srelu?"});
  expect_error(regrow(std::string(kTrain) + "--optimiser adanw"), 2, {"did you mean adamw?"});
  expect_error(regrow(std::string(kTrain) + "--loss mse --label-smoothing 0.1"), 2,
               {"--label-smoothing", "--loss mse"});
  expect_error(regrow(std::string(kTrain) + "--synthetic-kind regression"), 2,
               {"--loss", "choose --loss mse"});
  EXPECT_FALSE(std::filesystem::exists(at("runs")));
}

TEST_F(BadInput, ClassWeightsThatAreNone) {
  expect_error(regrow(std::string(kTrain) + "--class-weight 1,2"), 1,
               {"class_weight: 2 numbers, but synthetic has 4 classes; give one for each"});
  expect_error(regrow(std::string(kTrain) + "--class-weight w.txt"), 2,
               {"--class-weight: 'w.txt'", "there is no file of that name"});
  std::ofstream(at("w.txt")) << "1\n2\nx\n4\n";
  expect_error(regrow(std::string(kTrain) + "--class-weight w.txt"), 2,
               {"--class-weight: 'w.txt'", "line 3: 'x' is no number"});
  EXPECT_FALSE(std::filesystem::exists(at("runs")));
}

TEST_F(BadInput, AMeasureThatItsMethodHasNot) {
  expect_error(regrow("train --dataset synthetic --method accset --measure loss"), 2,
               {"measure", "loss", "accset"});
}

TEST_F(BadInput, AConfigurationFileWithAnUnknownKey) {
  std::ofstream(at("bad.toml")) << "[training]\nepoch = 3\n";
  expect_error(regrow("train --config bad.toml"), 2, {"bad.toml:2", "epoch", "epochs"});
}

TEST_F(BadInput, AMissingConfigurationFile) {
  expect_error(regrow("config --config none.toml"), 1, {"none.toml"});
}

TEST_F(BadInput, MissingData) {
  expect_error(regrow("train --dataset cifar10"), 1, {"--data"});
  expect_error(regrow("train --dataset mnist --data nowhere"), 1, {"nowhere"});
  EXPECT_FALSE(std::filesystem::exists(at("runs")));
}

TEST_F(BadInput, FewerSamplesThanOneBatch) {
  expect_error(regrow(std::string(kTrain) + "--batch 351 --out r"), 1, {"350", "351", "--batch"});
  EXPECT_FALSE(std::filesystem::exists(at("r")));
}

TEST_F(BadInput, AnUnknownDevice) {
  expect_error(regrow(std::string(kTrain) + "--device referense --out r"), 2,
               {"referense", "did you mean reference?", "cuda"});
  EXPECT_FALSE(std::filesystem::exists(at("r")));
}

TEST_F(BadInput, MoreConnectionsThanCells) {
  expect_error(regrow(std::string(kTrain) + "--connections 500,10 --out r"), 2, {"500"});
  EXPECT_FALSE(std::filesystem::exists(at("r")));
}

TEST_F(BadInput, ALossThatIsNotFinite) {
  const CommandResult result =
      regrow(std::string(kTrain) + "--learning-rate 1000 --epochs 50 --quiet --out r");
  expect_error(result, 1, {"epoch ", "not finite", "--learning-rate", "r/last.safetensors"});
  EXPECT_NE(content("r/summary.json").find("\"failed\""), std::string::npos);
}

TEST_F(BadInput, AnExistingRunIsKeptWithoutForce) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0);
  const std::string before = content("r/last.safetensors");
  expect_error(regrow(std::string(kTrain) + "--epochs 2 --out r"), 1, {"r", "--force"});
  EXPECT_EQ(content("r/last.safetensors"), before);
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 2 --out r --force").exit_code, 0);
  EXPECT_NE(content("r/last.safetensors"), before);
}

TEST_F(BadInput, ACheckpointThatIsNone) {
  std::ofstream(at("bad.safetensors")) << "no checkpoint at all";
  for (const char* command : {"eval", "inspect"}) {
    expect_error(regrow(std::string(command) + " bad.safetensors"), 1, {"bad.safetensors"});
    expect_error(regrow(std::string(command) + " none.safetensors"), 1, {"none.safetensors"});
  }
}

TEST_F(BadInput, ACheckpointWithOneBitFlipped) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0);
  std::string bytes = content("r/last.safetensors");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  std::ofstream(at("r/last.safetensors"), std::ios::binary) << bytes;
  for (const char* command :
       {"eval r/last.safetensors", "inspect r/last.safetensors", "train --epochs 2 --resume r"}) {
    expect_error(regrow(command), 1, {"r/last.safetensors"});
  }
  EXPECT_EQ(content("r/last.safetensors"), bytes);
}

TEST_F(BadInput, ARunThatIsNone) {
  expect_error(regrow("train --resume nowhere"), 1, {"nowhere"});
  expect_error(regrow("table nowhere"), 1, {"nowhere"});
  EXPECT_FALSE(std::filesystem::exists(at("nowhere")));
}

TEST_F(BadInput, DataThatDoesNotFitTheCheckpoint) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0);
  std::string idx("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01x", 17);
  std::string labels("\0\0\x08\x01\0\0\0\x01\x01", 9);
  std::filesystem::create_directory(at("mnist"));
  for (const char* part : {"train", "t10k"}) {
    std::ofstream(at("mnist") / (std::string(part) + "-images-idx3-ubyte")) << idx;
    std::ofstream(at("mnist") / (std::string(part) + "-labels-idx1-ubyte")) << labels;
  }
  const CommandResult result =
      regrow("eval r/last.safetensors --dataset mnist --data mnist --out p.csv");
  expect_error(result, 1, {"mnist"});
  EXPECT_FALSE(std::filesystem::exists(at("p.csv")));
}

}  // namespace
}  // namespace regrow::tests
