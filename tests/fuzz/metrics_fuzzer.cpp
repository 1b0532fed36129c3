// metrics.jsonl, and timings.jsonl, which is read as far as it can be.
#include "fuzz/fuzzer.h"
#include "regrow/run_folder.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const RunFolder run = [] {
    fuzz::put(fuzz::folder() / "config.toml", "");
    return RunFolder::open(fuzz::folder());
  }();
  fuzz::put(run.path() / "metrics.jsonl", bytes);
  fuzz::put(run.path() / "timings.jsonl", bytes);
  run.read_timings();
  fuzz::accept_or_refuse([&] {
    for (const EpochRecord& record : run.read_metrics()) {
      REGROW_CHECK(parse_epoch_record(to_json_line(record), "again") == record,
                   "a record changes when it is written and read");
    }
  });
  return 0;
}
