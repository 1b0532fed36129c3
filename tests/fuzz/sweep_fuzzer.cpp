// Files of sweeps. The runs of one that is accepted are folders of their own, and each can be
// started by what its configuration says.
#include <set>

#include "fuzz/fuzzer.h"
#include "sweep/child_process.h"
#include "sweep/scheduler.h"
#include "sweep/standing.h"
#include "sweep/sweep_file.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const TomlSource file{fuzz::expanded({reinterpret_cast<const char*>(data), size}), "fuzz.toml"};
  fuzz::accept_or_refuse([&] {
    std::set<std::string> names;
    for (const SweepRun& run : read_sweep(file, {}, "folder")) {
      const std::filesystem::path folder = run.config.out;
      if (folder.parent_path() != "folder" || folder.filename() != run.name ||
          run.name.starts_with('.') || !names.insert(run.name).second) {
        std::abort();
      }
      if (names.size() > 8) continue;  // of thousands, which each take a moment
      const TrainingTask task = training_task(run, standing_of(run), 1);
      train_arguments(task);
      Config started = layered_config({}, task.flags);
      resolve(started);
      started.threads = run.config.threads;
      REGROW_CHECK(started == run.config, "a run is started as another one");
    }
  });
  return 0;
}
