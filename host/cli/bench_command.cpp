// regrow bench: steps, epochs and primitives of several devices, timed in turn.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <span>

#include "base/one_line.h"
#include "bench/measure.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/output_file.h"
#include "config/settings.h"
#include "io/atomic_file.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

struct Parts {
  bool steps = false;  // or whole epochs, which are made of steps
  bool epochs = false;
  bool evolutions = false;  // without whole epochs
  bool primitives = false;
};

Parts parse_parts(const std::string& list) {
  Parts parts;
  for (const std::string& part : split(list)) {
    if (part == "step") {
      parts.steps = true;
    } else if (part == "epoch") {
      parts.epochs = true;
    } else if (part == "evolve") {
      parts.evolutions = true;
    } else if (part == "primitives") {
      parts.primitives = true;
    } else {
      throw UsageError(
          fmt::format("--measure: '{}' is none of step, evolve, epoch, primitives", part));
    }
  }
  return parts;
}

constexpr const char* kStandardOutput = "-";

/// What people read.
std::ostream& text_stream(const BenchOptions& options) {
  return options.json == kStandardOutput ? std::cerr : std::cout;
}

/// Whole at every moment: a run that is stopped leaves what it has measured so far.
void write_json(const std::string& path, const bench::Report& report) {
  if (path.empty() || path == kStandardOutput) return;
  write_output(path, "--json", bench::as_json(report));
}

/// What names no device is refused as every command refuses it; one that is not at hand is left out
/// of the table later, with the reason.
void require_device_names(const std::vector<bench::DeviceChoice>& choices) {
  for (const bench::DeviceChoice& choice : choices) {
    if (choice.device.starts_with("check:")) {
      throw UsageError(
          fmt::format("--device: '{}': bench times single devices; name the two by themselves, "
                      "such as cpu,reference",
                      choice.label));
    }
    Config config;
    find_setting("device")->set_from_string(config, choice.device, "--device");
  }
}

/// The devices' own primitives, each device once whatever the storage of activations.
void measure_primitives(const BenchOptions& options,
                        const std::vector<bench::DeviceChoice>& choices, bench::Report& report) {
  std::vector<std::string> done;
  for (const bench::DeviceChoice& choice : choices) {
    if (std::find(done.begin(), done.end(), choice.device) != done.end()) continue;
    done.push_back(choice.device);
    PrimitiveOptions primitive_options;
    primitive_options.rounds = options.rounds;
    primitive_options.tiny = options.sizes == "tiny";
    bench::PrimitiveResult result;
    result.device = choice.device;
    try {
      result.timings = bench_primitives_on(choice.device, primitive_options);
    } catch (const Error& error) {
      text_stream(options) << fmt::format("Primitives of {}: not measured: {}\n\n",
                                          one_line(choice.device), one_line(error.what()));
      continue;
    }
    if (result.timings.empty()) continue;
    text_stream(options) << bench::as_text(result) << std::endl;
    report.primitives.push_back(std::move(result));
    write_json(options.json, report);
  }
}

}  // namespace

int bench_command(const BenchOptions& options) {
  // Before anything is measured for it.
  const bool is_printed = options.json == kStandardOutput;
  if (!options.json.empty() && !is_printed) require_output_file(options.json, "--json");
  const Parts parts = parse_parts(options.measure);
  bench::MeasureOptions measure;
  measure.devices = bench::parse_devices(options.devices);
  require_device_names(measure.devices);
  measure.rounds = options.rounds;
  measure.steps = options.steps;
  measure.whole_epochs = parts.epochs;
  measure.evolutions = parts.evolutions;
  measure.grow = options.grow;
  measure.activation = options.activation;
  measure.optimiser = options.optimiser;
  measure.bare = options.bare;
  measure.threads = options.threads;
  std::vector<bench::ProblemSize> sizes;
  for (const std::string& name : split(options.sizes)) sizes.push_back(bench::problem_size(name));

  bench::Report report;
  report.rounds = options.rounds;
  std::string why;
  for (const bench::ProblemSize& size : sizes) {
    if (!parts.steps && !parts.epochs && !parts.evolutions) break;
    report.sizes.push_back(bench::measure(size, measure));
    const bench::SizeResult& result = report.sizes.back();
    for (const bench::DeviceResult& device : result.devices) {
      if (why.empty()) why = device.problem;
    }
    text_stream(options) << bench::as_text(result) << std::endl;
    write_json(options.json, report);
  }
  if (parts.primitives) measure_primitives(options, measure.devices, report);
  write_json(options.json, report);
  if (is_printed) std::cout << bench::as_json(report);

  const bool any =
      !report.primitives.empty() ||
      std::any_of(report.sizes.begin(), report.sizes.end(), [](const bench::SizeResult& result) {
        return std::any_of(result.devices.begin(), result.devices.end(),
                           [](const bench::DeviceResult& device) { return device.measured(); });
      });
  if (!any) {
    throw Error(why.empty() ? fmt::format("{}: none of these has primitives of its own to time; "
                                          "--measure step,epoch times the whole",
                                          options.devices)
                            : why);
  }
  return 0;
}

}  // namespace regrow
