// The columns of a table of runs.
#include "cli/table/run_columns.h"

#include <fmt/format.h>

#include "base/one_line.h"
#include "cli/table/row_label.h"
#include "cli/table/setting_values.h"
#include "config/check_training.h"
#include "train/run_summary.h"

namespace regrow {
namespace {

Value rounded(double value, Quantity quantity) {
  return number(value, text_of(quantity).digits, text_of(quantity).scale);
}

class Catalogue {
 public:
  /// Words that name a run: once above the table where they are the same in all.
  template <typename Make>
  void label(const char* name, Make value) {
    add({.name = name, .heading = name, .is_word = true, .may_be_common = true},
        [=](const ShownRun& run) { return run.is_damaged ? Value() : word(value(run)); });
  }

  /// Of the last epoch; none where there is none.
  template <typename Make>
  void of_last(Quantity quantity, int rank, Make value) {
    add({.name = text_of(quantity).name, .heading = text_of(quantity).heading, .rank = rank},
        [=](const ShownRun& run) {
          return run.records.history.empty() ? Value() : value(run, run.records.history.back());
        });
  }

  /// Of the last epoch; none for numbers, which no prediction hits.
  template <typename Make>
  void of_last_with_labels(Quantity quantity, int rank, Make value) {
    of_last(quantity, rank, [=](const ShownRun& run, const EpochRecord& last) {
      return predicts_numbers(run.records.config) ? Value() : rounded(value(last), quantity);
    });
  }

  void add(Column column, std::function<Value(const ShownRun&)> value) {
    columns_.push_back({std::move(column), std::move(value)});
  }

  std::vector<ColumnOf<ShownRun>> take() { return std::move(columns_); }
  std::vector<ColumnOf<ShownRun>>& columns() { return columns_; }

 private:
  std::vector<ColumnOf<ShownRun>> columns_;
};

void add_results(Catalogue& all) {
  all.of_last_with_labels(Quantity::kAccuracy, kNeeded,
                          [](const EpochRecord& last) { return last.test_accuracy; });
  all.of_last(Quantity::kLoss, kNeeded, [](const ShownRun&, const EpochRecord& last) {
    return rounded(last.test_loss, Quantity::kLoss);
  });
  all.of_last_with_labels(Quantity::kValAccuracy, kExtra,
                          [](const EpochRecord& last) { return last.val_accuracy; });
  all.of_last(Quantity::kValLoss, kExtra, [](const ShownRun&, const EpochRecord& last) {
    return rounded(last.val_loss, Quantity::kValLoss);
  });
  all.of_last(Quantity::kConnections, kNeeded, [](const ShownRun&, const EpochRecord& last) {
    return count(evaluated_connections(last));
  });
  all.of_last(Quantity::kDensity, kExtra, [](const ShownRun& run, const EpochRecord& last) {
    if (!run.cells) return Value();
    return rounded(
        static_cast<double>(evaluated_connections(last)) / static_cast<double>(run.cells->hidden),
        Quantity::kDensity);
  });
  all.of_last(Quantity::kMeanConnections, kExtra, [](const ShownRun& run, const EpochRecord&) {
    const std::optional<double> counted = run.cost.mean_connections;
    return rounded(counted ? *counted : connections_while_training(run.records.history).mean,
                   Quantity::kMeanConnections);
  });
  all.of_last(Quantity::kPeakConnections, kExtra, [](const ShownRun& run, const EpochRecord&) {
    const std::optional<double> counted = run.cost.peak_connections;
    return rounded(counted ? *counted : connections_while_training(run.records.history).peak,
                   Quantity::kPeakConnections);
  });
  all.of_last(Quantity::kFlops, kExtra, [](const ShownRun& run, const EpochRecord&) {
    return run.cost.flops ? rounded(*run.cost.flops, Quantity::kFlops) : Value();
  });
  all.of_last(Quantity::kSurvival, kExtra, [](const ShownRun& run, const EpochRecord&) {
    return run.cost.survival ? rounded(*run.cost.survival, Quantity::kSurvival) : Value();
  });
  all.of_last_with_labels(Quantity::kAlpha, kNeeded,
                          [](const EpochRecord& last) { return alpha(last); });
  all.of_last(Quantity::kBeta, kNeeded, [](const ShownRun&, const EpochRecord& last) {
    return rounded(beta(last), Quantity::kBeta);
  });
}

void add_times(Catalogue& all) {
  const QuantityText& median = text_of(Quantity::kSeconds);
  all.add({.name = median.name, .heading = median.heading, .rank = kUseful, .csv = "s/epoch"},
          [](const ShownRun& run) {
            return run.records.timings.empty()
                       ? Value()
                       : rounded(median_seconds(run.records.timings), Quantity::kSeconds);
          });
  const QuantityText& total = text_of(Quantity::kTotalSeconds);
  all.add({.name = total.name, .heading = total.heading, .rank = kExtra}, [](const ShownRun& run) {
    const auto seconds = total_seconds(run.records.timings, run.records.history.size());
    return seconds ? rounded(*seconds, Quantity::kTotalSeconds) : Value();
  });
}

}  // namespace

std::vector<ColumnOf<ShownRun>> run_columns(const RuleNames& rules) {
  Catalogue all;
  all.add({.name = "run", .heading = "run", .is_word = true, .rank = kKey},
          [](const ShownRun& run) { return word(run.name, one_line(run.name)); });
  all.add({.name = "variant",
           .heading = "variant",
           .is_word = true,
           .rank = kUseful,
           .may_be_common = true},
          [](const ShownRun& run) { return word(run.variant, one_line(run.variant)); });
  all.label("method", [](const ShownRun& run) { return name_of(run.records.config.method); });
  all.label("measure", [](const ShownRun& run) {
    const Measure measure = run.records.config.measure;
    return measure == Measure::kAuto ? "" : name_of(measure);
  });
  all.label("pause", [](const ShownRun& run) { return name_of(run.records.config.pause); });
  all.add({.name = "grow", .heading = "grow", .is_word = true, .may_be_common = true},
          [rules](const ShownRun& run) {
            const GrowthRule& rule = run.records.config.grow;
            return run.is_damaged ? Value() : word(to_text(rule), rules.of(rule));
          });
  all.add({.name = "seed", .heading = "seed", .rank = kUseful, .may_be_common = true},
          [](const ShownRun& run) {
            return run.is_damaged ? Value()
                                  : count(static_cast<std::uint64_t>(run.records.config.seed));
          });
  add_results(all);
  add_times(all);
  all.add({.name = "epochs", .heading = "epochs", .rank = kUseful, .may_be_common = true},
          [](const ShownRun& run) {
            if (run.is_damaged) return Value();
            const std::size_t epochs = run.records.history.size();
            return epochs == static_cast<std::size_t>(run.records.config.epochs)
                       ? count(epochs)
                       : count(epochs, fmt::format("{} of {}", epochs, run.records.config.epochs));
          });
  all.add({.name = "status", .heading = "status", .is_word = true, .may_be_common = true},
          [](const ShownRun& run) {
            return word(run.is_damaged              ? "damaged"
                        : run.records.is_finished() ? "finished"
                                                    : "unfinished");
          });
  add_settings_columns(all.columns(), [](const ShownRun& run) {
    return run.is_damaged ? nullptr : &run.records.config;
  });
  return all.take();
}

}  // namespace regrow
