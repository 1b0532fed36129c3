// Files for PyTorch; tests/tools/export_test.py opens them by safetensors.
#include "export/state_dict.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <map>

#include "export/made_network.h"
#include "io/safetensors_header.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

struct StateFile {
  Metadata metadata;
  std::map<std::string, TensorInfo> tensors;
  std::string data;

  explicit StateFile(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    data = bytes.substr(sizeof length + length);
    const SafetensorsHeader header =
        parse_header(std::string_view(bytes).substr(sizeof length, length), data.size());
    metadata = header.metadata;
    for (const TensorInfo& tensor : header.tensors) tensors[tensor.name] = tensor;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, tensor] : tensors) all.push_back(name);
    return all;
  }
  std::vector<float> floats(const std::string& name) const {
    const TensorInfo& tensor = tensors.at(name);
    EXPECT_EQ(tensor.dtype, Dtype::kF32);
    std::vector<float> values((tensor.end_bytes - tensor.begin_bytes) / sizeof(float));
    std::memcpy(values.data(), data.data() + tensor.begin_bytes, values.size() * sizeof(float));
    return values;
  }
};

using Names = std::vector<std::string>;

TEST(StateDict, NamesWhatModulesHave) {
  const StateFile file(state_dict(made_network()));
  EXPECT_EQ(file.names(), (Names{"0.bias", "0.weight", "1.a_left", "1.a_right", "1.t_left",
                                 "1.t_right", "2.bias", "2.weight", "4.bias", "4.weight"}));
  EXPECT_EQ(file.metadata.at("modules"),
            R"([["Linear",4,3],["SReLU",3],["Linear",3,2],["LeakyReLU",0.25],["Linear",2,2]])");
  EXPECT_EQ(file.metadata.at("format"), "pt");
  EXPECT_EQ(file.tensors.at("2.weight").shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_EQ(file.floats("2.weight"), (std::vector<float>{0.25F, 0, 0, 0, 0, -3}));
  EXPECT_EQ(file.floats("1.t_right"), (std::vector<float>{2, 1.5F, 1}));
}

TEST(StateDict, TheStandardisationIsAModule) {
  const StateFile file(state_dict(made_network(false)));
  EXPECT_EQ(file.metadata.at("modules").find(R"([["Standardise",4],["Linear",4,3])"), 0U);
  EXPECT_EQ(file.tensors.at("0.deviation").dtype, Dtype::kF64);
  EXPECT_EQ(file.floats("1.weight"), (std::vector<float>{1, 0, 5, 0, 0, 0, 0, 0, 0, -2, 0, 4}));
  EXPECT_EQ(file.floats("5.bias"), (std::vector<float>{-0.5F, 0.5F}));
}

TEST(StateDict, ModulesOfTheOtherActivations) {
  const auto network =
      exported_network(made_checkpoint({ActivationKind::kRelu, ActivationKind::kGelu}), true);
  EXPECT_EQ(StateFile(state_dict(network)).metadata.at("modules"),
            R"([["Linear",4,3],["ReLU"],["Linear",3,2],["GELU"],["Linear",2,2]])");
}

TEST(StateDict, IsTheSameTwiceAndNotLargerThanItSays) {
  for (const bool folds : {true, false}) {
    const std::string bytes = state_dict(made_network(folds));
    EXPECT_EQ(bytes, state_dict(made_network(folds)));
    EXPECT_LE(bytes.size(), state_dict_bytes(made_network(folds)));
  }
}

TEST(StateDict, IsToldFromOtherFiles) {
  const TempDir folder;
  const auto is_one = [&](const std::string& content) {
    const auto path = folder.path() / "file.safetensors";
    std::ofstream(path, std::ios::binary) << content;
    return is_state_dict(path);
  };
  const std::string bytes = state_dict(made_network());
  EXPECT_TRUE(is_one(bytes));
  EXPECT_FALSE(is_one(bytes.substr(0, bytes.size() - 1)));
  EXPECT_FALSE(is_one(bytes.substr(0, 50)));
  EXPECT_FALSE(is_one("short"));
  EXPECT_FALSE(is_one(""));
  EXPECT_FALSE(is_one(std::string(100, '\xff')));
  EXPECT_FALSE(is_state_dict(folder.path() / "none"));
  EXPECT_FALSE(is_state_dict(folder.path()));
}

}  // namespace
}  // namespace regrow::tests
