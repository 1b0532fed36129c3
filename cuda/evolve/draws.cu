#include <span>

#include "common/algorithms.h"
#include "evolve/draws.h"
#include "evolve/per_element.h"
#include "evolve/score_sink.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

struct Draws {
  std::uint64_t seed;
  std::uint32_t layer;
  std::uint32_t time;
  std::uint64_t count;
  const std::uint64_t* input_sums;   // [inputs]
  const std::uint64_t* output_sums;  // [outputs]
  std::uint32_t inputs;
  std::uint32_t outputs;
};

// cells: in any order, and as often as they are drawn.
__global__ void draw_kernel(Draws draws, CellSet taken, std::uint64_t* cells,
                            std::uint64_t* count) {
  const std::size_t k = element_index();
  std::uint64_t cell = 0;
  bool is_candidate = false;
  if (k < draws.count) {
    const PhiloxBlock block =
        random_block(draws.seed, Purpose::kCandidates, draws.layer, draws.time, k);
    cell = drawn_cell(block, draws.input_sums, draws.inputs, draws.output_sums, draws.outputs);
    is_candidate = !contains(taken, cell);
  }
  const std::uint64_t place = reserve_places(is_candidate ? 1 : 0, count);
  if (is_candidate) cells[place] = cell;
}

}  // namespace

Cells drawn_cells(const EvolutionPlan& plan, const LayerShape& shape, const CellSet& taken,
                  const Stream& stream) {
  const CandidateDraws& candidates = plan.layers[shape.index].candidates;
  REGROW_CHECK(
      candidates.inputs.size() == shape.inputs && candidates.outputs.size() == shape.outputs,
      "candidates are drawn by a weight of each neuron");
  REGROW_CHECK(candidates.inputs.back() > 0 && candidates.outputs.back() > 0,
               "candidates are drawn by weights whose sum is above 0");
  const DeviceArray<std::uint64_t> input_sums(std::span<const std::uint64_t>(candidates.inputs),
                                              "strengths of inputs", stream);
  const DeviceArray<std::uint64_t> output_sums(std::span<const std::uint64_t>(candidates.outputs),
                                               "strengths of outputs", stream);
  Cells drawn(candidates.count, "drawn cells", stream);
  DeviceArray<std::uint64_t> count(1, "a count of drawn cells", stream);
  count.zero();
  const Draws draws = {plan.seed,         shape.index,        plan.time.number, candidates.count,
                       input_sums.data(), output_sums.data(), shape.inputs,     shape.outputs};
  launch_per_element(candidates.count, stream, draw_kernel, draws, taken, drawn.data(),
                     count.data());
  const std::size_t kept = count.download().front();
  sort(drawn.data(), kept, stream);
  Cells distinct(kept, "drawn cells", stream);
  const std::size_t found = unique(drawn.data(), kept, distinct.data(), stream);
  Cells result(found, "candidates", stream);
  drawn = {};
  if (found > 0) {
    copy_bytes_on_device(result.data(), distinct.data(), found * sizeof(std::uint64_t), stream);
  }
  return result;
}

std::uint64_t drawing_bytes(const LayerShape& shape, std::uint64_t draws) {
  // Drawn, sorted or distinct, and the result.
  return sizeof(std::uint64_t) * (std::uint64_t{shape.inputs} + shape.outputs + 3 * draws) + 4096;
}

}  // namespace regrow::cuda
