// Tables and JSON of the benchmarks.
#include "cli/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/one_line.h"
#include "cli/table/text_table.h"
#include "regrow/version.h"
#include "system/size_text.h"

namespace regrow::bench {
namespace {

using Json = nlohmann::ordered_json;

std::string with_spread(const std::vector<double>& seconds) {
  const Spread spread = spread_of(seconds);
  return fmt::format("{} ({} to {})", time_text(spread.median), time_text(spread.least),
                     time_text(spread.most));
}

std::string ratio_text(const std::vector<double>& values, const std::vector<double>& base) {
  const Spread spread = spread_of(ratios(values, base));
  return fmt::format("{:.3g} ({:.3g} to {:.3g})", spread.median, spread.least, spread.most);
}

const DeviceResult* first_measured(const SizeResult& result) {
  const auto first = std::find_if(result.devices.begin(), result.devices.end(),
                                  [](const DeviceResult& device) { return device.measured(); });
  return first == result.devices.end() ? nullptr : &*first;
}

double median_of(const std::vector<double>& values) { return spread_of(values).median; }

/// Evaluation and evolution as a share of the epoch.
double overhead(const Phases& seconds) {
  std::vector<double> shares;
  for (std::size_t r = 0; r < seconds.epoch.size(); ++r) {
    shares.push_back((seconds.evaluate[r] + seconds.evolve[r]) / seconds.epoch[r]);
  }
  return median_of(shares);
}

Json json_of(const std::vector<double>& values) {
  const Spread spread = spread_of(values);
  return {{"median", spread.median},
          {"least", spread.least},
          {"most", spread.most},
          {"rounds", values}};
}

Json json_of(const DeviceResult& device, const DeviceResult* base, EpochEnd end) {
  Json json = {{"device", device.label}};
  if (!device.measured()) {
    json["not_measured"] = device.problem;
    return json;
  }
  json["description"] = device.description;
  json["instruction_set"] = device.instruction_set;
  json["start_seconds"] = device.start_seconds;
  json["step_seconds"] = json_of(device.seconds.step);
  json["step_ratio"] = json_of(ratios(device.seconds.step, base->seconds.step));
  json["train_seconds"] = json_of(device.seconds.train);
  if (end != EpochEnd::kNothing) json["evolve_seconds"] = json_of(device.seconds.evolve);
  if (end == EpochEnd::kAll) {
    json["evaluate_seconds"] = json_of(device.seconds.evaluate);
    json["epoch_seconds"] = json_of(device.seconds.epoch);
    json["epoch_ratio"] = json_of(ratios(device.seconds.epoch, base->seconds.epoch));
    json["evaluation_and_evolution_share"] = overhead(device.seconds);
  }
  return json;
}

Json json_of(const SizeResult& result) {
  Json json = {{"size", result.size},
               {"layers", result.widths},
               {"connections", result.connections},
               {"batch", result.batch},
               {"steps_per_epoch", result.steps},
               {"network_seconds", result.network_seconds},
               {"peak_bytes", result.peak_bytes}};
  const DeviceResult* const base = first_measured(result);
  json["ratios_to"] = base == nullptr ? Json() : Json(base->label);
  json["devices"] = Json::array();
  for (const DeviceResult& device : result.devices) {
    json["devices"].push_back(json_of(device, base, result.end));
  }
  return json;
}

/// Bytes a second of the median round.
double rate(const PrimitiveTiming& timing) { return timing.bytes / median_of(timing.seconds); }

/// Of its ceiling's rate; 0 where it has none.
double share_of_ceiling(const PrimitiveTiming& timing, const PrimitiveResult& result) {
  for (const PrimitiveTiming& other : result.timings) {
    if (!timing.ceiling.empty() && other.name == timing.ceiling) return rate(timing) / rate(other);
  }
  return 0;
}

Json json_of(const PrimitiveResult& result) {
  Json json = {{"device", result.device}, {"primitives", Json::array()}};
  for (const PrimitiveTiming& timing : result.timings) {
    Json entry = {{"name", timing.name},
                  {"storage", timing.storage},
                  {"seconds", json_of(timing.seconds)},
                  {"bytes", timing.bytes},
                  {"bytes_per_second", rate(timing)}};
    if (!timing.ceiling.empty()) {
      entry["ceiling"] = timing.ceiling;
      entry["share_of_ceiling"] = share_of_ceiling(timing, result);
    }
    json["primitives"].push_back(entry);
  }
  return json;
}

}  // namespace

std::string time_text(double seconds) {
  const auto digits = [](double value) { return value < 9.995 ? 2 : value < 99.95 ? 1 : 0; };
  const auto [scale, unit] = seconds < 999.5e-6 ? std::pair{1e6, "us"}
                             : seconds < 0.9995 ? std::pair{1e3, "ms"}
                                                : std::pair{1.0, "s"};
  return fmt::format("{:.{}f} {}", seconds * scale, digits(seconds * scale), unit);
}

std::string as_text(const SizeResult& result) {
  std::string text = fmt::format(
      "{}: {}, {} connections at the start, batch {}, {} steps an epoch, with augmentation and "
      "dropout\n",
      result.size, result.widths, result.connections, result.batch, result.steps);
  const DeviceResult* const base = first_measured(result);
  TextTable table;
  table.header = {"device", "a step", "ratio", "a connection"};
  if (result.end == EpochEnd::kEvolution) table.header.emplace_back("evolve");
  if (result.end == EpochEnd::kAll) {
    for (const char* column : {"an epoch", "ratio", "train", "evaluate", "evolve", "share"}) {
      table.header.emplace_back(column);
    }
  }
  std::string problems;
  for (const DeviceResult& device : result.devices) {
    if (!device.measured()) {
      problems +=
          one_line(fmt::format("{}: not measured: {}", device.label, device.problem)) + '\n';
      continue;
    }
    const Phases& s = device.seconds;
    auto& row = table.rows.emplace_back();
    row = {device.label, with_spread(s.step), ratio_text(s.step, base->seconds.step),
           fmt::format("{:.3g} ns",
                       median_of(s.step) * 1e9 / static_cast<double>(result.connections))};
    if (result.end == EpochEnd::kEvolution) row.push_back(with_spread(s.evolve));
    if (result.end != EpochEnd::kAll) continue;
    row.push_back(with_spread(s.epoch));
    row.push_back(ratio_text(s.epoch, base->seconds.epoch));
    for (const auto* phase : {&s.train, &s.evaluate, &s.evolve}) {
      row.push_back(time_text(median_of(*phase)));
    }
    row.push_back(fmt::format("{:.1f} %", overhead(s) * 100));
  }
  if (!table.rows.empty()) {
    text += regrow::as_text(table);
    text += fmt::format(
        "median (least to most); ratio: to {}, round by round; a connection: of a step{}\n",
        base->label, result.end == EpochEnd::kAll ? "; share: of evaluation and evolution" : "");
  }
  for (const DeviceResult& device : result.devices) {
    if (!device.measured()) continue;
    text += one_line(fmt::format("{}: {}; loaded in {}", device.label, device.description,
                                 time_text(device.start_seconds))) +
            '\n';
  }
  text += fmt::format("the untrained network took {}; the program has held up to {} of memory\n",
                      time_text(result.network_seconds), memory_text(result.peak_bytes));
  return text + problems;
}

std::string as_text(const PrimitiveResult& result) {
  TextTable table;
  table.header = {"primitive", "storage", "of ceiling", "time", "GB/s", "share"};
  table.left_aligned = 3;
  for (const PrimitiveTiming& timing : result.timings) {
    const double share = share_of_ceiling(timing, result);
    table.rows.push_back({timing.name, timing.storage, timing.ceiling, with_spread(timing.seconds),
                          fmt::format("{:.1f}", rate(timing) * 1e-9),
                          share > 0 ? fmt::format("{:.0f} %", share * 100) : ""});
  }
  return fmt::format(
      "Primitives of {}: one launch, the bytes it must move, and their rate as a "
      "share of a ceiling's\n{}",
      result.device, regrow::as_text(table));
}

std::string as_json(const Report& report) {
  Json json = {{"program", "regrow bench"},
               {"version", kVersion},
               {"rounds", report.rounds},
               {"sizes", Json::array()},
               {"primitives", Json::array()}};
  for (const SizeResult& size : report.sizes) json["sizes"].push_back(json_of(size));
  for (const PrimitiveResult& device : report.primitives) {
    json["primitives"].push_back(json_of(device));
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
}

}  // namespace regrow::bench
