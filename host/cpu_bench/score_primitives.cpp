#include "cpu_bench/score_primitives.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "cpu/aligned_array.h"
#include "cpu/blas.h"
#include "cpu/candidate_draws.h"
#include "cpu/sparse_layer.h"
#include "cpu/strengths.h"
#include "evolution/candidate_draws.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

constexpr const char* kDenseProduct = "dense_product";
constexpr const char* kWeightGradients = "weight_gradients";
constexpr std::uint64_t kDropShare = 10, kDropped = 3;  // 0.3 of the connections, as many grow

class ScoreBench {
 public:
  ScoreBench(const CallTimer& timer, const NetworkState& network,
             const std::vector<LayerBatch>& batches, const Kernels& kernels)
      : timer_(timer), batches_(batches), kernels_(kernels) {
    for (std::size_t l = 0; l < batches.size(); ++l) {
      const LayerState& layer = network.layers[l];
      layers_.push_back(&layer);
      shapes_.push_back({static_cast<std::uint32_t>(l), layer.inputs, layer.outputs});
    }
  }

  std::vector<PrimitiveTiming> run() {
    if (has_dense_products(kernels_)) time_all();
    time_candidates();
    return std::move(timings_);
  }

 private:
  void add(const char* name, double bytes, const char* ceiling, std::vector<double> seconds) {
    timings_.push_back({name, "fp32", bytes, ceiling, std::move(seconds)});
  }

  void time_all() {
    std::uint64_t most = 0, cells = 0;
    for (const LayerShape& shape : shapes_) {
      most = std::max(most, shape.cell_count());
      cells += shape.cell_count();
    }
    const double bytes = static_cast<double>(cells) * sizeof(float);
    const Blas& blas = Blas::instance(kernels_.name, "");
    AlignedArray<float> product(most);
    add(kDenseProduct, bytes, "", timer_.time([&] {
      for (std::size_t l = 0; l < shapes_.size(); ++l) {
        const LayerBatch& batch = batches_[l];
        const int ld = static_cast<int>(batch.ld), inputs = static_cast<int>(shapes_[l].inputs);
        blas.multiply(false, true, static_cast<int>(shapes_[l].outputs), inputs,
                      static_cast<int>(batch.samples), 1, batch.output_gradient, ld, batch.input,
                      ld, 0, product.data(), inputs);
      }
    }));
    add("score_all", bytes, kDenseProduct, timer_.time([&] {
      for (std::size_t l = 0; l < shapes_.size(); ++l) {
        const CellList& taken = layers_[l]->cells;
        largest_gradients(kernels_, batches_[l], shapes_[l], taken,
                          taken.size() * kDropped / kDropShare, pool_);
      }
    }));
  }

  void time_candidates() {
    std::vector<EvolutionPlan> plans(shapes_.size());
    std::vector<SparseLayer> layers;
    std::vector<Cells> candidates;
    double connections = 0, bytes = 0;
    for (std::size_t l = 0; l < shapes_.size(); ++l) {
      const LayerState& state = *layers_[l];
      layers.emplace_back(state, kernels_, 1, UpdateMode::kGradients);
      plans[l].growth.candidates = CandidateLaw::kUniform;
      plans[l].layers.resize(l + 1);
      plans[l].layers[l].candidates.count = state.connections();
      candidates.push_back(drawn_candidates(plans[l], shapes_[l], state.cells, pool_));
      plans[l].growth.candidates = CandidateLaw::kGraBo;
      plans[l].layers[l].candidates =
          candidate_draws(CandidateLaw::kGraBo, 1, state.connections(),
                          strengths_of({}, batches_[l], shapes_[l], pool_));
      const auto count = static_cast<double>(state.connections());
      connections += count;
      bytes += count * static_cast<double>(batches_[l].ld * sizeof(float) + 12);
    }
    add(kWeightGradients, bytes, "", timer_.time([&] {
      for (std::size_t l = 0; l < layers.size(); ++l) {
        const LayerBatch& batch = batches_[l];
        layers[l].backward({batch.input, nullptr, batch.output_gradient, nullptr, batch.ld}, {},
                           nullptr, alone_);
      }
    }));
    add("score_candidates", bytes, kWeightGradients, timer_.time([&] {
      for (std::size_t l = 0; l < layers.size(); ++l) {
        cell_gradients(kernels_, batches_[l], shapes_[l].inputs, candidates[l], pool_);
      }
    }));
    add("draw_candidates", connections * sizeof(std::uint64_t), "", timer_.time([&] {
      for (std::size_t l = 0; l < layers.size(); ++l) {
        drawn_candidates(plans[l], shapes_[l], layers_[l]->cells, pool_);
      }
    }));
  }

  const CallTimer& timer_;
  const std::vector<LayerBatch>& batches_;
  const Kernels& kernels_;
  Member alone_;
  ThreadPool pool_{1};
  std::vector<const LayerState*> layers_;  // hidden
  std::vector<LayerShape> shapes_;
  std::vector<PrimitiveTiming> timings_;
};

}  // namespace

bool has_dense_products(const Kernels& kernels) {
  try {
    Blas::instance(kernels.name, "");
    return true;
  } catch (const Error&) {
    return false;  // the rest can be timed without
  }
}

std::vector<PrimitiveTiming> time_scoring(const CallTimer& timer, const NetworkState& network,
                                          const std::vector<LayerBatch>& batches,
                                          const Kernels& kernels) {
  return ScoreBench(timer, network, batches, kernels).run();
}

}  // namespace regrow::cpu
