// What starts the runs of a sweep.
#include "cli/sweep_jobs.h"

#include <ostream>

#include "cli/exit_code.h"
#include "cli/training_run.h"
#include "sweep/child_process.h"
#include "sweep/training_thread.h"

namespace regrow {
namespace {

// As where the standard streams are a file.
constexpr ProgressStyle kStyle = {.bar = false, .lines = true};

std::unique_ptr<Job> start_thread(const TrainingTask& task, const std::filesystem::path& log) {
  TrainOptions options;
  options.settings.flags = task.flags;
  options.resume = task.resume;
  options.from = task.from;
  options.migrate = task.migrate;
  return std::make_unique<TrainingThread>(
      [options = std::move(options)](std::ostream& out, std::ostream& err,
                                     const std::function<int()>& stop_signal) {
        const auto train = [&] { return run_training(options, {out, err, kStyle, stop_signal}); };
        return exit_code_of(train, out, err);
      },
      log);
}

}  // namespace

StartJob job_starter(const std::string& isolation) {
  if (isolation == "thread") return start_thread;
  return [](const TrainingTask& task, const std::filesystem::path& log) {
    return std::make_unique<ChildProcess>(train_arguments(task), log);
  };
}

}  // namespace regrow
