// Files of sweeps. The runs of one that is accepted are folders of their own.
#include <set>

#include "fuzz/fuzzer.h"
#include "sweep/sweep_file.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const TomlSource file{{reinterpret_cast<const char*>(data), size}, "fuzz.toml"};
  fuzz::accept_or_refuse([&] {
    std::set<std::string> names;
    for (const SweepRun& run : read_sweep(file, {}, "folder")) {
      const std::filesystem::path folder = run.config.out;
      if (folder.parent_path() != "folder" || folder.filename() != run.name ||
          run.name.starts_with('.') || !names.insert(run.name).second) {
        std::abort();
      }
    }
  });
  return 0;
}
