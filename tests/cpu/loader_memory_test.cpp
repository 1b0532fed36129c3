// What a loader of batches is said to take in memory against what it allocates, of every kind of
// features.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cpu/load_batch.h"
#include "support/feature_kinds.h"
#include "support/tiny_data.h"

namespace regrow::cpu {
namespace {

std::size_t bytes_in_use() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(LoaderMemory, IsAboutWhatIsAllocated) {
  if (bytes_in_use() == 0) GTEST_SKIP() << "a sanitizer's allocator does not say";
  constexpr unsigned kThreads = 3;
  constexpr std::uint32_t kLd = 32;
  for (const FeatureKind kind : tests::kAllKinds) {
    for (const auto& [augments, format] :
         {std::pair{false, RowFormat::kFloats}, std::pair{true, RowFormat::kFloats},
          std::pair{false, RowFormat::kPacked}, std::pair{true, RowFormat::kPacked}}) {
      Dataset dataset = tests::tiny_dataset({.shape = {2, 20, 25}});
      if (kind != FeatureKind::kBytes) dataset = tests::with_odd_features(dataset, kind);
      const auto data = std::make_shared<const Dataset>(dataset);
      BatchLoader::Augmentation augmentation;
      augmentation.settings.enabled = augments;
      std::optional<BatchLoader> loader;
      const std::size_t before = bytes_in_use();
      loader.emplace(data, augmentation, select_kernels("portable"), kThreads, kLd, format);
      const auto taken = static_cast<double>(bytes_in_use() - before);
      const auto said = static_cast<double>(
          BatchLoader::bytes_of(dataset.shape, kind, augments, kThreads, kLd, format));
      const std::string what = tests::name_of_kind(kind) + (augments ? ", augmented" : "") +
                               (format == RowFormat::kPacked ? ", packed" : "");
      EXPECT_GT(said, 0.95 * taken) << what;
      EXPECT_LT(said, 1.05 * taken) << what;
    }
  }
}

}  // namespace
}  // namespace regrow::cpu
