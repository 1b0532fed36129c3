// The rows of section [data], and of the preset, which stands above all sections.
#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"
#include "config/value_texts.h"

namespace regrow {

std::vector<Setting> preset_settings() {
  return {main_setting(choice(
      "preset", &Config::preset, {{PresetName::kDefault, "default"}, {PresetName::kPaper, "paper"}},
      "values that everything not given takes; the paper's validates on the test set"))};
}

std::vector<Setting> data_settings() {
  return {
      main_setting(choice("dataset", &Config::dataset,
                          {{DatasetName::kCifar10, "cifar10"},
                           {DatasetName::kCifar100, "cifar100"},
                           {DatasetName::kFashionMnist, "fashion_mnist"},
                           {DatasetName::kMnist, "mnist"},
                           {DatasetName::kSynthetic, "synthetic"},
                           {DatasetName::kCustom, "custom"}},
                          "which data set to learn; synthetic is made up and needs no files")),
      changes_on_resume(local(
          main_setting(text("data", &Config::data, "a folder",
                            "folder with the files of --dataset; synthetic needs none, nor does "
                            "fashion_mnist where Debian's package of it is installed")))),
      parsed("validation", SettingKind::kText, &Config::validation, "test, holdout:N",
             parse_validation, print_validation,
             "images whose accuracy and loss steer methods and choose the best epoch: N of "
             "the training images, which are then not trained on, or the test set"),
      integer("data_seed", &Config::data_seed, 0, kMostSeeds,
              "seed of the hold-out and of synthetic data"),
      choice("input_order", &Config::input_order,
             {{InputOrder::kHwc, "hwc"}, {InputOrder::kChw, "chw"}},
             "order in which an image's values are numbered as inputs: hwc, the channels of a "
             "pixel side by side, or chw, one channel after the other; growth beside neighbours "
             "depends on it"),
      integer("synthetic_features", &Config::synthetic_features, 1, kMostNeurons,
              "synthetic data: inputs"),
      integer("synthetic_classes", &Config::synthetic_classes, 2, 65535,
              "synthetic data: classes, or numbers to predict"),
      integer("synthetic_train", &Config::synthetic_train, 1, kMostSamples,
              "synthetic data: training samples, the held out included"),
      integer("synthetic_test", &Config::synthetic_test, 1, kMostSamples,
              "synthetic data: test samples"),
      choice("synthetic_kind", &Config::synthetic_kind,
             {{SyntheticKind::kClusters, "clusters"},
              {SyntheticKind::kTeacher, "teacher"},
              {SyntheticKind::kRegression, "regression"}},
             "synthetic data: a cluster a class, labels of a random network, or its outputs as "
             "numbers to predict"),
  };
}

}  // namespace regrow
