// Fingerprints of data sets.
#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>
#include <utility>

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

/// A digest of the training features alone.
std::string digest_of_features_of(Features features) {
  Dataset dataset;
  dataset.train.features = std::move(features);
  return digest_of(dataset).train_features;
}

TEST(DatasetDigest, OfFloatsIsTheHashOfTheirBytes) {
  // 1 2 3 4, the lowest first, are a float's; and floats are told from floats, by their bits.
  EXPECT_EQ(digest_of_features_of(FloatFeatures{std::bit_cast<float>(0x04030201U)}),
            "49a04899597a3567537653a0d9955b86");
  EXPECT_NE(digest_of_features_of(FloatFeatures{0.0F}),
            digest_of_features_of(FloatFeatures{-0.0F}));
  EXPECT_NE(digest_of_features_of(FloatFeatures{1, 2}), digest_of_features_of(FloatFeatures{2, 1}));
}

TEST(DatasetDigest, OfSparseRowsChangesWithEachOfTheirArrays) {
  const SparseRows rows = {{0, 1, 3}, {4, 0, 2}, {0.5F, 1, 2}};
  std::set<std::string> digests = {digest_of_features_of(rows)};
  EXPECT_EQ(digests.size(), 1U);
  SparseRows other = rows;
  other.row_begin[1] = 2;
  EXPECT_TRUE(digests.insert(digest_of_features_of(other)).second);
  other = rows;
  other.columns[2] = 3;
  EXPECT_TRUE(digests.insert(digest_of_features_of(other)).second);
  other = rows;
  other.values[0] = 0.25F;
  EXPECT_TRUE(digests.insert(digest_of_features_of(other)).second);
  EXPECT_FALSE(digests.insert(digest_of_features_of(rows)).second);
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
