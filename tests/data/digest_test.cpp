// Fingerprints of data sets.
#include <gtest/gtest.h>

#include "regrow/dataset.h"

namespace regrow {
namespace {

Dataset tiny() {
  Dataset dataset;
  dataset.train = {.features = ByteFeatures{1, 2, 3, 4}, .labels = {0, 1}};
  dataset.test = {.features = ByteFeatures{5, 6}, .labels = {1}};
  return dataset;
}

TEST(DatasetDigest, IsTheHashOfItsBytes) {
  // XXH3 of 128 bits with seed 0, as xxhsum -H2 prints it: of nothing, and of the bytes 1 2 3 4.
  EXPECT_EQ(digest_of(Dataset()).test_features, "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(digest_of(tiny()).train_features, "49a04899597a3567537653a0d9955b86");
}

TEST(DatasetDigest, IsOfTheTargetsWhereThereAreSuch) {
  Dataset numbers = tiny();
  numbers.train.targets = {0.5F, 1};
  numbers.test.targets = {2};
  const DatasetDigest digest = digest_of(numbers);
  EXPECT_NE(digest.train_labels, digest_of(tiny()).train_labels);
  EXPECT_NE(digest.test_labels, digest_of(tiny()).test_labels);
  numbers.train.targets[1] = 1.5F;
  EXPECT_NE(digest_of(numbers).train_labels, digest.train_labels);
  EXPECT_EQ(digest_of(numbers).test_labels, digest.test_labels);
}

TEST(DatasetDigest, OfEachPartChangesWithThatPartAlone) {
  const DatasetDigest digest = digest_of(tiny());
  Dataset other = tiny();
  other.train.bytes()[3] ^= 1;
  DatasetDigest expected = digest_of(other);
  EXPECT_NE(expected.train_features, digest.train_features);
  expected.train_features = digest.train_features;
  EXPECT_EQ(expected, digest);
  other = tiny();
  std::swap(other.train.labels[0], other.train.labels[1]);
  EXPECT_NE(digest_of(other).train_labels, digest.train_labels);
  other = tiny();
  other.test.bytes()[0] = 7;
  EXPECT_NE(digest_of(other).test_features, digest.test_features);
  other = tiny();
  other.test.labels[0] = 0;
  expected = digest_of(other);
  EXPECT_NE(expected.test_labels, digest.test_labels);
  expected.test_labels = digest.test_labels;
  EXPECT_EQ(expected, digest);
}

}  // namespace
}  // namespace regrow
