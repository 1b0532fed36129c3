// Which rows are compared.
#include "study/baseline.h"

#include <gtest/gtest.h>

#include "study/study_support.h"

namespace regrow::tests {
namespace {

const Row& row_where(const std::vector<Row>& rows, const char* key, const std::string& value,
                     Method method = Method::kLset) {
  for (const Row& row : rows) {
    if (row.config.method == method && find_setting(key)->to_string(row.config) == value) {
      return row;
    }
  }
  throw std::logic_error("no such row");
}

const Row* baseline_of(const Row& row, std::span<const Row> rows, BaselineKind kind) {
  return baselines_of(rows, kind).at(static_cast<std::size_t>(&row - rows.data()));
}

TEST(Baseline, IsTheNearestSetRow) {
  const auto rows = group_by_settings({result_with({{"method", "set"}}),
                                       result_with({{"method", "set"}, {"grow", "one_neighbour"}}),
                                       result_with({{"method", "set"}, {"pause", "loss"}}),
                                       result_with({{"method", "lset"}}),
                                       result_with({{"method", "lset"}, {"grow", "one_neighbour"}}),
                                       result_with({{"method", "lset"}, {"theta_scale", "2"}})})
                        .rows;
  const auto baseline = [&](const char* key, const char* value, Method method = Method::kLset) {
    return baseline_of(row_where(rows, key, value, method), rows, BaselineKind::kSet);
  };
  EXPECT_EQ(baseline("grow", "random"), &row_where(rows, "grow", "random", Method::kSet));
  EXPECT_EQ(baseline("grow", "one_neighbour"),
            &row_where(rows, "grow", "one_neighbour", Method::kSet));
  EXPECT_EQ(baseline("theta_scale", "2"), &row_where(rows, "grow", "random", Method::kSet));
  EXPECT_EQ(baseline("pause", "loss", Method::kSet),
            &row_where(rows, "grow", "random", Method::kSet));
  EXPECT_EQ(baseline("grow", "one_neighbour", Method::kSet), nullptr) << "it is SET itself";
}

TEST(Baseline, IsSetAsPublished) {
  const auto rows =
      group_by_settings(
          {result_with({{"method", "set"}}),
           result_with({{"method", "set"}, {"grow", "one_neighbour"}}),
           result_with({{"method", "set"}, {"grow", "gradient"}}),
           result_with({{"method", "set"},
                        {"delta", "removed"},
                        {"theta_scale", "1.05"},
                        {"theta_max", "1.05"}}),
           result_with({{"method", "set"}, {"theta_scale", "0.5"}}),
           result_with({{"method", "set"}, {"drop", "magnitude"}}),
           result_with({{"method", "set"}, {"grace", "2"}}),
           result_with({{"method", "set"}, {"evolve_every", "100"}}),
           result_with({{"method", "set"}, {"evolve_until", "0.75"}}),
           result_with({{"method", "set"}, {"regrow_dropped", "false"}}),
           result_with({{"method", "set"}, {"zeta_schedule", "cosine"}}),
           result_with(
               {{"method", "set"}, {"density_schedule", "cubic"}, {"final_density", "0.01"}}),
           result_with({{"method", "lset"},
                        {"delta", "removed"},
                        {"theta_scale", "1.5"},
                        {"theta_max", "1.1"}})})
          .rows;
  const Row* plain = nullptr;
  for (const Row& row : rows) {
    const Row* baseline = baseline_of(row, rows, BaselineKind::kPlainSet);
    if (baseline == nullptr) {
      EXPECT_EQ(plain, nullptr) << "one row only is the baseline";
      plain = &row;
    }
  }
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(differences(plain->config, config_with({{"method", "set"}})).size(), 0U);
  for (const Row& row : rows) {
    if (&row == plain) continue;
    EXPECT_EQ(baseline_of(row, rows, BaselineKind::kPlainSet), plain);
  }
}

TEST(Baseline, HasTheSameNetworkAndTraining) {
  for (const auto& [key, value] : {std::pair{"epsilon", "10"}, std::pair{"batch", "50"},
                                   std::pair{"epochs", "7"}, std::pair{"device", "cuda"}}) {
    const auto rows = group_by_settings({result_with({{"method", "set"}, {key, value}}),
                                         result_with({{"method", "lset"}})})
                          .rows;
    EXPECT_EQ(baseline_of(rows[1], rows, BaselineKind::kSet), nullptr) << key;
  }
}

// With random growth there is no neighbourhood, so that of the other row does not matter.
TEST(Baseline, IsTheSameMethodWithRandomGrowth) {
  const auto rows =
      group_by_settings(
          {result_with({{"method", "set"}}), result_with({{"method", "lset"}}),
           result_with(
               {{"method", "lset"}, {"grow", "one_neighbour"}, {"neighbourhood", "cross4"}})})
          .rows;
  const Row& grown = row_where(rows, "grow", "one_neighbour");
  const Row& random = row_where(rows, "grow", "random");
  EXPECT_EQ(baseline_of(grown, rows, BaselineKind::kRandom), &random);
  EXPECT_EQ(baseline_of(random, rows, BaselineKind::kRandom), nullptr);
}

}  // namespace
}  // namespace regrow::tests
