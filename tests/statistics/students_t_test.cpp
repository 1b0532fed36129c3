// Student's t against scipy.stats.t (2 * sf(|t|, df)) and closed forms.
#include "statistics/students_t.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace regrow::tests {
namespace {

struct Known {
  double t;
  double degrees;
  double p;
};

TEST(StudentsT, IsScipys) {
  constexpr Known kKnown[] = {
      {0.5, 1, 0.7048327646991335},
      {1, 2, 0.4226497308103742},
      {2.5, 2, 0.12961172022151082},
      {-3.1, 4, 0.03622111103743915},
      {2.228138851964939, 10, 0.05000000000180864},
      {1.96, 1000, 0.050273184955748736},
      {50, 2, 0.00039976015988808057},
      {40, 30, 1.3726045194406417e-27},
      {1e-08, 5, 0.9999999924078662},
      {9.5, 7, 2.9971006880815014e-05},
  };
  for (const Known& known : kKnown) {
    EXPECT_NEAR(two_sided_p(known.t, known.degrees) / known.p, 1, 1e-12)
        << known.t << " " << known.degrees;
  }
}

TEST(StudentsT, HasItsEnds) {
  EXPECT_EQ(two_sided_p(0, 3), 1);
  EXPECT_EQ(two_sided_p(std::numeric_limits<double>::infinity(), 3), 0);
  EXPECT_TRUE(std::isnan(two_sided_p(std::nan(""), 3)));
}

// With 1 degree it is Cauchy's, with 2 algebraic.
RC_GTEST_PROP(StudentsT, IsItsClosedForms, ()) {
  const double t = *rc::gen::inRange(1, 10000000) / 1000.0;
  const double cauchy = 2 / std::numbers::pi * std::atan(1 / t);
  const double algebraic = 2 / (2 + t * t) / (1 + t / std::sqrt(2 + t * t));
  RC_ASSERT(std::abs(two_sided_p(t, 1) / cauchy - 1) < 1e-12);
  RC_ASSERT(std::abs(two_sided_p(-t, 2) / algebraic - 1) < 1e-12);
}

// scipy.stats.t.sf
TEST(StudentsT, HasAnUpperTail) {
  constexpr Known kUpper[] = {{2.5, 2, 0.0648058601107554},
                              {-2.5, 2, 0.9351941398892446},
                              {-0.3, 7, 0.6135549747989328},
                              {9.5, 7, 1.498550344040748e-05},
                              {1.7, 3.25, 0.09030973576175541}};
  for (const Known& known : kUpper) {
    EXPECT_NEAR(upper_tail_p(known.t, known.degrees) / known.p, 1, 1e-12)
        << known.t << " " << known.degrees;
  }
  EXPECT_EQ(upper_tail_p(0, 5), 0.5);
}

// By mpmath, to 30 digits.
TEST(StudentsT, HasCriticalValues) {
  constexpr Known kCritical[] = {{4.3026527297494637, 2, 0.05},    {2.2621571627982055, 9, 0.05},
                                 {3.0483398701866516, 3.25, 0.05}, {2.1318467863266503, 4, 0.1},
                                 {636.6192487687196, 1, 0.001},    {1301.6371672916928, 3, 1e-9}};
  for (const Known& known : kCritical) {
    EXPECT_NEAR(critical_t(known.p, known.degrees) / known.t, 1, 1e-13)
        << known.p << " " << known.degrees;
  }
  EXPECT_NEAR(critical_t(1, 3), 0, 1e-15);
}

RC_GTEST_PROP(StudentsT, FallsWithTheDistance, ()) {
  const double t = *rc::gen::inRange(0, 100000) / 1000.0;
  const double degrees = *rc::gen::inRange(1, 200);
  RC_ASSERT(two_sided_p(t + 0.001, degrees) < two_sided_p(t, degrees));
}

}  // namespace
}  // namespace regrow::tests
