#include "backend/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "regrow/error.h"
#include "step/layer_views.h"
#include "system/size_text.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kFewestEvaluated = 64;

std::uint64_t total(const std::vector<MemoryPart>& parts) {
  std::uint64_t bytes = 0;
  for (const MemoryPart& part : parts) bytes += part.bytes;
  return bytes;
}

/// What would fit instead, as the end of a sentence.
std::string remedy(const MemoryPlan& plan, std::uint32_t batch, std::uint64_t free_bytes) {
  std::uint32_t fits = 0;
  // Bisection: what fits below a batch size fits at every smaller one.
  for (std::uint32_t low = 0, high = batch; low + 1 < high;) {
    const std::uint32_t middle = low + (high - low) / 2;
    (total(plan(middle, kFewestEvaluated)) <= free_bytes ? low : high) = middle;
    fits = low;
  }
  if (fits > 0) return fmt::format("--batch {} would fit", fits);
  std::uint64_t of_connections = 0, others = 0;
  for (const MemoryPart& part : plan(1, kFewestEvaluated)) {
    (part.of_connections ? of_connections : others) += part.bytes;
  }
  if (others >= free_bytes || of_connections == 0) {
    return "not even --batch 1 would fit; use fewer neurons, a smaller data set, or --device cpu";
  }
  return fmt::format(
      "with --batch 1, {:.0f} % of the connections would fit: lower --epsilon or --density, or use "
      "--device cpu",
      100 * static_cast<double>(free_bytes - others) / static_cast<double>(of_connections));
}

}  // namespace

std::uint32_t most_columns(std::uint64_t rows, std::size_t value_bytes) {
  return static_cast<std::uint32_t>(kMostMatrixBytes / (rows * value_bytes) / 8 * 8);
}

void require_addressable(std::uint64_t rows, std::size_t value_bytes, std::uint32_t batch) {
  const std::uint32_t most = most_columns(rows, value_bytes);
  if (batch <= most) return;
  throw Error(fmt::format(
      "--batch {}: {} for the activations of the largest layer, of {} neurons, but a GPU's back "
      "end takes at most {}; use {}--device cpu",
      batch, memory_text((std::uint64_t{batch} + 7) / 8 * 8 * rows * value_bytes), rows,
      memory_text(kMostMatrixBytes), most > 0 ? fmt::format("--batch {} or less, or ", most) : ""));
}

std::uint32_t fit_evaluation(const MemoryPlan& plan, std::uint32_t batch, std::uint32_t most,
                             std::uint64_t free_bytes) {
  const std::uint32_t fewest = std::min(most, kFewestEvaluated);
  for (std::uint32_t evaluated = most;; evaluated = std::max(evaluated / 16 * 8, fewest)) {
    if (total(plan(batch, evaluated)) <= free_bytes) return evaluated;
    if (evaluated == fewest) break;
  }
  std::vector<MemoryPart> parts = plan(batch, fewest);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const MemoryPart& a, const MemoryPart& b) { return a.bytes > b.bytes; });
  std::string largest;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, parts.size()); ++i) {
    largest +=
        fmt::format("{}{} for {}", i == 0 ? "" : ", ", memory_text(parts[i].bytes), parts[i].what);
  }
  throw Error(fmt::format("out of device memory: the run needs {} ({}) and {} are free; {}",
                          memory_text(total(parts)), largest, memory_text(free_bytes),
                          remedy(plan, batch, free_bytes)));
}

}  // namespace regrow::cuda
