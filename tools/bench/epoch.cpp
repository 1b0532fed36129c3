// Seconds per epoch of the paper's problem (50,000 images of noise, or fewer steps scaled up), for
// comparison with other programs in one run:
//   bench_epoch step [STEPS]    bare training steps, no dropout or augmentation, as s per 500 steps
//   bench_epoch full [STEPS]    the same with dropout and augmentation
//   bench_epoch epoch           a whole epoch by the trainer, by phase: augmentation, dropout,
//                               evaluation of 10,000 images, evolution, checkpoint and metrics
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "paper_problem.h"

namespace regrow {
namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void print_peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("peak memory %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
}

void time_steps(bool full, unsigned threads, std::uint32_t steps) {
  const auto backend = make_backend("cpu", bench::paper_options(full, threads));
  backend->attach(bench::paper_dataset(10'000, 1));
  backend->load(bench::paper_network());
  const std::vector<float> rates(steps, 0.01F);
  std::printf("%s; s per 500 steps:", backend->capabilities().description.c_str());
  for (std::uint64_t round = 0; round < 5; ++round) {
    const double start = seconds_now();
    backend->train({round * steps, steps, steps}, rates);
    std::printf(" %.3f", (seconds_now() - start) / steps * 500);
  }
  std::printf("\n");
}

void time_epochs(unsigned threads) {
  Config config = preset_config(PresetName::kPaper, DatasetName::kCifar10);
  config.method = Method::kSet;
  config.epochs = 5;
  config.threads = threads;
  config.data = "in memory";
  resolve(config);
  auto backend = make_backend("cpu", backend_options(config));
  const std::filesystem::path out =
      std::filesystem::temp_directory_path() / ("regrow-bench-" + std::to_string(getpid()));
  TrainerEvents events;
  std::vector<double> totals;
  events.on_epoch = [&](const EpochRecord&, const EpochTimings& t) {
    totals.push_back(t.total());
    std::printf("epoch %u: %.3f s = train %.3f evaluate %.3f evolve %.4f write %.4f\n", t.epoch,
                t.total(), t.train, t.evaluate, t.evolve, t.write);
  };
  const auto dataset = bench::paper_dataset(50'000, 10'000);
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  Trainer trainer(std::move(state), dataset, std::move(backend), RunFolder::create(out, true),
                  events);
  trainer.run();
  std::filesystem::remove_all(out);
  std::printf("whole epochs; s per 500 steps:");
  totals.pop_back();  // the last epoch has no evolution
  for (const double total : totals) std::printf(" %.3f", total);
  std::printf("\n");
}

int run(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const char* threads_text = std::getenv("THREADS");
  const auto threads =
      static_cast<unsigned>(threads_text == nullptr ? 0 : std::strtoul(threads_text, nullptr, 10));
  const auto steps =
      static_cast<std::uint32_t>(argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100);
  if ((mode == "step" || mode == "full") && steps > 0 && steps <= 100) {
    time_steps(mode == "full", threads, steps);
  } else if (mode == "epoch") {
    time_epochs(threads);
  } else {
    std::fprintf(stderr, "usage: [THREADS=N] bench_epoch step|full [STEPS ≤ 100] | epoch\n");
    return 2;
  }
  print_peak_memory();
  return 0;
}

}  // namespace
}  // namespace regrow

int main(int argc, char** argv) {
  try {
    return regrow::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
