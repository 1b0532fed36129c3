// The program, and a small sweep for it.
#pragma once

#include <fstream>
#include <string>

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

  std::string metrics(const std::string& run) { return content("out/" + run + "/metrics.jsonl"); }
};

}  // namespace regrow::tests
