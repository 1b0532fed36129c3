// The nearest right name: typing slips find it, unrelated words find nothing.

#include "base/nearest_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace regrow {
namespace {

const std::vector<std::string> kNames = {"epochs", "epsilon", "learning_rate", "k", "seed", "set"};

TEST(NearestName, FindsTheNameOfOneSlip) {
  EXPECT_EQ(nearest_name("epoch", kNames), "epochs");    // a letter left out
  EXPECT_EQ(nearest_name("epochss", kNames), "epochs");  // one too many
  EXPECT_EQ(nearest_name("epoxhs", kNames), "epochs");   // a wrong one
  EXPECT_EQ(nearest_name("sede", kNames), "seed");       // two swapped
  EXPECT_EQ(nearest_name("seed", kNames), "seed");
}

TEST(NearestName, CountsSwappedNeighboursAsOneSlip) {
  const std::vector<std::string> names = {"bc", "abdc"};
  EXPECT_EQ(nearest_name("abcd", names), "abdc");
  EXPECT_EQ(nearest_name("xabcd", std::vector<std::string>{"xabdce"}), "xabdce");
}

TEST(NearestName, TakesCaseDashAndUnderscoreAsEqual) {
  EXPECT_EQ(nearest_name("Learning-Rate", kNames), "learning_rate");
  EXPECT_EQ(nearest_name("LR", std::vector<std::string>{"lr"}), "lr");
}

TEST(NearestName, PrefersTheSmallerDistanceThenTheFirst) {
  EXPECT_EQ(nearest_name("sets", kNames), "set");
  EXPECT_EQ(nearest_name("ax", std::vector<std::string>{"ab", "ac"}), "ab");
}

TEST(NearestName, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("x", kNames), "");  // one letter replaced is a different name
  EXPECT_EQ(nearest_name("banana", kNames), "");
  EXPECT_EQ(nearest_name("", kNames), "");
  EXPECT_EQ(nearest_name("epochs", {}), "");
}

TEST(NearestName, KnowsAnotherWordFromASlip) {
  const std::vector<std::string> flags = {"--epsilon", "--epochs", "--learning-rate", "--resume",
                                          "--momentum-reset"};
  EXPECT_EQ(nearest_name("--version", flags), "");  // three edits, of seven letters
  EXPECT_EQ(nearest_name("--rseum", flags), "--resume");
  EXPECT_EQ(nearest_name("--epochen", flags), "--epochs");
  EXPECT_EQ(nearest_name("epsilon", flags), "--epsilon");  // dashes are no letters
  EXPECT_EQ(nearest_name("--lerning-rat", flags), "--learning-rate");
  EXPECT_EQ(nearest_name("--momentum", flags), "");  // six letters more
  EXPECT_EQ(nearest_name("--", flags), "");
  // More than three edits are, however long the word is.
  EXPECT_EQ(nearest_name("abcdefghijklmno", std::vector<std::string>{"abcdefghijkl"}),
            "abcdefghijkl");
  EXPECT_EQ(nearest_name("abcdefghijklmnop", std::vector<std::string>{"abcdefghijkl"}), "");
}

TEST(DidYouMean, EndsAMessageOnlyWhereANameIsNear) {
  EXPECT_EQ(did_you_mean("epoch", kNames), " (did you mean epochs?)");
  EXPECT_EQ(did_you_mean("banana", kNames), "");
}

}  // namespace
}  // namespace regrow
