// A user's own files, from the path to a data set that is ready to be trained on.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

class CustomDataset : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) const {
    std::string path = (folder_.path() / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  /// 20 samples of two classes in the order a b a b …, whose feature x is 0, 1, 2, ….
  std::string table(const std::string& name = "t.csv") const {
    std::string text = "x,city,class\n";
    for (int i = 0; i < 20; ++i) {
      text += std::to_string(i) + (i % 3 == 0 ? ",Rome," : ",Oslo,") + (i % 2 == 0 ? "a\n" : "b\n");
    }
    return write(name, text);
  }

  static DataConfig config(const std::string& data) {
    DataConfig config;
    config.dataset = DatasetName::kCustom;
    config.data = data;
    config.validation = Validation{0, 0.25};
    return config;
  }

  static std::string message_of(const DataConfig& config, bool predicts_numbers = false) {
    try {
      load_dataset(config, predicts_numbers);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TempDir folder_;
};

TEST_F(CustomDataset, HoldsOutATestOfEveryClass) {
  const Dataset dataset = load_dataset(config(table()));
  EXPECT_EQ(dataset.name, "t");
  EXPECT_FALSE(dataset.schema.is_image);
  EXPECT_EQ(dataset.schema.label, "class");
  EXPECT_EQ(dataset.schema.columns,
            (std::vector<DataColumn>{{"x", {}}, {"city", {"Oslo", "Rome"}}}));
  EXPECT_EQ(dataset.shape, (ImageShape{1, 1, 3}));
  EXPECT_EQ(dataset.class_names, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(dataset.train.size(), 16U);
  ASSERT_EQ(dataset.test.size(), 4U);
  EXPECT_EQ(std::count(dataset.test.labels.begin(), dataset.test.labels.end(), 0), 2);
  EXPECT_EQ(dataset.validation_ids.size(), 4U);
  EXPECT_EQ(dataset.train_ids.size(), 12U);
  // Every sample is still with its label and its city: x is its number.
  std::vector<bool> seen(20);
  for (const LabelledSamples* samples : {&dataset.train, &dataset.test}) {
    for (std::size_t i = 0; i < samples->size(); ++i) {
      const auto x = static_cast<std::size_t>(feature_value(samples->features, 3, i, 0));
      EXPECT_FALSE(seen[x]);
      seen[x] = true;
      EXPECT_EQ(samples->labels[i], x % 2);
      EXPECT_EQ(feature_value(samples->features, 3, i, 2), x % 3 == 0 ? 1 : 0);
      EXPECT_EQ(feature_value(samples->features, 3, i, 1), x % 3 == 0 ? 0 : 1);
    }
  }
  ASSERT_EQ(dataset.notes.size(), 2U);
  EXPECT_NE(dataset.notes[0].find("city"), std::string::npos) << dataset.notes[0];
  EXPECT_NE(dataset.notes[1].find("4 of its 20 are held out for the test, 20 % of every class"),
            std::string::npos)
      << dataset.notes[1];
}

TEST_F(CustomDataset, SplitsByTheDataSeedAlone) {
  DataConfig first = config(table());
  const Dataset dataset = load_dataset(first);
  EXPECT_EQ(load_dataset(first).test.features, dataset.test.features);
  first.data_seed = 1;
  EXPECT_NE(load_dataset(first).test.features, dataset.test.features);
}

TEST_F(CustomDataset, ReadsTheTestAsTheTraining) {
  DataConfig both = config(table());
  both.test = write("other.csv", "class,city,x,more\nb,Oslo,7,1\na,Rome,8,2\n");
  const Dataset dataset = load_dataset(both);
  EXPECT_EQ(dataset.train.size(), 20U);
  ASSERT_EQ(dataset.test.size(), 2U);
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{1, 0}));
  EXPECT_EQ(std::get<FloatFeatures>(dataset.test.features), (FloatFeatures{7, 1, 0, 8, 0, 1}));
  both.test = write("odd.csv", "x,city,class\n1,Oslo,c\n");
  EXPECT_NE(
      message_of(both).find("sample 0 is of class 'c', which none of the training samples is"),
      std::string::npos);
}

TEST_F(CustomDataset, ManyWholeNumbersMayBeMeantAsNumbers) {
  const auto numbers = [](int count) {
    std::string text = "x,target\n";
    for (int i = 0; i < 2 * count; ++i)
      text += std::to_string(i) + ',' + std::to_string(i / 2) + '\n';
    return text;
  };
  const std::string other = write("other.csv", "x,target\n1,1000\n");
  DataConfig many = config(write("many.csv", numbers(21))),
             few = config(write("few.csv", numbers(20)));
  many.test = few.test = other;
  EXPECT_NE(message_of(many).find("of class '1000'"), std::string::npos);
  EXPECT_NE(message_of(many).find("--loss mse"), std::string::npos) << message_of(many);
  EXPECT_EQ(message_of(few).find("--loss mse"), std::string::npos) << message_of(few);
}

TEST_F(CustomDataset, PredictsNumbersWhereTheLossSaysSo) {
  std::string text = "x,target\n";
  for (int i = 0; i < 10; ++i) text += std::to_string(i) + "," + std::to_string(i * 0.5) + "\n";
  const std::string file = write("n.csv", text);
  EXPECT_NE(message_of(config(file))
                .find("which is no whole number and so no class; to predict numbers, "
                      "give --loss mse"),
            std::string::npos);
  const Dataset dataset = load_dataset(config(file), true);
  EXPECT_TRUE(dataset.has_targets());
  EXPECT_EQ(dataset.class_names, std::vector<std::string>{"target"});
  double mean = 0, square = 0;
  for (const std::uint32_t id : dataset.train_ids) {
    mean += double{dataset.train.targets[id]} / static_cast<double>(dataset.train_ids.size());
    square += std::pow(double{dataset.train.targets[id]}, 2) /
              static_cast<double>(dataset.train_ids.size());
  }
  EXPECT_NEAR(mean, 0, 1e-6);
  EXPECT_NEAR(square, 1, 1e-6);
  for (std::size_t i = 0; i < dataset.train.size(); ++i) {
    EXPECT_NEAR(dataset.target_scale.unscaled(0, dataset.train.targets[i]),
                feature_value(dataset.train.features, 1, i, 0) / 2, 1e-6);
  }
  DataConfig as_it_is = config(file);
  as_it_is.standardise = false;
  const Dataset raw = load_dataset(as_it_is, true);
  EXPECT_EQ(raw.target_scale, TargetScale());
  EXPECT_EQ(raw.train.targets[3], feature_value(raw.train.features, 1, 3, 0) / 2);
}

TEST_F(CustomDataset, KeepsSparseRowsSparseInAllParts) {
  std::string text;
  for (int i = 0; i < 10; ++i) {
    text +=
        std::to_string(i % 2) + " " + std::to_string(i + 1) + ":" + std::to_string(i + 1) + "\n";
  }
  const Dataset dataset = load_dataset(config(write("s.libsvm", text)));
  EXPECT_EQ(dataset.shape.features(), 10U);
  ASSERT_TRUE(std::holds_alternative<SparseRows>(dataset.train.features));
  ASSERT_TRUE(std::holds_alternative<SparseRows>(dataset.test.features));
  const auto& rows = std::get<SparseRows>(dataset.test.features);
  ASSERT_EQ(rows.rows(), 2U);
  EXPECT_EQ(rows.values.size(), 2U);
  EXPECT_EQ(rows.values[0], static_cast<float>(rows.columns[0] + 1));
}

TEST_F(CustomDataset, SaysWhatCannotBe) {
  EXPECT_NE(message_of(config("")).find("--data"), std::string::npos);
  EXPECT_NE(message_of(config((folder_.path() / "none.csv").string())).find("none.csv"),
            std::string::npos);
  DataConfig both = config(table());
  both.test = write("empty.csv", "");
  EXPECT_NE(message_of(both).find("empty.csv"), std::string::npos);
  EXPECT_NE(message_of(config(write("l.csv", "x,class\n1,\xff\n2,b\n"))).find("UTF-8"),
            std::string::npos);
  EXPECT_NE(message_of(config(write("single.csv", "x,class\n1,a\n2,b\n"))).find("--test"),
            std::string::npos);
}

TEST_F(CustomDataset, ReadsUnseenSamplesWithAndWithoutLabels) {
  const DataConfig trained = config(table());
  const Dataset dataset = load_dataset(trained);
  const TrainedOn known{.shape = dataset.shape,
                        .order = dataset.order,
                        .schema = dataset.schema,
                        .class_names = dataset.class_names,
                        .has_targets = false};
  const std::string unlabelled = write("u.csv", "city,x\nRome,3\nParis,4\n");
  const UnseenSamples unseen = load_unseen(unlabelled, trained, known, LabelsWanted::kIfThere);
  EXPECT_FALSE(unseen.has_labels);
  ASSERT_EQ(unseen.dataset.test.size(), 2U);
  EXPECT_EQ(unseen.dataset.train.size(), 0U);
  EXPECT_EQ(std::get<FloatFeatures>(unseen.dataset.test.features),
            (FloatFeatures{3, 0, 1, 4, 0, 0}));
  ASSERT_EQ(unseen.dataset.notes.size(), 1U);
  EXPECT_NE(unseen.dataset.notes[0].find("Paris"), std::string::npos);
  EXPECT_THROW(load_unseen(unlabelled, trained, known, LabelsWanted::kRequired), Error);
  const UnseenSamples labelled =
      load_unseen(table("v.csv"), trained, known, LabelsWanted::kRequired);
  EXPECT_TRUE(labelled.has_labels);
  EXPECT_EQ(labelled.dataset.test.labels[1], 1);
}

TEST_F(CustomDataset, UnseenSamplesHaveNumbersWhereTheNetworkPredictsThem) {
  const DataConfig trained =
      config(write("n.csv", "x,target\n1,1.5\n2,2.5\n3,3.5\n4,4.5\n5,5.5\n"));
  const Dataset dataset = load_dataset(trained, true);
  const TrainedOn known{.shape = dataset.shape,
                        .order = dataset.order,
                        .schema = dataset.schema,
                        .class_names = dataset.class_names,
                        .has_targets = true};
  const std::string samples = write("u.csv", "x,target\n6,6.5\n");
  for (const LabelsWanted labels : {LabelsWanted::kIfThere, LabelsWanted::kRequired}) {
    const Dataset unseen = load_unseen(samples, trained, known, labels).dataset;
    EXPECT_TRUE(unseen.has_targets());
    ASSERT_EQ(unseen.test.targets.size(), 1U);
  }
}

TEST(NameOfFile, IsWithoutItsEnd) {
  EXPECT_EQ(name_of_file("/a/digits.npz"), "digits");
  EXPECT_EQ(name_of_file("wine.csv.gz"), "wine");
  EXPECT_EQ(name_of_file("flowers/"), "flowers");
  EXPECT_EQ(name_of_file("/a/b.c"), "b.c");
  EXPECT_EQ(name_of_file("-"), "standard input");
  EXPECT_EQ(name_of_file(".csv"), ".csv");
  EXPECT_EQ(name_of_file("."), "custom");
}

}  // namespace
}  // namespace regrow
