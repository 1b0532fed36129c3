// A run as a thread: what it may not share with others, a child has of its own anyway.
#include "sweep/training_thread.h"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>
#include <utility>

#include "io/folder.h"
#include "regrow/error.h"
#include "sweep/run_log.h"

namespace regrow {

TrainingThread::TrainingThread(Training training, const std::filesystem::path& log) {
  const Descriptor is_a_file = open_log(log);  // the streams would wait for a pipe's reader
  // Two streams, as a child has: lines come as they are flushed, errors at once.
  std::ofstream out(log, std::ios::app), err(log, std::ios::app);
  if (!out || !err) throw Error(write_failure(log, errno));
  err << std::unitbuf;
  try {
    thread_ = std::thread([this, training = std::move(training), out = std::move(out),
                           err = std::move(err)]() mutable {
      const int code = training(out, err, [this] { return signal_.load(); });
      // Whoever reads the log after poll() reads all of it.
      out.close();
      err.close();
      exit_code_ = code;
    });
  } catch (const std::system_error& failure) {
    throw Error(fmt::format("no thread for a run: {}; lower --jobs", failure.code().message()));
  }
}

TrainingThread::~TrainingThread() {
  TrainingThread::stop();
  if (thread_.joinable()) thread_.join();
}

std::optional<int> TrainingThread::poll() {
  const int code = exit_code_;
  if (code == kRunning || !thread_.joinable()) return std::nullopt;
  thread_.join();
  return code;
}

void TrainingThread::stop() { signal_ = SIGTERM; }

}  // namespace regrow
