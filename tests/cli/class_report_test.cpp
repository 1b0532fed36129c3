// What eval says of classes and of numbers, against counts by hand.
#include "cli/class_report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "cli/number_report.h"

namespace regrow {
namespace {

/// Samples of the classes 0 0 0 1 1 and none of class 2, taken for 0 0 1 1 2.
struct ThreeClasses {
  Dataset dataset;
  std::vector<float> logits;

  ThreeClasses() {
    dataset.class_names = {"cat", "dog", "owl"};
    dataset.test.labels = {0, 0, 0, 1, 1};
    for (const std::size_t predicted : {0, 0, 1, 1, 2}) {
      for (std::size_t c = 0; c < 3; ++c) logits.push_back(c == predicted ? 2.0F : -1.0F);
    }
  }
  ClassReport report() const { return {dataset, view(dataset, Split::kTest), logits}; }
};

TEST(ClassReport, CountsByClassAndPrediction) {
  const ThreeClasses data;
  const ClassReport report = data.report();
  EXPECT_EQ(report.confusion_json().dump(), "[[2,1,0],[0,1,1],[0,0,0]]");
  EXPECT_DOUBLE_EQ(*report.recall(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*report.precision(0), 1);
  EXPECT_DOUBLE_EQ(*report.f1(0), 0.8);
  EXPECT_DOUBLE_EQ(*report.recall(1), 0.5);
  EXPECT_DOUBLE_EQ(*report.precision(1), 0.5);
  EXPECT_EQ(report.recall(2), std::nullopt);
  EXPECT_DOUBLE_EQ(*report.precision(2), 0);
  EXPECT_DOUBLE_EQ(report.balanced_accuracy(), (2.0 / 3 + 0.5) / 2);
  EXPECT_DOUBLE_EQ(report.macro_f1(), (0.8 + 0.5) / 2);
}

TEST(ClassReport, ShowsTheMatrixWhereItFits) {
  const ThreeClasses data;
  const std::string text = data.report().text(data.dataset.class_names, 80);
  EXPECT_NE(text.find("class  samples  accuracy  precision      F1\n"
                      "cat          3    0.6667     1.0000  0.8000\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("class  cat  dog  owl\n"
                      "cat      2    1    0\n"
                      "dog      0    1    1\n"),
            std::string::npos)
      << text;
}

TEST(ClassReport, NamesTheMostFrequentConfusionsWhereItDoesNot) {
  const ThreeClasses data;
  const std::string text = data.report().text(data.dataset.class_names, 20);
  EXPECT_NE(text.find("Most often confused"), std::string::npos) << text;
  EXPECT_NE(text.find("owl"), std::string::npos) << text;
}

TEST(NumberErrors, AreOfTheNumbersInTheFiles) {
  Dataset dataset;
  dataset.class_names = {"price", "same"};
  dataset.test.labels = {0, 0, 0, 0};
  dataset.test.targets = {-1, 7, 0, 7, 1, 7, 2, 7};
  const std::vector<float> outputs = {-1, 7, 1, 7, 1, 6, 0, 7};
  std::vector<NumberErrors> errors = number_errors(dataset, view(dataset, Split::kTest), outputs);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_DOUBLE_EQ(errors[0].root_mean_square, std::sqrt(5.0 / 4));
  EXPECT_DOUBLE_EQ(errors[0].mean_absolute, 0.75);
  EXPECT_DOUBLE_EQ(*errors[0].r2, 1 - 5.0 / 5);
  EXPECT_EQ(errors[1].r2, std::nullopt);
  dataset.target_scale = {{100, 0}, {10, 1}};
  errors = number_errors(dataset, view(dataset, Split::kTest), outputs);
  EXPECT_DOUBLE_EQ(errors[0].root_mean_square, 10 * std::sqrt(5.0 / 4));
  EXPECT_DOUBLE_EQ(errors[0].mean_absolute, 7.5);
  EXPECT_DOUBLE_EQ(*errors[0].r2, 0);
}

}  // namespace
}  // namespace regrow
