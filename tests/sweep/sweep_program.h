// The program, and a small sweep for it.
#pragma once

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "cli/program.h"

namespace regrow::tests {

class Sweep : public Program {
 protected:
  /// A small base of `epochs` epochs, and what varies.
  void write_file(const std::string& varies, int epochs = 2, const std::string& name = "s.toml") {
    std::ofstream(at(name)) << "[data]\ndataset = 'synthetic'\nsynthetic_features = 12\n"
                               "synthetic_train = 400\nsynthetic_test = 50\n"
                               "validation = 'holdout:50'\n[network]\nhidden = [20, 15]\n"
                               "epsilon = 3\n[training]\naugment = false\nbatch = 25\nepochs = "
                            << epochs << "\n[run]\ndevice = 'cpu'\n"
                            << varies;
  }

  static constexpr const char* kGrid = "[grid]\nmethod = ['set', 'lset']\nseed = [0, 1]\n";

  std::string metrics(const std::string& run) const {
    return content("out/" + run + "/metrics.jsonl");
  }

  /// More epochs than any run here is trained for: it ends because it is stopped.
  static constexpr int kNoEnd = 100000;

  /// Sends `signal` as soon as all of these runs have recorded an epoch.
  CommandOptions signalled_while_training(int signal, const std::vector<std::string>& runs) const {
    CommandOptions options;
    options.signal = signal;
    options.signal_when = [this, runs] {
      return std::all_of(runs.begin(), runs.end(), [this](const std::string& run) {
        std::error_code not_yet;
        const auto size = std::filesystem::file_size(at("out/" + run + "/metrics.jsonl"), not_yet);
        return !not_yet && size > 0;
      });
    };
    return options;
  }

  /// Two epochs more than any of these stopped runs has recorded.
  std::string epochs_to_go_on_with(const std::vector<std::string>& runs) const {
    std::ptrdiff_t most = 0;
    for (const std::string& run : runs) {
      const std::string lines = metrics(run);
      most = std::max(most, std::count(lines.begin(), lines.end(), '\n'));
    }
    return " --epochs " + std::to_string(most + 2);
  }
};

}  // namespace regrow::tests
