// Growth by gradient against a loop over all cells. Scores are exact (see host_batch.h), so the
// cells are the same, whatever they are scored by and however many at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "cuda/evolve/evolve_plans.h"
#include "cuda/evolve/host_batch.h"
#include "cuda/evolve/plain_evolution.h"
#include "evolve/draws.h"
#include "evolve/evolve.h"
#include "evolve/score.h"
#include "evolve/top_k.h"

namespace regrow::cuda {
namespace {

constexpr CandidateLaw kLaws[] = {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo,
                                  CandidateLaw::kGraEst};

/// Some neurons are never drawn.
CandidateDraws draws_of(const LayerShape& shape, std::uint64_t count) {
  CandidateDraws draws;
  draws.count = count;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < shape.inputs; ++i) {
    draws.inputs.push_back(sum += i % 4 == 1 ? 0 : (i * 37 % 11 + 1) << 30);
  }
  sum = 0;
  for (std::uint64_t o = 0; o < shape.outputs; ++o) {
    draws.outputs.push_back(sum += o % 5 == 2 ? 0 : o % 3 + 1);
  }
  return draws;
}

void expect_growth_as_planned(const HostLayer& layer, const EvolutionPlan& plan,
                              const HostBatch& batch, const std::vector<std::size_t>& at_once,
                              const Stream& stream) {
  const PlainEvolution expected = plain_evolve(layer, plan, &batch);
  for_both_storages([&]<typename Value>(Value) {
    const DeviceBatch<Value> on_device(batch, stream);
    for (const std::size_t count : at_once) {
      SCOPED_TRACE(testing::Message() << count << " at once");
      const ScoredBatch scored = {on_device.view(), count};
      const EvolvedConnections evolved =
          evolve(upload(layer, stream), plan, layer.shape, kFromCells, stream, &scored);
      EXPECT_EQ(evolved.report, expected.report);
      expect_equal(download(evolved.connections, layer.shape), expected.layer);
    }
  });
}

EvolutionPlan plan_by_gradient(const HostLayer& layer, CandidateLaw law, std::uint64_t grow,
                               std::uint64_t draws) {
  EvolutionPlan plan = plan_of(rule_called("gradient"), grow, {0, 0, layer.cells.size() / 3});
  plan.groups = DropGroups::kTogether;
  plan.time.is_within_epoch = true;
  plan.growth.candidates = law;
  plan.layers[2].candidates = draws_of(layer.shape, draws);
  return plan;
}

TEST(CudaGradientGrowth, IsThatOfALoopOnAwkwardShapesAndBatches) {
  const Stream stream;
  constexpr std::uint32_t kShapes[][2] = {{1, 1},   {1, 9},  {9, 1},  {1, 300},
                                          {300, 1}, {33, 2}, {40, 23}};
  for (const auto& [inputs, outputs] : kShapes) {
    for (const double density : {0.0, 0.3, 1.0}) {
      const HostLayer layer = random_layer(3, inputs, outputs, density);
      for (const std::uint32_t samples : {1U, 3U, 100U}) {
        const HostBatch batch = whole_batch(8, layer.shape, samples);
        for (const CandidateLaw law : kLaws) {
          for (const double share : {0.0, 0.3, 1.0}) {
            for (const bool regrows : {true, false}) {
              SCOPED_TRACE(testing::Message()
                           << inputs << " x " << outputs << ", density " << density << ", batch "
                           << samples << ", law " << static_cast<int>(law) << ", share " << share
                           << ", regrows " << regrows);
              EvolutionPlan plan = plan_by_gradient(layer, law, 0, layer.cell_count() / 2);
              plan.growth.regrow_dropped = regrows;
              plan.newborn.keep_weights_of_regrown = regrows;
              plan.layers[2].grow = static_cast<std::uint64_t>(
                  share * static_cast<double>(eligible_cells(layer, plan)));
              expect_growth_as_planned(layer, plan, batch, {kScoredAtOnce}, stream);
            }
          }
        }
      }
    }
  }
}

// The least that is scored at once is a tile; of a list, a cell.
TEST(CudaGradientGrowth, DoesNotDependOnHowManyCellsAreScoredAtOnce) {
  const Stream stream;
  const HostLayer layer = random_layer(3, 290, 261, 0.1);
  const HostBatch batch = whole_batch(8, layer.shape, 9);
  for (const CandidateLaw law : kLaws) {
    for (const std::uint64_t grow : {1U, 100U, 20'000U}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(law) << ", " << grow << " grow");
      expect_growth_as_planned(
          layer, plan_by_gradient(layer, law, grow, 5000), batch,
          {law == CandidateLaw::kAll ? 1U : 999U, 128U * 256U, 290U * 128U, 290U * 261U}, stream);
    }
  }
}

TEST(CudaGradientGrowth, OfEqualScoresTakesTheLowerCells) {
  const Stream stream;
  const HostLayer layer = random_layer(3, 150, 140, 0.1);
  HostBatch batch = whole_batch(8, layer.shape, 3);
  for (const float value : {0.0F, 2.0F}) {
    std::fill(batch.inputs.begin(), batch.inputs.end(), value);
    std::fill(batch.gradients.begin(), batch.gradients.end(), value);
    for (const CandidateLaw law : kLaws) {
      const EvolutionPlan plan = plan_by_gradient(layer, law, 333, 3000);
      expect_growth_as_planned(layer, plan, batch, {1000, kScoredAtOnce}, stream);
    }
  }
}

TEST(CudaGradientGrowth, NoCellGrowsByANanAndAnInfinityIsTheHighest) {
  const Stream stream;
  const HostLayer layer = random_layer(3, 60, 50, 0.1);
  HostBatch batch = whole_batch(8, layer.shape, 3);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  batch.inputs[7 * 3 + 1] = std::numeric_limits<float>::quiet_NaN();
  batch.gradients[5 * 3] = kInfinity;  // of a row, infinite or, by inputs of 0, NaN
  for (const CandidateLaw law : kLaws) {
    for (const std::uint64_t grow : {20U, 1000U, 2500U}) {
      EvolutionPlan plan = plan_by_gradient(layer, law, grow, 1500);
      expect_growth_as_planned(layer, plan, batch, {kScoredAtOnce}, stream);
    }
  }
  // Where no gradient is a number all is filled at random.
  std::fill(batch.gradients.begin(), batch.gradients.end(),
            std::numeric_limits<float>::quiet_NaN());
  const EvolutionPlan plan = plan_by_gradient(layer, CandidateLaw::kAll, 70, 0);
  expect_growth_as_planned(layer, plan, batch, {kScoredAtOnce}, stream);
}

TEST(CudaGradientGrowth, WhatNoCandidateGivesIsFilled) {
  const Stream stream;
  const HostLayer layer = random_layer(3, 60, 50, 0.1);
  const HostBatch batch = whole_batch(8, layer.shape, 3);
  for (const CandidateLaw law : kLaws) {
    for (const std::uint64_t draws : {0U, 1U, 40U, 5000U}) {
      const EvolutionPlan plan = plan_by_gradient(layer, law, 90, draws);
      expect_growth_as_planned(layer, plan, batch, {kScoredAtOnce}, stream);
    }
  }
}

TEST(CudaGradientGrowth, DrawsFollowTheStrengthsAlone) {
  const Stream stream;
  const HostLayer layer = random_layer(3, 60, 50, 0.1);
  EvolutionPlan plan = plan_by_gradient(layer, CandidateLaw::kGraBo, 1, 4000);
  const Cells taken = upload_cells(layer.cells, stream);
  const CellList cells = drawn_cells(plan, layer.shape, set_of(taken), stream).download();
  EXPECT_GT(cells.size(), 500U);
  for (const std::uint64_t cell : cells) {
    EXPECT_NE(cell % 60 % 4, 1U) << "of an input that has no strength";
    EXPECT_NE(cell / 60 % 5, 2U) << "of an output that has no strength";
    EXPECT_FALSE(std::binary_search(layer.cells.begin(), layer.cells.end(), cell));
  }
  plan.layers[2].candidates.inputs.pop_back();
  EXPECT_THROW(drawn_cells(plan, layer.shape, set_of(taken), stream), std::logic_error);
  plan.layers[2].candidates.inputs.assign(60, 0);
  EXPECT_THROW(drawn_cells(plan, layer.shape, set_of(taken), stream), std::logic_error);
}

/// The best of scores that come in pieces, from the last to the first; input i has score i.
CellList best_of(const std::vector<float>& scores, std::uint64_t wanted, std::size_t piece,
                 const Stream& stream) {
  const LayerShape shape = {2, static_cast<std::uint32_t>(scores.size()), 1};
  const DeviceBatch<float> batch({shape, 1, scores, {-1}}, stream);
  CellList all;
  for (std::size_t i = 0; i < scores.size(); ++i) all.push_back(i);
  const Cells cells = upload_cells(all, stream);
  TopK best(wanted, scores.size(), piece, stream);
  for (std::size_t end = scores.size(); end > 0;) {
    const std::size_t first = end > piece ? end - piece : 0;
    score_cells(batch.view(), shape.inputs, {cells.data() + first, end - first},
                best.sink(end - first), stream);
    end = first;
  }
  return best.take().download();
}

TEST(CudaTopK, IsThatOfASortWhateverThePieces) {
  const Stream stream;
  std::vector<float> scores;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const std::uint32_t bits = random_block(4, Purpose::kSynthetic, 9, 0, i)[0];
    const float any = std::bit_cast<float>(bits);
    // Of every magnitude, many of them equal; but none that a GPU would take for 0.
    scores.push_back(
        i % 3 == 0 || std::fpclassify(any) == FP_SUBNORMAL ? static_cast<float>(bits % 50) : any);
  }
  CellList order;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!std::isnan(scores[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
    return std::abs(scores[a]) > std::abs(scores[b]);
  });
  ASSERT_LT(order.size(), scores.size()) << "there is a NaN";
  for (const std::size_t piece : {257U, 1000U, 5000U}) {
    for (const std::size_t wanted :
         {std::size_t{1}, std::size_t{2}, std::size_t{999}, std::size_t{4000}, order.size() - 1,
          order.size(), order.size() + 1, scores.size() + 7}) {
      CellList expected = order;
      expected.resize(std::min(order.size(), wanted));
      std::sort(expected.begin(), expected.end());
      ASSERT_EQ(best_of(scores, wanted, piece, stream), expected) << wanted << " of " << piece;
    }
  }
  EXPECT_EQ(best_of({}, 3, 1, stream), CellList());
}

// More than 32 bits number its cells, and equal ones among them are told apart.
TEST(CudaTopK, TellsCellsOf64BitsApart) {
  const Stream stream;
  constexpr std::uint32_t kSide = 100'000;
  const LayerShape shape = {2, kSide, kSide};
  const HostBatch batch = {shape, 1, std::vector<float>(kSide, 1), std::vector<float>(kSide, 1)};
  const DeviceBatch<float> on_device(batch, stream);
  CellList cells;
  for (std::uint64_t i = 0; i < 500; ++i) cells.push_back(i * 19'999'999);
  const Cells list = upload_cells(cells, stream);
  for (const std::size_t wanted : {1U, 250U, 499U}) {
    TopK best(wanted, cells.size(), cells.size(), stream);
    score_cells(on_device.view(), kSide, set_of(list), best.sink(cells.size()), stream);
    CellList expected = cells;
    expected.resize(wanted);
    EXPECT_EQ(best.take().download(), expected);
  }
}

}  // namespace
}  // namespace regrow::cuda
