// The rows of section [evolution].
#include <fmt/format.h>

#include <utility>

#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"
#include "config/value_texts.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

constexpr RealRange kAboveZero{.lowest = 0, .highest = 1, .without_lowest = true};
constexpr RealRange kRatio{.lowest = 0, .highest = 1000, .without_lowest = true};

Setting method() {
  std::vector<std::pair<Method, std::string>> names;
  for (const MethodRow& row : method_rows()) names.emplace_back(row.method, row.name);
  return choice(
      "method", &Config::method, std::move(names),
      "how connections evolve: never, as many grow as drop (set; by gradients: rigl, gse), "
      "as many as the measure asks for (accset, lset, dynset), or all there are (dense); "
      "`regrow methods` lists them");
}

Setting drop() {
  std::vector<std::pair<DropRule, std::string>> names;
  for (const DropRuleRow& row : drop_rule_rows()) names.emplace_back(row.rule, row.name);
  return choice("drop", &Config::drop, std::move(names),
                "drop the weights closest to zero of each sign, of both together, or of all sparse "
                "layers together");
}

std::optional<GrowthRule> read_rule(const std::string& text) { return parse_growth_rule(text); }

Setting grow() {
  std::vector<std::string> names;
  for (const GrowthRule& rule : growth_rules()) names.push_back(rule.name);
  Setting setting =
      parsed("grow", SettingKind::kText, &Config::grow,
             joined(names) + ", or ranks:R0,...,R8 or pixel_ranks:R0,...,R8", read_rule, to_text,
             "where new connections grow: anywhere, beside those that there are, where the loss "
             "falls most (gradient; the evolution then takes the place of a training step), or "
             "by rank: inactive cells with 0 to 8 active neighbours have the ranks "
             "R0 to R8 (from 0 to 127, or never), and the highest grow first");
  setting.choices = std::move(names);
  setting.fault = [](const std::string& text) {
    // Of a name the nearest one says more.
    const bool is_written_out = text.find_first_of(":=") != std::string::npos;
    std::string fault;
    if (is_written_out) parse_growth_rule(text, &fault);
    return fault;
  };
  return setting;
}

Setting curve(std::string key, Curve Config::*member, std::string help) {
  return choice(std::move(key), member,
                {{Curve::kConstant, "constant"},
                 {Curve::kLinear, "linear"},
                 {Curve::kCosine, "cosine"},
                 {Curve::kExponential, "exponential"},
                 {Curve::kCubic, "cubic"}},
                std::move(help));
}

std::vector<Setting> schedule_settings() {
  return {
      parsed("evolve_every", SettingKind::kTextOrReal, &Config::evolve_every,
             fmt::format("1e, 2e, … (epochs), or a number of steps from 1 to {}", kMostSteps),
             parse_evolution_interval, print_evolution_interval,
             "how often connections drop and grow: after so many epochs, or training steps; by "
             "gradients in place of the step that follows"),
      real("evolve_until", &Config::evolve_until, kAboveZero,
           "connections evolve in this share of the training only, from its beginning on, and then "
           "stay"),
      integer(
          "evolution_epochs", &Config::evolution_epochs, 0, kMostEpochs,
          "epochs of which evolve_until is a share, and over which zeta and density go; 0: all"),
  };
}

std::vector<Setting> pause_settings() {
  return {
      choice("measure", &Config::measure,
             {{Measure::kAuto, "auto"},
              {Measure::kLoss, "loss"},
              {Measure::kValLoss, "val_loss"},
              {Measure::kAcc, "acc"},
              {Measure::kValAcc, "val_acc"}},
             "what steers θ, the share of the missing connections that grows back, in accset, lset "
             "and dynset: loss or accuracy, of the training or the validation images; auto: the "
             "method's own"),
      choice(
          "pause", &Config::pause,
          {{Measure::kAuto, "auto"},
           {Measure::kNone, "none"},
           {Measure::kLoss, "loss"},
           {Measure::kValLoss, "val_loss"},
           {Measure::kAcc, "acc"},
           {Measure::kValAcc, "val_acc"}},
          "connections stay as they are while this gets worse; auto: dynset's measure, else none"),
      integer("pause_gap", &Config::pause_gap, 1, kMostEpochs, "epochs that the pause looks back"),
      integer("pause_min_history", &Config::pause_min_history, 2, kMostEpochs,
              "epochs seen before the first pause; above pause_gap"),
  };
}

std::vector<Setting> drop_settings() {
  return {
      drop(),
      main_setting(
          millionths("zeta", &Config::zeta_millionths,
                     "ζ: share of a layer's connections that is dropped in each evolution")),
      curve("zeta_schedule", &Config::zeta_schedule,
            "how zeta goes to final_zeta while connections evolve; constant: not at all"),
      millionths("final_zeta", &Config::final_zeta_millionths,
                 "zeta in the end, where zeta_schedule is not constant"),
      integer("grace", &Config::grace, 0, kMostEpochs,
              "evolutions in which a connection that has grown does not drop again"),
  };
}

std::vector<Setting> growth_settings() {
  return {
      main_setting(grow()),
      choice("grow_tie", &Config::grow_tie,
             {{TieRule::kRandom, "random"}, {TieRule::kByIndex, "by_index"}},
             "which of equally good cells grow"),
      choice("neighbourhood", &Config::neighbourhood,
             {{Neighbourhood::kMoore8, "moore8"},
              {Neighbourhood::kCross4, "cross4"},
              {Neighbourhood::kDiagonal4, "diagonal4"}},
             "which cells of the mask are neighbours"),
      choice("grow_value", &Config::grow_value,
             {{GrowValue::kZero, "zero"}, {GrowValue::kFresh, "fresh"}},
             "weight of a grown connection: 0, or a draw of weight_init"),
      on_off("regrow_dropped", &Config::regrow_dropped,
             "whether a connection may grow in the evolution that drops it"),
      choice(
          "candidates", &Config::candidates,
          {{CandidateLaw::kAll, "all"},
           {CandidateLaw::kUniform, "uniform"},
           {CandidateLaw::kGraBo, "grabo"},
           {CandidateLaw::kGraEst, "graest"}},
          "which inactive cells have their gradients computed, where grow is gradient: all, or a "
          "sample: uniform, or by their neurons' strengths, in proportion to a bound of the "
          "gradient (grabo) or to an estimate (graest)"),
      real("candidate_ratio", &Config::candidate_ratio, kRatio,
           "size of that sample of a layer, over the layer's connections"),
  };
}

std::vector<Setting> amount_settings() {
  return {
      choice("delta", &Config::delta,
             {{GrowDelta::kInitial, "initial"}, {GrowDelta::kRemoved, "removed"}},
             "of what θ is the share that grows: of the connections missing to the initial number, "
             "or of those just dropped"),
      real("k", &Config::k,
           {.lowest = -1, .highest = 1, .without_lowest = true, .without_highest = true},
           "bend of the curve from the measure's progress x to θ = theta_scale·(1 − S(x, k)); 0: "
           "straight, above 0: θ falls late, below 0: early"),
      real("theta_scale", &Config::theta_scale, kScale, "factor of the regrowth ratio θ"),
      real("theta_max", &Config::theta_max, kScale, "upper bound of the regrowth ratio θ"),
      parsed("initial_loss", SettingKind::kTextOrReal, &Config::initial_loss,
             "first, ln_classes, a number above 0", parse_initial_loss, print_initial_loss,
             "loss that θ by a loss is relative to: the first epoch's, ln(classes) or a number"),
      curve("density_schedule", &Config::density_schedule,
            "how the sparse layers' density goes from the initial one to final_density while "
            "connections evolve; constant: not at all"),
      real("final_density", &Config::final_density, kShare,
           "share of all cells of the sparse layers that are connections in the end, where "
           "density_schedule is not constant"),
  };
}

}  // namespace

std::vector<Setting> evolution_settings() {
  std::vector<Setting> rows = {main_setting(method())};
  for (auto* const part :
       {schedule_settings, pause_settings, drop_settings, growth_settings, amount_settings}) {
    for (Setting& row : part()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace regrow
