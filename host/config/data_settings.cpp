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
      main_setting(choice(
          "dataset", &Config::dataset,
          {{DatasetName::kCifar10, "cifar10"},
           {DatasetName::kCifar100, "cifar100"},
           {DatasetName::kFashionMnist, "fashion_mnist"},
           {DatasetName::kMnist, "mnist"},
           {DatasetName::kSynthetic, "synthetic"},
           {DatasetName::kCustom, "custom"}},
          "which data set to learn; custom: your own files, which --data with a file means, too; "
          "synthetic is made up and needs no files")),
      changes_on_resume(local(main_setting(
          text("data", &Config::data, "a file, a folder, or - for standard input",
               "your own samples (.npz, .npy, .csv, .tsv, .libsvm, a folder of images), "
               "or the folder with the files of --dataset; synthetic needs none, nor "
               "does fashion_mnist where Debian's package of it is installed")))),
      changes_on_resume(local(text("test", &Config::test, "a file or a folder",
                                   "custom: the test samples, where --data has none"))),
      choice("data_format", &Config::data_format,
             {{DataFormat::kAuto, "auto"},
              {DataFormat::kNpz, "npz"},
              {DataFormat::kNpy, "npy"},
              {DataFormat::kCsv, "csv"},
              {DataFormat::kTsv, "tsv"},
              {DataFormat::kLibsvm, "libsvm"},
              {DataFormat::kImages, "images"}},
             "custom: what the files are; auto: as their names end"),
      main_setting(text(
          "label", &Config::label, "a column's name, or its number from 0, or from -1, the last",
          "custom: the column of a table that is learnt; else one called label, class, "
          "target or y")),
      integer("libsvm_features", &Config::libsvm_features, 0, kMostNeurons,
              "custom: features of a LIBSVM file; 0: as many as its training samples name"),
      parsed("image_size", SettingKind::kText, &Config::image_size,
             "N or HEIGHTxWIDTH, in pixels from 1 to 4096", parse_image_size, print_image_size,
             "custom: what images of a folder are scaled to; else they must be of one size"),
      real("test_split", &Config::test_split,
           {.lowest = 0, .highest = 1, .without_lowest = true, .without_highest = true},
           "custom: share of the samples of every class that is held out for the test, where no "
           "test "
           "samples are given"),
      on_off(
          "standardise", &Config::standardise,
          "subtract each input's mean and divide by its deviation, over the training samples; else "
          "numbers stay as they are, and bytes are divided by 255"),
      parsed(
          "validation", SettingKind::kText, &Config::validation, "test, holdout:N, holdout:P%",
          parse_validation, print_validation,
          "samples whose accuracy and loss steer methods and choose the best epoch: N of the "
          "training samples, or P % of those of every class, which are then not trained on, or the "
          "test set"),
      integer("data_seed", &Config::data_seed, 0, kMostSeeds,
              "seed of what is held out and of synthetic data"),
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
