// The columns of a table of epochs: what metrics.jsonl and timings.jsonl hold.
#include <fmt/format.h>

#include "cli/table/row_label.h"
#include "cli/table/run_columns.h"
#include "cli/table/setting_values.h"
#include "config/check_training.h"

namespace regrow {
namespace {

class EpochCatalogue {
 public:
  void add(Column column, std::function<Value(const RunEpoch&)> value) {
    columns_.push_back({std::move(column), std::move(value)});
  }

  template <typename Make>
  void of_record(const std::string& name, const std::string& heading, int rank, Make value) {
    add({.name = name, .heading = heading, .rank = rank},
        [=](const RunEpoch& epoch) { return value(*epoch.record); });
  }

  /// None for numbers, which no prediction hits.
  template <typename Make>
  void of_record_with_labels(const std::string& name, const std::string& heading, int rank,
                             Make value) {
    add({.name = name, .heading = heading, .rank = rank}, [=](const RunEpoch& epoch) {
      return predicts_numbers(epoch.run->records.config) ? Value() : value(*epoch.record);
    });
  }

  void real(const std::string& name, int rank, double EpochRecord::*member) {
    of_record(name, name, rank,
              [=](const EpochRecord& record) { return number(record.*member, 4); });
  }

  void seconds(const char* name, double EpochTimings::*member) {
    add({.name = fmt::format("{}_seconds", name), .heading = fmt::format("{} (s)", name)},
        [=](const RunEpoch& epoch) {
          return epoch.timings == nullptr ? Value() : number(epoch.timings->*member, 3);
        });
  }

  /// Of a hidden layer, where the run has so many.
  template <typename Make>
  void of_layer(std::size_t layer, const char* what, Make value) {
    const std::string name = fmt::format("layer{}_{}", layer, what);
    add({.name = name, .heading = name, .is_listed = false}, [=](const RunEpoch& epoch) {
      const std::vector<LayerRecord>& layers = epoch.record->layers;
      return layer < layers.size() ? value(layers[layer]) : Value();
    });
  }

  template <typename Make>
  void of_topology(std::size_t layer, const char* what, Make value) {
    of_layer(layer, what, [=](const LayerRecord& record) {
      return record.topology ? value(*record.topology) : Value();
    });
  }

  void degrees(std::size_t layer, const std::string& which, FiveNumbers LayerTopology::*member) {
    static constexpr std::array kNumbers = {"minimum", "quartile1", "median", "quartile3",
                                            "maximum"};
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      of_topology(layer, fmt::format("{}_degree_{}", which, kNumbers[i]).c_str(),
                  [=](const LayerTopology& topology) { return count((topology.*member)[i]); });
    }
  }

  std::vector<ColumnOf<RunEpoch>>& columns() { return columns_; }

 private:
  std::vector<ColumnOf<RunEpoch>> columns_;
};

void add_run(EpochCatalogue& all, const RuleNames& rules) {
  for (ColumnOf<ShownRun>& each : run_columns(rules)) {
    if (each.column.name == "accuracy") break;  // what follows is no more of the run alone
    each.column.may_be_common = true;
    all.add(std::move(each.column),
            [value = std::move(each.value)](const RunEpoch& epoch) { return value(*epoch.run); });
  }
}

void add_epoch_results(EpochCatalogue& all) {
  all.add({.name = "epoch", .heading = "epoch", .rank = kKey}, [](const RunEpoch& epoch) {
    const std::uint32_t number = epoch.record->epoch;
    return count(number, std::to_string(number + 1));
  });
  all.of_record_with_labels("accuracy", "accuracy", kNeeded, [](const EpochRecord& record) {
    return number(record.test_accuracy, 4);
  });
  all.of_record("loss", "loss", kNeeded,
                [](const EpochRecord& record) { return number(record.test_loss, 4); });
  all.of_record_with_labels("val_accuracy", "val_accuracy", kUseful, [](const EpochRecord& record) {
    return number(record.val_accuracy, 4);
  });
  all.real("val_loss", kUseful, &EpochRecord::val_loss);
  all.of_record_with_labels("train_accuracy", "train_accuracy", kUseful,
                            [](const EpochRecord& record) { return number(record.accuracy, 4); });
  all.real("train_loss", kUseful, &EpochRecord::loss);
  all.of_record("connections", "connections", kNeeded,
                [](const EpochRecord& record) { return count(evaluated_connections(record)); });
  all.add({.name = "density", .heading = "density", .rank = kExtra}, [](const RunEpoch& epoch) {
    if (!epoch.run->cells) return Value();
    return number(static_cast<double>(evaluated_connections(*epoch.record)) /
                      static_cast<double>(epoch.run->cells->hidden),
                  4);
  });
  const QuantityText& of_alpha = text_of(Quantity::kAlpha);
  all.of_record_with_labels("alpha", of_alpha.heading, kExtra, [&](const EpochRecord& record) {
    return number(alpha(record), of_alpha.digits, of_alpha.scale);
  });
  all.of_record("beta", "beta", kExtra,
                [](const EpochRecord& record) { return number(beta(record), 0); });
  all.of_record("theta", "theta", kNeeded, [](const EpochRecord& record) {
    return record.theta ? number(*record.theta, 3) : Value();
  });
  all.of_record("paused", "paused", kUseful,
                [](const EpochRecord& record) { return truth(record.paused); });
  all.of_record("connections_after", "connections after", kExtra,
                [](const EpochRecord& record) { return count(record.connections); });
  all.add({.name = "seconds", .heading = "time (s)", .rank = kUseful}, [](const RunEpoch& epoch) {
    return epoch.timings == nullptr ? Value() : number(epoch.timings->total(), 2);
  });
}

void add_seconds(EpochCatalogue& all) {
  all.seconds("train", &EpochTimings::train);
  all.seconds("evaluate", &EpochTimings::evaluate);
  all.seconds("evolve", &EpochTimings::evolve);
  all.seconds("snapshot", &EpochTimings::snapshot);
  all.seconds("wait", &EpochTimings::wait);
  all.seconds("topology", &EpochTimings::topology);
  all.seconds("histograms", &EpochTimings::histograms);
  all.seconds("write", &EpochTimings::write);
}

void add_layer(EpochCatalogue& all, std::size_t l) {
  const auto counted = [&](const char* what, std::uint64_t LayerRecord::*member) {
    all.of_layer(l, what, [=](const LayerRecord& layer) { return count(layer.*member); });
  };
  counted("connections", &LayerRecord::connections);
  counted("negatives", &LayerRecord::negatives);
  counted("positives", &LayerRecord::positives);
  counted("dropped", &LayerRecord::dropped);
  counted("grown", &LayerRecord::grown);
  counted("newborns", &LayerRecord::newborns);
  counted("survived", &LayerRecord::survived);
  all.of_topology(l, "overlap_previous", [](const LayerTopology& topology) {
    return number(topology.overlap_previous, 4);
  });
  all.of_topology(l, "overlap_first",
                  [](const LayerTopology& topology) { return number(topology.overlap_first, 4); });
  all.of_topology(l, "explored", [](const LayerTopology& topology) {
    return topology.explored ? number(*topology.explored, 4) : Value();
  });
  all.of_topology(l, "dead", [](const LayerTopology& topology) { return count(topology.dead); });
  all.of_topology(l, "unconnected_inputs",
                  [](const LayerTopology& topology) { return count(topology.unconnected_inputs); });
  all.degrees(l, "in", &LayerTopology::in_degree);
  all.degrees(l, "out", &LayerTopology::out_degree);
}

}  // namespace

std::vector<ColumnOf<RunEpoch>> epoch_columns(std::size_t hidden_layers, const RuleNames& rules) {
  EpochCatalogue all;
  add_run(all, rules);
  add_epoch_results(all);
  add_seconds(all);
  for (std::size_t l = 0; l < hidden_layers; ++l) add_layer(all, l);
  add_settings_columns(all.columns(),
                       [](const RunEpoch& epoch) { return &epoch.run->records.config; });
  return std::move(all.columns());
}

}  // namespace regrow
