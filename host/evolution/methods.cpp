// The rows themselves. A new method is an enumerator and a row here; what its parts do is beside
// each part: drop_counts.cpp, regrowth_ratio.cpp, growth_rules.cpp, pause.cpp, schedule.cpp.
#include <array>
#include <cstddef>

#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

// docs/methods.md has them in full.
constexpr std::string_view kSet = "Mocanu et al. 2018";
constexpr std::string_view kAccSet = "Lapshyna, as the thesis restates it";
constexpr std::string_view kThesis = "the thesis";
constexpr std::string_view kRigL = "Evci et al. 2020";
constexpr std::string_view kGse = "Heddes et al. 2024";

/// RigL as its authors run it. ζ is the setting's own first value.
MethodRow rigl() {
  return {.method = Method::kRigl,
          .name = "rigl",
          .evolve_every = {.epochs = 0, .steps = 100},
          .evolve_until = 0.75,
          .zeta_schedule = Curve::kCosine,
          .drop = DropRule::kMagnitude,
          .measures = {},
          .grow = "gradient",
          .amount = "1",
          .summary =
              "the weakest connections drop, and those of all others grow that a batch's "
              "gradient asks for most",
          .source = kRigL};
}

MethodRow gse() {
  MethodRow row = rigl();
  row.method = Method::kGse;
  row.name = "gse";
  row.candidates = CandidateLaw::kGraBo;
  row.summary =
      "as rigl, but gradients are computed of a sample only, as large as there are connections";
  row.source = kGse;
  return row;
}

std::vector<MethodRow> make_rows() {
  std::vector<MethodRow> rows(8);
  rows[0] = {.method = Method::kStatic,
             .name = "static",
             .evolves = false,
             .measures = {},
             .amount = "",
             .summary = "a sparse network whose connections never change",
             .source = kSet};
  rows[1] = {.method = Method::kSet,
             .name = "set",
             .measures = {},
             .amount = "1",
             .summary = "as many connections grow as have dropped",
             .source = kSet};
  rows[2] = {.method = Method::kAccSet,
             .name = "accset",
             .measures = {Measure::kValAcc, Measure::kAcc},
             .amount = "1 - S(accuracy, k)",
             .summary = "the better the network is, the fewer connections grow back",
             .source = kAccSet};
  rows[3] = {
      .method = Method::kLset,
      .name = "lset",
      .measures = {Measure::kLoss, Measure::kValLoss},
      .amount = "1 - S(1 - L/L0, k)",
      .summary = "the smaller the loss beside the first one, the fewer connections grow back",
      .source = kThesis};
  rows[4] = {.method = Method::kDynSet,
             .name = "dynset",
             .measures = {Measure::kLoss, Measure::kValLoss, Measure::kAcc, Measure::kValAcc},
             .pause = OwnPause::kItsMeasure,
             .amount = "as lset or accset",
             .summary =
                 "as lset, or accset, by its measure; while that gets worse, the connections "
                 "stay as they are",
             .source = kThesis};
  rows[5] = rigl();
  rows[6] = gse();
  rows[7] = {
      .method = Method::kDense,
      .name = "dense",
      .is_dense = true,
      .evolves = false,
      .measures = {},
      .amount = "",
      .summary = "every connection there can be, without masks: what sparse ones are compared with",
      .source = "as usual"};
  return rows;
}

constexpr std::array<DropRuleRow, 3> kDropRules = {{
    {DropRule::kPerSign, "per_sign", DropGroups::kBySign, false,
     "of each sign of a layer's weights the share closest to zero, and every zero (SET's code)"},
    {DropRule::kMagnitude, "magnitude", DropGroups::kTogether, false,
     "of a layer's weights the share of smallest magnitude"},
    {DropRule::kGlobalMagnitude, "global_magnitude", DropGroups::kTogether, true,
     "of the weights of all sparse layers together the share of smallest magnitude"},
}};

}  // namespace

std::span<const MethodRow> method_rows() {
  static const std::vector<MethodRow> rows = make_rows();
  return rows;
}

const MethodRow& method_row(Method method) {
  for (const MethodRow& row : method_rows()) {
    if (row.method == method) return row;
  }
  REGROW_CHECK(false, "a method without a row");
}

std::span<const DropRuleRow> drop_rule_rows() { return kDropRules; }

const DropRuleRow& drop_rule_row(DropRule rule) {
  for (const DropRuleRow& row : drop_rule_rows()) {
    if (row.rule == rule) return row;
  }
  REGROW_CHECK(false, "a drop rule without a row");
}

}  // namespace regrow
