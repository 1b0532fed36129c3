// From the labels of files to classes and numbers to predict.
#include "readers/answers.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "regrow/error.h"

namespace regrow {
namespace {

RawSamples with_numbers(std::vector<double> values, std::uint32_t outputs = 1) {
  RawSamples samples;
  samples.source = "a.csv";
  samples.samples = values.size() / outputs;
  samples.answers = NumberAnswers{std::move(values), outputs};
  return samples;
}

RawSamples with_words(std::vector<std::string> names, std::vector<std::uint32_t> ids) {
  RawSamples samples;
  samples.source = "a.csv";
  samples.samples = ids.size();
  samples.answers = TextAnswers{std::move(names), std::move(ids)};
  return samples;
}

std::string message_of(const RawSamples& samples, bool predicts_numbers = false) {
  try {
    learn_answers(samples, predicts_numbers);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

RawSamples without_answers() {
  RawSamples samples;
  samples.source = "a.csv";
  return samples;
}

using ClassNames = std::vector<std::string>;
using Labels = std::vector<std::uint16_t>;

TEST(LearnAnswers, NumbersAreClassesInTheirOrder) {
  const LearntAnswers learnt = learn_answers(with_numbers({10, -1, 2, 10, -0.0, 0}), false);
  EXPECT_EQ(learnt.class_names, (ClassNames{"-1", "0", "2", "10"}));
  EXPECT_EQ(learnt.labels, (Labels{3, 0, 2, 3, 1, 1}));
  EXPECT_TRUE(learnt.targets.empty());
  EXPECT_TRUE(learnt.notes.empty());
}

TEST(LearnAnswers, WordsAreClassesInTheirOrder) {
  const LearntAnswers learnt = learn_answers(with_words({"b", "a", "C"}, {0, 1, 1, 2}), false);
  EXPECT_EQ(learnt.class_names, (ClassNames{"C", "a", "b"}));
  EXPECT_EQ(learnt.labels, (Labels{2, 1, 1, 0}));
}

TEST(LearnAnswers, FoldersThatAreNumbersAreInTheOrderOfTheNumbers) {
  const LearntAnswers learnt = learn_answers(with_words({"10", "9", "1"}, {0, 1, 2}), false);
  EXPECT_EQ(learnt.class_names, (ClassNames{"1", "9", "10"}));
  EXPECT_EQ(learnt.labels, (Labels{2, 1, 0}));
}

TEST(LearnAnswers, OneHotRowsAreClasses) {
  const LearntAnswers learnt = learn_answers(with_numbers({0, 0, 1, 1, 0, 0, 0, 1, 0}, 3), false);
  EXPECT_EQ(learnt.class_names, (ClassNames{"0", "1", "2"}));
  EXPECT_EQ(learnt.labels, (Labels{2, 0, 1}));
  for (const std::vector<double>& row :
       {std::vector<double>{0, 1, 1}, {0, 0, 0}, {0, 2, 0}, {1, 0.5, 0}}) {
    std::vector<double> values = {1, 0, 0};
    values.insert(values.end(), row.begin(), row.end());
    const std::string message = message_of(with_numbers(values, 3));
    EXPECT_NE(message.find("a.csv: the 3 numbers that label sample 1 are not one 1"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("--loss mse"), std::string::npos) << message;
  }
}

TEST(LearnAnswers, NumbersToPredictStayNumbers) {
  RawSamples samples = with_numbers({0.5, 2, -3, 4}, 2);
  samples.schema.label = "price";
  const LearntAnswers learnt = learn_answers(samples, true);
  EXPECT_EQ(learnt.class_names, (ClassNames{"price 0", "price 1"}));
  EXPECT_EQ(learnt.targets, (std::vector<float>{0.5F, 2, -3, 4}));
  EXPECT_EQ(learnt.labels, (Labels{0, 0}));
  EXPECT_EQ(learn_answers(with_numbers({1, 2}), true).class_names, ClassNames{"target"});
}

TEST(LearnAnswers, SaysWhatIsNoClassAndNoNumber) {
  EXPECT_NE(message_of(with_numbers({1, 2.5})).find("sample 1 has the label 2.5"),
            std::string::npos);
  EXPECT_NE(message_of(with_numbers({1, 1})).find("the same label"), std::string::npos);
  EXPECT_NE(message_of(with_words({"a"}, {0, 0})).find("the same label"), std::string::npos);
  EXPECT_NE(message_of(with_words({"a", "b"}, {0, 1}), true).find("words"), std::string::npos);
  EXPECT_NE(message_of(with_numbers({1, 1e39}), true).find("sample 1 has the number 1e+39"),
            std::string::npos);
  EXPECT_NE(message_of(without_answers()).find("a.csv: has no labels"), std::string::npos);
  RawSamples three = with_numbers({1, 2});
  three.samples = 3;
  EXPECT_NE(message_of(three).find("2 labels for 3 samples"), std::string::npos);
  std::vector<double> many;
  for (int i = 0; i < 65536; ++i) many.push_back(i);
  EXPECT_NE(message_of(with_numbers(many)).find("65,536 different labels; 65,535 classes"),
            std::string::npos);
}

TEST(LearnAnswers, NotesNumbersThatAreHardlyClasses) {
  std::vector<double> values;
  for (int i = 0; i < 42; ++i) values.push_back(std::floor(i / 2.0));  // 21 classes of two
  EXPECT_EQ(learn_answers(with_numbers(values), false).notes.size(), 1U);
  for (int i = 0; i < 63; ++i) values.push_back(std::floor(i / 3.0));
  EXPECT_TRUE(learn_answers(with_numbers(values), false).notes.empty());  // of five
}

std::string message_of_known(const RawSamples& samples, const TrainedOn& known) {
  try {
    known_answers(samples, known);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(KnownAnswers, AreOfTheClassesThatTheNetworkHas) {
  TrainedOn known;
  known.class_names = {"1", "3", "7"};
  EXPECT_EQ(known_answers(with_numbers({7, 1}), known).labels, (Labels{2, 0}));
  EXPECT_EQ(known_answers(with_words({"3"}, {0}), known).labels, Labels{1});
  EXPECT_NE(message_of_known(with_numbers({1, 2}), known)
                .find("sample 1 is of class '2', which none of the training samples is; their "
                      "classes are '1', '3', '7'"),
            std::string::npos);
  // Where no class is called by a number, a number is an index.
  known.class_names = {"cat", "dog"};
  EXPECT_EQ(known_answers(with_numbers({1, 0}), known).labels, (Labels{1, 0}));
  for (const double none : {2.0, -1.0, 0.5}) {
    EXPECT_NE(message_of_known(with_numbers({none}), known).find("sample 0 is of class"),
              std::string::npos);
  }
}

TEST(KnownAnswers, OfNumbersMustBeAsMany) {
  TrainedOn known;
  known.class_names = {"a", "b"};
  known.has_targets = true;
  EXPECT_EQ(known_answers(with_numbers({1, 2, 3, 4}, 2), known).targets,
            (std::vector<float>{1, 2, 3, 4}));
  EXPECT_NE(message_of_known(with_numbers({1, 2}), known).find("1 numbers to predict"),
            std::string::npos);
  EXPECT_NE(message_of_known(with_words({"x"}, {0}), known).find("words"), std::string::npos);
}

}  // namespace
}  // namespace regrow
