// metrics.jsonl, and timings.jsonl, which is read as far as it can be; then what `regrow table` and
// a sweep make of them.
#include <iostream>

#include "cli/commands.h"
#include "cli/terminal/sweep_board.h"
#include "fuzz/fuzzer.h"
#include "regrow/run_folder.h"
#include "support/silence.h"
#include "sweep/recorded_progress.h"
#include "sweep/standing.h"

namespace {

using namespace regrow;

/// Two rows, so that one is compared with the other.
void show_table(const std::vector<std::string>& runs, std::size_t epochs) {
  TableOptions options;
  options.runs = runs;
  options.format = "text";
  fuzz::accept_or_refuse([&] { table_command(options); });
  options.format = "csv";
  fuzz::accept_or_refuse([&] { table_command(options); });
  options.seeds = "mean";
  options.epochs = static_cast<std::int64_t>(epochs);
  options.baseline = "plain-set";
  options.margin = 0.3;
  fuzz::accept_or_refuse([&] { table_command(options); });
  options.format = "text";
  options.paper = true;
  options.last = 2;
  fuzz::accept_or_refuse([&] { table_command(options); });
}

void show_progress(const RunFolder& run) {
  SweepRun swept{"run", Config()};
  resolve(swept.config);
  swept.config.out = run.path().string();
  const Standing standing = standing_of(swept);
  RecordedProgress progress(run.path());
  const auto last = progress.poll();
  if (!last) return;
  SweepBoard board({.bar = true, .lines = true, .columns = 80}, std::cout, std::cout);
  board.on_start(swept, standing);
  const ActiveRun active{&swept, last->record.epoch + 1, last};
  board.on_epoch(active);
  board.on_tick({.active = {active},
                 .runs = 2,
                 .finished = 1,
                 .failed = 0,
                 .eta_seconds = last->seconds * 3});
}

RunFolder make_run(const std::string& name, const std::string& config) {
  const auto folder = fuzz::folder() / name;
  std::filesystem::create_directories(folder);
  fuzz::put(folder / "config.toml", config);
  fuzz::put(folder / "last.safetensors", "");  // a run that was trained
  return RunFolder::open(folder);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const std::vector<RunFolder> runs = {
      make_run("set", ""),
      make_run("lset", "[evolution]\nmethod = \"lset\"\nmeasure = \"loss\"\n")};
  std::vector<std::string> folders;
  for (const RunFolder& run : runs) {
    for (const char* file : {"metrics.jsonl", "timings.jsonl", "summary.json"}) {
      fuzz::put(run.path() / file, bytes);
    }
    folders.push_back(run.path().string());
  }
  std::size_t epochs = 0;
  fuzz::accept_or_refuse([&] {
    for (const EpochRecord& record : runs[0].read_metrics()) {
      REGROW_CHECK(parse_epoch_record(to_json_line(record), "again") == record,
                   "a record changes when it is written and read");
      ++epochs;
    }
  });
  runs[0].read_timings();
  const tests::Silence out(std::cout), err(std::cerr);
  show_progress(runs[0]);
  if (epochs > 0) show_table(folders, epochs);
  return 0;
}
