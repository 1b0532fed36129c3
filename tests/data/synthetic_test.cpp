// Synthetic data: the same bytes for a seed, learnable classes, any size.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "readers/data_files.h"
#include "regrow/dataset.h"

namespace regrow {
namespace {

constexpr std::array kKinds = {SyntheticKind::kClusters, SyntheticKind::kTeacher,
                               SyntheticKind::kRegression};

std::vector<std::size_t> class_sizes(const LabelledSamples& images, std::size_t classes) {
  std::vector<std::size_t> sizes(classes);
  for (const std::uint16_t label : images.labels) ++sizes.at(label);
  return sizes;
}

// Accuracy on the test set of the simplest learner: the nearest class mean of the training set.
double nearest_mean_accuracy(const Dataset& dataset) {
  const std::size_t features = dataset.shape.features();
  const std::vector<std::size_t> sizes = class_sizes(dataset.train, dataset.classes());
  std::vector<double> means(dataset.classes() * features);  // [class][feature]
  for (std::size_t i = 0; i < dataset.train.size(); ++i) {
    const std::size_t label = dataset.train.labels[i];
    for (std::size_t j = 0; j < features; ++j) {
      means[label * features + j] +=
          dataset.train.bytes()[i * features + j] / static_cast<double>(sizes[label]);
    }
  }
  std::size_t hits = 0;
  for (std::size_t i = 0; i < dataset.test.size(); ++i) {
    std::size_t nearest = 0;
    double least = std::numeric_limits<double>::max();
    for (std::size_t label = 0; label < dataset.classes(); ++label) {
      double distance = 0;
      for (std::size_t j = 0; j < features; ++j) {
        const double difference =
            dataset.test.bytes()[i * features + j] - means[label * features + j];
        distance += difference * difference;
      }
      if (distance < least) {
        least = distance;
        nearest = label;
      }
    }
    hits += nearest == dataset.test.labels[i] ? 1 : 0;
  }
  return static_cast<double>(hits) / static_cast<double>(dataset.test.size());
}

TEST(SyntheticClusters, AreLearnable) {
  const Dataset dataset = make_synthetic({}, 0);
  EXPECT_EQ(dataset.name, "synthetic");
  EXPECT_EQ(dataset.shape, (ImageShape{1, 1, 64}));
  EXPECT_EQ(dataset.class_names, (std::vector<std::string>{"0", "1", "2", "3"}));
  EXPECT_EQ(dataset.train.size(), 2000U);
  EXPECT_EQ(dataset.test.size(), 500U);
  EXPECT_EQ(dataset.train.bytes().size(), 2000U * 64);
  EXPECT_GT(nearest_mean_accuracy(dataset), 0.95);
}

TEST(SyntheticClusters, AreNoisyAroundTheirCentres) {
  const Dataset dataset = make_synthetic({.features = 64, .classes = 2, .train_samples = 4000}, 5);
  for (std::size_t feature = 0; feature < 64; feature += 9) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < 4000; i += 2) {
      const double pixel = dataset.train.bytes()[i * 64 + feature];
      sum += pixel;
      squares += pixel * pixel;
    }
    const double mean = sum / 2000;
    EXPECT_GT(mean, 75);
    EXPECT_LT(mean, 181);
    EXPECT_NEAR(std::sqrt(squares / 2000 - mean * mean), 46, 4);
  }
}

TEST(SyntheticClusters, HaveEquallyManySamplesOfEveryClass) {
  const Dataset dataset = make_synthetic({.features = 3, .classes = 7, .train_samples = 70}, 0);
  EXPECT_EQ(class_sizes(dataset.train, 7), std::vector<std::size_t>(7, 10));
}

TEST(SyntheticTeacher, IsLearnableAndUsesEveryClass) {
  const Dataset dataset = make_synthetic({.kind = SyntheticKind::kTeacher}, 0);
  for (const std::size_t size : class_sizes(dataset.train, 4)) {
    EXPECT_GT(size, 200U);
    EXPECT_LT(size, 900U);
  }
  EXPECT_GT(nearest_mean_accuracy(dataset), 0.5);
}

TEST(SyntheticRegression, HasTheTeachersOutputsOfMeanZeroAndVarianceOne) {
  const SyntheticSettings settings = {.classes = 5, .kind = SyntheticKind::kRegression};
  const Dataset dataset = make_synthetic(settings, 3);
  const Dataset teacher = make_synthetic({.classes = 5, .kind = SyntheticKind::kTeacher}, 3);
  EXPECT_TRUE(dataset.has_targets());
  EXPECT_FALSE(teacher.has_targets());
  EXPECT_EQ(dataset.classes(), 5U);
  EXPECT_EQ(dataset.class_names.front(), "target 0");
  EXPECT_EQ(dataset.class_names.back(), "target 4");
  EXPECT_EQ(dataset.train.bytes(), teacher.train.bytes());
  EXPECT_EQ(dataset.test.bytes(), teacher.test.bytes());
  ASSERT_EQ(dataset.train.targets.size(), 2000U * 5);
  ASSERT_EQ(dataset.test.targets.size(), 500U * 5);
  EXPECT_EQ(dataset.train.labels, std::vector<std::uint16_t>(2000));
  std::vector<double> means(5), deviations(5);
  for (std::size_t output = 0; output < 5; ++output) {
    for (std::size_t i = output; i < 10000; i += 5) {
      means[output] += dataset.train.targets[i] / 2000.0;
      deviations[output] += dataset.train.targets[i] * dataset.train.targets[i] / 2000.0;
    }
    // Of 2000 floats of about 1, each of which is rounded by less than 6e-8 of it.
    EXPECT_NEAR(means[output], 0, 1e-6) << output;
    EXPECT_NEAR(deviations[output], 1, 1e-6) << output;
  }
}

/// A label is the largest of the teacher's outputs, and the targets are these, each shifted and
/// scaled: so with the scales of a few samples the labels of all others are known.
TEST(SyntheticRegression, AgreesWithTheTeachersLabels) {
  // With two outputs: the label is 1 where s1·t1 + m1 > s0·t0 + m0. One line separates the labels.
  const Dataset numbers = make_synthetic({.classes = 2, .kind = SyntheticKind::kRegression}, 7);
  const Dataset labels = make_synthetic({.classes = 2, .kind = SyntheticKind::kTeacher}, 7);
  double w0 = 0, w1 = 0, bias = 0;
  for (int round = 0; round < 2000; ++round) {  // the perceptron, which ends where there is one
    for (std::size_t i = 0; i < labels.train.size(); ++i) {
      const double t0 = numbers.train.targets[2 * i], t1 = numbers.train.targets[2 * i + 1];
      const double sign = labels.train.labels[i] == 1 ? 1 : -1;
      if (sign * (w0 * t0 + w1 * t1 + bias) > 0) continue;
      w0 += sign * t0;
      w1 += sign * t1;
      bias += sign;
    }
  }
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < labels.test.size(); ++i) {
    const double t0 = numbers.test.targets[2 * i], t1 = numbers.test.targets[2 * i + 1];
    wrong += (w0 * t0 + w1 * t1 + bias > 0) != (labels.test.labels[i] == 1) ? 1U : 0U;
  }
  EXPECT_LE(wrong, 5U) << "of 500, close to the line that 2000 others define";
}

TEST(SyntheticRegression, OfOneSampleIsZero) {
  const Dataset dataset = make_synthetic({.features = 3,
                                          .classes = 2,
                                          .train_samples = 1,
                                          .test_samples = 1,
                                          .kind = SyntheticKind::kRegression},
                                         0);
  EXPECT_EQ(dataset.train.targets, (std::vector<float>{0, 0}));
  for (const float target : dataset.test.targets) EXPECT_TRUE(std::isfinite(target));
}

TEST(Synthetic, IsAFunctionOfTheDataSeed) {
  for (const SyntheticKind kind : kKinds) {
    const Dataset first = make_synthetic({.kind = kind}, 3);
    const Dataset again = make_synthetic({.kind = kind}, 3);
    const Dataset other = make_synthetic({.kind = kind}, 4);
    EXPECT_EQ(first.train.bytes(), again.train.bytes());
    EXPECT_EQ(first.train.labels, again.train.labels);
    EXPECT_EQ(first.train.targets, again.train.targets);
    EXPECT_EQ(first.test.targets, again.test.targets);
    EXPECT_EQ(first.test.bytes(), again.test.bytes());
    EXPECT_NE(first.train.bytes(), other.train.bytes());
  }
}

TEST(Synthetic, DoesNotRepeatTrainingSamplesInTheTestSet) {
  for (const SyntheticKind kind : kKinds) {
    const Dataset dataset = make_synthetic({.kind = kind}, 0);
    const auto first_test = std::span(dataset.test.bytes()).first(64);
    for (std::size_t i = 0; i < dataset.train.size(); ++i) {
      const auto sample = std::span(dataset.train.bytes()).subspan(i * 64, 64);
      EXPECT_FALSE(std::equal(sample.begin(), sample.end(), first_test.begin()));
    }
  }
}

TEST(Synthetic, TakesAnySize) {
  for (const SyntheticKind kind : kKinds) {
    const Dataset narrow = make_synthetic(
        {.features = 1, .classes = 2, .train_samples = 1, .test_samples = 1, .kind = kind}, 0);
    EXPECT_EQ(narrow.train.bytes().size(), 1U);
    const Dataset wide = make_synthetic(
        {.features = 65537, .classes = 65535, .train_samples = 3, .test_samples = 2, .kind = kind},
        0);
    EXPECT_EQ(wide.train.bytes().size(), 3U * 65537);
    EXPECT_TRUE(wide.class_names.back().ends_with("65534"));
    for (const std::uint16_t label : wide.train.labels) EXPECT_LT(label, 65535);
  }
}

TEST(Synthetic, RefusesWhatItCannotMake) {
  expect_error([] { make_synthetic({.classes = 1}, 0); }, {"1 classes", "2 to 65535 classes"});
  expect_error([] { make_synthetic({.classes = 65536}, 0); }, {"65536 classes"});
  expect_error([] { make_synthetic({.features = 0}, 0); }, {"0 features"});
  expect_error([] { make_synthetic({.test_samples = 0}, 0); }, {"0 test samples"});
}

}  // namespace
}  // namespace regrow
