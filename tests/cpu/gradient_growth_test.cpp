// Scores of cells and the choice of the largest against plain doubles over every cell of a layer.
#include "cpu/gradient_growth.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/blas.h"
#include "cpu/simd_sets.h"
#include "cpu/strengths.h"
#include "cpu/top_k.h"
#include "regrow/bijection.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

double uniform(std::uint32_t stream, std::uint64_t index) {
  return double{uniform_from_bits(random_block(5, Purpose::kSynthetic, stream, 0, index)[0])};
}

/// X and dY of a layer as a backward pass leaves them: in the padding dY is 0 and X is not.
class Batch {
 public:
  Batch(std::uint32_t inputs, std::uint32_t outputs, std::uint32_t samples)
      : shape_{3, inputs, outputs},
        samples_(samples),
        ld_(padded_batch(samples)),
        x_(std::size_t{inputs} * ld_),
        dy_(std::size_t{outputs} * ld_) {
    for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<float>(uniform(0, i) - 0.5);
    for (std::size_t i = 0; i < dy_.size(); ++i) {
      const bool is_padding = i % ld_ >= samples;
      dy_[i] = is_padding ? 0 : static_cast<float>(uniform(1, i) - 0.5);
    }
  }

  /// All gradients are whole numbers of a small range: float sums are exact, and most are equal.
  void make_coarse() {
    for (float& x : x_.span()) x = std::round(2 * x);
    for (float& dy : dy_.span()) dy = std::round(2 * dy);
  }
  float& x(std::size_t in, std::size_t sample) { return x_[in * ld_ + sample]; }
  float& dy(std::size_t out, std::size_t sample) { return dy_[out * ld_ + sample]; }

  const LayerShape& shape() const { return shape_; }
  LayerBatch view() const { return {x_.data(), dy_.data(), ld_, samples_}; }
  double gradient(std::uint64_t cell) const {
    double sum = 0;
    for (std::size_t b = 0; b < samples_; ++b) {
      sum +=
          double{dy_[cell / shape_.inputs * ld_ + b]} * double{x_[cell % shape_.inputs * ld_ + b]};
    }
    return sum;
  }
  /// Beyond this no rounding takes a float sum of products from the sum in doubles: every product
  /// and every addition rounds by at most 2⁻²⁴ of Σ|dy·x|.
  double tolerance(std::uint64_t cell) const {
    double sum = 0;
    for (std::size_t b = 0; b < samples_; ++b) {
      sum += std::abs(double{dy_[cell / shape_.inputs * ld_ + b]} *
                      double{x_[cell % shape_.inputs * ld_ + b]});
    }
    return sum * samples_ * 0x1p-24;
  }

 private:
  LayerShape shape_;
  std::uint32_t samples_;
  std::uint32_t ld_;
  AlignedArray<float> x_;
  AlignedArray<float> dy_;
};

/// About so many of the cells, ascending.
Cells some_cells(const LayerShape& shape, double share) {
  Cells cells;
  for (std::uint64_t cell = 0; cell < shape.cell_count(); ++cell) {
    if (uniform(2, cell) < share) cells.push_back(cell);
  }
  return cells;
}

EvolutionPlan plan_for(const LayerShape& layer, CandidateLaw law, std::uint64_t grow) {
  EvolutionPlan plan;
  plan.seed = 11;
  plan.time = {70, true};
  plan.growth.rule.by_gradient = true;
  plan.growth.candidates = law;
  plan.layers.resize(layer.index + 1);
  plan.layers[layer.index].grow = grow;
  return plan;
}

GradientGrowth growth_of(const EvolutionPlan& plan, const Batch& batch, const Cells& taken,
                         unsigned threads = 2, const std::string& simd = "auto") {
  ThreadPool pool(threads);
  std::vector<LayerBatch> layers(batch.shape().index + 1);
  layers.back() = batch.view();
  return grow_by_gradient(plan, batch.shape(), taken, {select_kernels(simd), layers}, pool);
}

Cells all_but(const Cells& taken, std::uint64_t cell_count) {
  Cells others;
  for (std::uint64_t cell = 0; cell < cell_count; ++cell) {
    if (!std::binary_search(taken.begin(), taken.end(), cell)) others.push_back(cell);
  }
  return others;
}

/// The best of `candidates` by the doubles' scores, and how many are filled up, by plan.h.
GradientGrowth plain_growth(const EvolutionPlan& plan, const Batch& batch, const Cells& taken,
                            const Cells& candidates) {
  const LayerShape& layer = batch.shape();
  std::map<std::uint64_t, double> scores;
  Cells ranked;
  for (const std::uint64_t cell : candidates) {
    scores[cell] = std::abs(batch.gradient(cell));
    if (!std::isnan(scores[cell])) ranked.push_back(cell);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](std::uint64_t a, std::uint64_t b) { return scores[a] > scores[b]; });
  const std::uint64_t grow = plan.layers[layer.index].grow;
  ranked.resize(std::min<std::uint64_t>(grow, ranked.size()));
  std::sort(ranked.begin(), ranked.end());
  GradientGrowth growth = {ranked, {grow, grow - ranked.size(), candidates.size()}};
  if (growth.report.filled == 0) return growth;
  Alone alone;
  const Cells others = all_but(merged(taken, ranked, alone), layer.cell_count());
  const Bijection bijection(others.size(), plan.seed, Purpose::kGrowShortfallAtStep, layer.index,
                            plan.time.number);
  for (std::uint64_t k = 0; k < growth.report.filled; ++k) {
    growth.cells.push_back(others[bijection(k)]);
  }
  std::sort(growth.cells.begin(), growth.cells.end());
  return growth;
}

void expect_equal(const GradientGrowth& ours, const GradientGrowth& plain) {
  EXPECT_EQ(ours.cells, plain.cells);
  EXPECT_EQ(ours.report, plain.report);
}

/// The same counts, and no cell that was left out is better than one that grew, but by rounding.
void expect_best(const GradientGrowth& ours, const Batch& batch, const Cells& candidates) {
  EXPECT_TRUE(std::is_sorted(ours.cells.begin(), ours.cells.end()));
  double worst_grown = std::numeric_limits<double>::infinity(), best_left = 0;
  for (const std::uint64_t cell : candidates) {
    const double score = std::abs(batch.gradient(cell)), tolerance = batch.tolerance(cell);
    if (std::binary_search(ours.cells.begin(), ours.cells.end(), cell)) {
      worst_grown = std::min(worst_grown, score + tolerance);
    } else {
      best_left = std::max(best_left, score - tolerance);
    }
  }
  EXPECT_GE(worst_grown, best_left);
  EXPECT_TRUE(
      std::includes(candidates.begin(), candidates.end(), ours.cells.begin(), ours.cells.end()));
}

struct Shape {
  std::uint32_t inputs;
  std::uint32_t outputs;
  std::uint32_t samples;
};
// One neuron on either side, one sample, more than one tile of the batch, of rows and of columns.
const Shape kShapes[] = {{1, 1, 1},    {1, 300, 3},   {300, 1, 17},  {7, 5, 1},
                         {33, 19, 16}, {40, 30, 130}, {1100, 20, 5}, {20, 600, 5}};

TEST(CellGradients, AreThoseOfPlainDoublesInEverySet) {
  for (const Shape& each : kShapes) {
    const Batch batch(each.inputs, each.outputs, each.samples);
    for (const double share : {0.0, 0.02, 0.5, 1.0}) {
      const Cells cells = some_cells(batch.shape(), share);
      for (const std::string& simd : tests::available_simd_sets()) {
        ThreadPool one(1), three(3);
        const Kernels& kernels = select_kernels(simd);
        const auto ours = cell_gradients(kernels, batch.view(), each.inputs, cells, one);
        ASSERT_EQ(ours.size(), cells.size());
        for (std::size_t i = 0; i < cells.size(); ++i) {
          ASSERT_NEAR(ours[i], batch.gradient(cells[i]), batch.tolerance(cells[i]))
              << simd << ", cell " << cells[i] << " of " << each.inputs << " x " << each.outputs;
        }
        EXPECT_EQ(cell_gradients(kernels, batch.view(), each.inputs, cells, three), ours);
      }
    }
  }
}

TEST(FindMagnitudes, FindsWhatIsLargeEnoughAndNoNaN) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  std::vector<float> values(4 * kBatchPadding, 9);  // beyond the count nothing is found
  for (const std::string& simd : tests::available_simd_sets()) {
    for (const std::size_t count : {0, 1, 5, 16, 37}) {
      for (const float least : {0.0F, 0x1p-149F, 0.5F, 2.0F, infinity}) {
        std::vector<std::uint32_t> plain;
        for (std::uint32_t i = 0; i < count; ++i) {
          const float kinds[] = {0.0F,  -0.0F, 0x1p-149F, -0.5F,    0.5F,     0.25F,
                                 -2.0F, nan,   -nan,      infinity, -infinity};
          values[i] = kinds[(7 * i + count) % std::size(kinds)];
          if (std::abs(values[i]) >= least) plain.push_back(i);
        }
        std::vector<std::uint32_t> found(values.size() + kBatchPadding);
        found.resize(select_kernels(simd).find_magnitudes(
            values.data(), count, std::bit_cast<std::uint32_t>(least), found.data()));
        EXPECT_EQ(found, plain) << simd << ", " << count << ", " << least;
      }
    }
  }
}

TEST(GradientGrowth, OfAllCellsIsTheBestOfThem) {
  for (const Shape& each : kShapes) {
    const Batch batch(each.inputs, each.outputs, each.samples);
    const Cells taken = some_cells(batch.shape(), 0.2);
    const Cells eligible = all_but(taken, batch.shape().cell_count());
    for (const double share : {0.001, 0.1, 0.9, 1.0}) {
      const auto grow = std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(share * static_cast<double>(eligible.size())));
      if (eligible.empty()) continue;
      const EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kAll, grow);
      const GradientGrowth ours = growth_of(plan, batch, taken, 1);
      EXPECT_EQ(ours.report, (GrowReport{grow, 0, eligible.size()}));
      ASSERT_EQ(ours.cells.size(), grow);
      expect_best(ours, batch, eligible);
      for (const unsigned threads : {2U, 3U}) {
        expect_equal(growth_of(plan, batch, taken, threads), ours);
      }
    }
  }
}

class GradientGrowthBySet : public testing::TestWithParam<std::string> {};

TEST_P(GradientGrowthBySet, IsTheBestButForRounding) {
  const Batch batch(1100, 300, 17);
  const Cells taken = some_cells(batch.shape(), 0.2);
  const Cells eligible = all_but(taken, batch.shape().cell_count());
  const EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kAll, 4000);
  try {
    Blas::instance(GetParam(), "tests");
  } catch (const Error&) {  // ctest gives each test a process of its own
    GTEST_SKIP() << "OpenBLAS has one instruction set a process";
  }
  const GradientGrowth ours = growth_of(plan, batch, taken, 2, GetParam());
  EXPECT_EQ(ours.report, (GrowReport{4000, 0, eligible.size()}));
  expect_best(ours, batch, eligible);
}

INSTANTIATE_TEST_SUITE_P(Sets, GradientGrowthBySet, testing::ValuesIn(tests::available_simd_sets()),
                         [](const auto& each) { return each.param; });

TEST(GradientGrowth, OfEqualScoresTakesTheLowestCells) {
  for (const Shape& each : kShapes) {
    Batch batch(each.inputs, each.outputs, each.samples);
    batch.make_coarse();
    const Cells taken = some_cells(batch.shape(), 0.2);
    const Cells eligible = all_but(taken, batch.shape().cell_count());
    for (const std::uint64_t grow : {std::uint64_t{1}, eligible.size() / 7, eligible.size() / 2}) {
      if (grow == 0 || grow > eligible.size()) continue;
      const EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kAll, grow);
      for (const unsigned threads : {1U, 2U, 3U}) {
        expect_equal(growth_of(plan, batch, taken, threads),
                     plain_growth(plan, batch, taken, eligible));
      }
    }
  }
}

TEST(GradientGrowth, WithoutAnyGradientTakesTheFirstCells) {
  Batch batch(1100, 300, 3);
  for (std::size_t i = 0; i < 300; ++i) {
    for (std::size_t b = 0; b < 3; ++b) batch.dy(i, b) = 0;
  }
  const Cells taken = {0, 3, 1100};
  const Cells eligible = all_but(taken, batch.shape().cell_count());
  const EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kAll, 5000);
  for (const unsigned threads : {1U, 3U}) {
    EXPECT_EQ(growth_of(plan, batch, taken, threads).cells,
              Cells(eligible.begin(), eligible.begin() + 5000));
  }
}

TEST(GradientGrowth, FillsUpWhereGradientsAreNoNumbers) {
  Batch batch(33, 19, 16);
  batch.make_coarse();
  for (const std::size_t in : {2, 7, 30}) batch.x(in, 5) = std::numeric_limits<float>::quiet_NaN();
  for (const std::size_t out : {0, 18}) batch.dy(out, 1) = std::numeric_limits<float>::infinity();
  batch.x(9, 1) = 0;  // ∞·0
  const Cells taken = some_cells(batch.shape(), 0.2);
  const Cells eligible = all_but(taken, batch.shape().cell_count());
  for (const std::uint64_t grow : {std::uint64_t{3}, std::uint64_t{60}, eligible.size()}) {
    const EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kAll, grow);
    const GradientGrowth plain = plain_growth(plan, batch, taken, eligible);
    EXPECT_EQ(plain.report.filled > 0, grow == eligible.size());
    for (const unsigned threads : {1U, 2U, 3U}) {
      expect_equal(growth_of(plan, batch, taken, threads), plain);
    }
  }
}

TEST(GradientGrowth, OfAUniformSampleIsTheBestOfIt) {
  Batch batch(120, 70, 16);  // beyond the small bijection
  batch.make_coarse();
  const Cells taken = some_cells(batch.shape(), 0.1);
  const Cells eligible = all_but(taken, batch.shape().cell_count());
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{500},
                                    eligible.size() - 1, eligible.size(), 2 * eligible.size()}) {
    for (const std::uint64_t grow : {std::uint64_t{1}, std::uint64_t{400}}) {
      EvolutionPlan plan = plan_for(batch.shape(), CandidateLaw::kUniform, grow);
      plan.layers.back().candidates.count = count;
      const Bijection bijection(eligible.size(), plan.seed, Purpose::kCandidates, 3, 70);
      Cells candidates = eligible;
      if (count < eligible.size()) {
        candidates.clear();
        for (std::uint64_t k = 0; k < count; ++k) candidates.push_back(eligible[bijection(k)]);
        std::sort(candidates.begin(), candidates.end());
      }
      for (const unsigned threads : {1U, 3U}) {
        expect_equal(growth_of(plan, batch, taken, threads),
                     plain_growth(plan, batch, taken, candidates));
      }
    }
  }
}

/// Some neurons cannot be drawn, some are drawn again and again.
std::vector<std::uint64_t> running_sums(std::uint32_t neurons, std::uint32_t stream,
                                        std::uint64_t scale) {
  std::vector<std::uint64_t> sums;
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < neurons; ++i) {
    const double skewed = std::pow(uniform(stream, i), 9);
    sum += i % 3 == 1 ? 0 : static_cast<std::uint64_t>(skewed * static_cast<double>(scale));
    if (i + 1 == neurons && sum == 0) sum = 1;
    sums.push_back(sum);
  }
  return sums;
}

TEST(GradientGrowth, OfDrawsByStrengthIsTheBestOfThem) {
  for (const Shape& each : {Shape{1, 1, 2}, Shape{90, 1, 3}, Shape{1, 90, 3}, Shape{120, 70, 16}}) {
    Batch batch(each.inputs, each.outputs, each.samples);
    batch.make_coarse();
    const Cells taken = each.inputs * each.outputs == 1 ? Cells() : some_cells(batch.shape(), 0.1);
    for (const std::uint64_t scale :
         {std::uint64_t{1}, std::uint64_t{100}, std::uint64_t{1} << 32, std::uint64_t{1} << 55}) {
      for (const std::uint64_t count : {0, 1, 700, 5000}) {
        EvolutionPlan plan =
            plan_for(batch.shape(), CandidateLaw::kGraBo,
                     std::min<std::uint64_t>(40, each.inputs * each.outputs / 2 + 1));
        CandidateDraws& draws = plan.layers.back().candidates;
        draws = {count, running_sums(each.inputs, 7, scale), running_sums(each.outputs, 8, scale)};
        std::set<std::uint64_t> drawn;
        for (std::uint64_t k = 0; k < count; ++k) {
          const std::uint64_t cell =
              drawn_cell(random_block(plan.seed, Purpose::kCandidates, 3, 70, k),
                         draws.inputs.data(), each.inputs, draws.outputs.data(), each.outputs);
          if (!std::binary_search(taken.begin(), taken.end(), cell)) drawn.insert(cell);
        }
        const Cells candidates(drawn.begin(), drawn.end());
        for (const unsigned threads : {1U, 3U}) {
          expect_equal(growth_of(plan, batch, taken, threads),
                       plain_growth(plan, batch, taken, candidates));
        }
      }
    }
  }
}

TEST(GradientGrowth, RefusesWhatItCannotDraw) {
  const Batch batch(9, 4, 3);
  EvolutionPlan sound = plan_for(batch.shape(), CandidateLaw::kGraEst, 4);
  sound.layers.back().candidates = {5, running_sums(9, 7, 50), running_sums(4, 8, 50)};
  EXPECT_NO_THROW(growth_of(sound, batch, {}));
  const auto is_refused = [&](const auto& change) {
    EvolutionPlan plan = sound;
    change(plan.layers.back());
    EXPECT_THROW(growth_of(plan, batch, {}), std::logic_error);
  };
  is_refused([](LayerEvolution& layer) { layer.grow = 37; });
  is_refused([](LayerEvolution& layer) { layer.candidates.inputs.pop_back(); });
  is_refused([](LayerEvolution& layer) { layer.candidates.outputs.push_back(1000); });
  is_refused([](LayerEvolution& layer) { layer.candidates.inputs.assign(9, 0); });
  is_refused([](LayerEvolution& layer) {
    std::swap(layer.candidates.outputs[0], layer.candidates.outputs[3]);
  });
}

TEST(Strengths, AreThoseOfPlainDoublesOnAnyNumberOfThreads) {
  for (const Shape& each : kShapes) {
    const Batch batch(each.inputs, each.outputs, each.samples);
    const LayerBatch view = batch.view();
    for (const CandidateLaw law : {CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
      const StrengthRequest request = {law, 21, 300};
      ThreadPool one(1), three(3);
      const NeuronStrengths ours = strengths_of(request, view, batch.shape(), one);
      EXPECT_EQ(strengths_of(request, view, batch.shape(), three), ours);
      const auto expect_plain = [&](const std::vector<double>& strengths, const float* values,
                                    double scale) {
        for (std::size_t i = 0; i < strengths.size(); ++i) {
          double sum = 0;
          for (std::uint32_t b = 0; b < each.samples; ++b) {
            const double value = values[i * view.ld + b];
            const double sign = double{projection_sign(21, 3, 300, b)};
            sum += law == CandidateLaw::kGraBo ? std::abs(value) : sign * value;
          }
          // Only the order of the additions differs, of values below 1.
          EXPECT_NEAR(strengths[i], std::abs(sum) * scale, each.samples * 1e-14);
        }
      };
      ASSERT_EQ(ours.inputs.size(), each.inputs);
      ASSERT_EQ(ours.outputs.size(), each.outputs);
      expect_plain(ours.inputs, view.input, 1);
      expect_plain(ours.outputs, view.output_gradient, 1.0 / each.samples);
    }
  }
}

}  // namespace
}  // namespace regrow::cpu
