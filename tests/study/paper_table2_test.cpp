// When a run repeats an experiment of the thesis.
#include "study/paper_table2.h"

#include <gtest/gtest.h>

#include "study/study_support.h"

namespace regrow::tests {
namespace {

TEST(PaperTable2, HasARowForEachOfItsMethods) {
  struct Known {
    const char* method;
    const char* measure;
    double connections;
  };
  for (const Known& known :
       {Known{"set", "auto", 342493}, Known{"accset", "val_acc", 218730},
        Known{"lset", "loss", 254087}, Known{"dynset", "loss", 253916},
        Known{"dynset", "val_loss", 242430}, Known{"dynset", "val_acc", 218322}}) {
    const Config config = config_with({{"preset", "paper"},
                                       {"method", known.method},
                                       {"measure", known.measure},
                                       {"epochs", "100"},
                                       {"seed", "7"},
                                       {"device", "cuda"}});
    const PaperResult* paper = paper_result(config.method, config.measure, config.pause);
    ASSERT_NE(paper, nullptr) << known.method;
    EXPECT_EQ((*paper)[Quantity::kConnections], known.connections);
    // Its own arithmetic holds, as far as it is printed.
    EXPECT_NEAR((*paper)[Quantity::kAlpha],
                (*paper)[Quantity::kAccuracy] / (*paper)[Quantity::kConnections], 0.0051e-6)
        << known.method;
    EXPECT_NEAR(
        (*paper)[Quantity::kBeta] / ((*paper)[Quantity::kLoss] * (*paper)[Quantity::kConnections]),
        1, 1e-4)
        << known.method;
    EXPECT_EQ(repeated_paper_result(config), paper) << known.method;
  }
}

TEST(PaperTable2, HasNoOtherMethods) {
  EXPECT_EQ(paper_result(Method::kSet, Measure::kAuto, Measure::kLoss), nullptr);
  EXPECT_EQ(paper_result(Method::kAccSet, Measure::kAcc, Measure::kNone), nullptr);
  EXPECT_EQ(paper_result(Method::kStatic, Measure::kAuto, Measure::kNone), nullptr);
}

TEST(PaperTable2, IsOfOneConfiguration) {
  for (const auto& [key, value] :
       {std::pair{"grow", "one_neighbour"}, std::pair{"drop", "magnitude"},
        std::pair{"zeta", "0.2"}, std::pair{"validation", "holdout:5000"},
        std::pair{"hidden", "4000,1000"}, std::pair{"weight_init", "lecun_sparse"},
        std::pair{"dataset", "mnist"}, std::pair{"pause_gap", "4"}, std::pair{"epsilon", "13"}}) {
    const auto different = differences_from_paper(config_with({{"preset", "paper"}, {key, value}}));
    ASSERT_FALSE(different.empty()) << key;
    EXPECT_EQ(different[0]->key, key);
    EXPECT_EQ(repeated_paper_result(config_with({{"preset", "paper"}, {key, value}})), nullptr);
  }
}

}  // namespace
}  // namespace regrow::tests
