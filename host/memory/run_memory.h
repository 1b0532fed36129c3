// What training or evaluating a network will need of the host's memory, before any of it is
// allocated. What a GPU needs of its own its back end says when it loads the network.
#pragma once

#include <cstdint>
#include <span>

#include "memory/memory_need.h"
#include "network/network_plan.h"
#include "regrow/config.h"
#include "regrow/dataset.h"

namespace regrow {

struct DataSize {
  ImageShape shape;
  std::uint32_t classes = 0;
  std::uint64_t train = 0;  // samples in the file, held out or not
  std::uint64_t test = 0;
  bool has_targets = false;  // `classes` numbers a sample
  FeatureKind kind = FeatureKind::kBytes;
  std::uint64_t stored = 0;  // values, of sparse rows alone

  std::uint64_t bytes() const;
};
DataSize size_of(const Dataset& dataset);
/// Before anything is read: exact of synthetic data, the usual one of data sets that have names. Of
/// a user's own files nothing is known before: not to be asked.
DataSize expected_data(const Config& config);

/// What training needs at its height: the sum of what the back end keeps, of copies of the network
/// on their way to the files, of the data, and of a drop or growth. config: resolved; its device is
/// a name other than `auto`.
MemoryNeed training_memory(const Config& config, const DataSize& data,
                           std::span<const LayerPlan> layers);
/// The same for the layers that a new network of `config` starts with.
MemoryNeed training_memory(const Config& config, const DataSize& data);

/// What a benchmark needs: the network is trained and evolves, but nothing of it is recorded.
MemoryNeed benchmark_memory(const Config& config, const DataSize& data);

/// What evaluating a checkpoint's network on `samples` of the data needs. `pruned`: whether
/// connections are deleted for it, for which dense hidden layers become sparse ones.
MemoryNeed evaluation_memory(const Config& config, const DataSize& data,
                             std::span<const LayerPlan> layers, std::uint64_t samples,
                             bool pruned = false);

}  // namespace regrow
