// When settings that name no data set mean the user's own files.
#include "config/own_data.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

class OwnDataSettings : public testing::Test {
 protected:
  std::string make(const std::string& name) const {
    const std::filesystem::path path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }

  static std::vector<GivenFlag> flags(
      const std::vector<std::pair<std::string, std::string>>& given) {
    std::vector<GivenFlag> flags;
    for (const auto& [key, value] : given) flags.push_back({find_setting(key), value});
    return flags;
  }
  static bool means(const std::vector<std::pair<std::string, std::string>>& given) {
    return means_own_data({}, flags(given));
  }

  TempDir folder_;
};

TEST_F(OwnDataSettings, AFileDoes) {
  EXPECT_TRUE(means({{"data", make("a.csv")}}));
  EXPECT_TRUE(means({{"data", make("samples")}}));
  EXPECT_TRUE(means({{"data", "-"}}));
  EXPECT_TRUE(means({{"data", "/nowhere/a.npz"}}));
  EXPECT_FALSE(means({{"data", "/nowhere/folder"}}));
  EXPECT_FALSE(means({{"data", ""}}));
  EXPECT_FALSE(means({}));
}

TEST_F(OwnDataSettings, AFolderDoesWhereItHoldsImagesByClassOrArrays) {
  make("flowers/rose/1.PNG");
  make("split/train/rose/1.jpg");
  make("arrays/x_train.npy");
  make("flat/1.png");
  make("cifar/cifar-10-batches-bin/data_batch_1.bin");
  make("idx/train-images-idx3-ubyte");
  const auto folder = [&](const char* name) { return (folder_.path() / name).string(); };
  EXPECT_TRUE(means({{"data", folder("flowers")}}));
  EXPECT_TRUE(means({{"data", folder("split")}}));
  EXPECT_TRUE(means({{"data", folder("arrays")}}));
  EXPECT_TRUE(means({{"data", folder("flat")}})) << "the reader says what is wrong with it";
  make("named/ROSE/a.JPEG");
  EXPECT_TRUE(means({{"data", folder("named")}}));
  make("texts/a/text.txt");
  EXPECT_FALSE(means({{"data", folder("texts")}}));
  make("texts/b/c/1.png");
  EXPECT_TRUE(means({{"data", folder("texts")}}));
  EXPECT_FALSE(means({{"data", folder("cifar")}}));
  EXPECT_FALSE(means({{"data", folder("idx")}}));
}

TEST_F(OwnDataSettings, AndSoDoesASettingThatOnlyOwnDataHas) {
  EXPECT_TRUE(means({{"label", "kind"}}));
  EXPECT_TRUE(means({{"image_size", "32"}}));
  EXPECT_FALSE(means({{"data_seed", "1"}}));
}

TEST_F(OwnDataSettings, ANamedDataSetIsMeant) {
  const std::string file = make("a.csv");
  EXPECT_FALSE(means({{"dataset", "mnist"}, {"data", file}}));
  EXPECT_FALSE(means_own_data(flags({{"dataset", "mnist"}}), flags({{"data", file}})));
  EXPECT_TRUE(means_own_data(flags({{"data", file}}), {}));
  const Config config = config_of_layers({}, flags({{"data", file}}));
  EXPECT_EQ(config.dataset, DatasetName::kCustom);
  EXPECT_EQ(config.validation, (Validation{0, 0.1}));
  EXPECT_FALSE(config.augment);
}

}  // namespace
}  // namespace regrow
