// Configuration files. One that is accepted must come back from the text made of it, as a run's
// folder and its checkpoints keep it; and a run of it starts, if it is small, or says why it does
// not.
#include "evolution/pause.h"
#include "evolution/regrowth_ratio.h"
#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"
#include "regrow/config.h"
#include "regrow/evolution/history.h"
#include "regrow/evolution/method.h"
#include "regrow/load_dataset.h"

namespace {

using namespace regrow;

Config read(const Config& below, const std::string& toml) {
  Config config = below;
  apply_toml(config, toml, "again.toml");
  resolve(config);
  return config;
}

/// Of six epochs, one like the other.
void decide(const Config& config) {
  History history;
  for (std::uint32_t epoch = 0; epoch < 6; ++epoch) {
    EpochRecord record;
    record.epoch = epoch;
    record.loss = record.val_loss = record.val_accuracy = 0.5;
    append(history, config, config, record);
  }
  if (method_row(config.method).evolves) {
    const double theta = regrowth_ratio(config, history, 3);
    REGROW_CHECK(theta >= 0 && theta <= config.theta_max, "a regrowth ratio out of its range");
  }
  pauses(config, history);
}

void start(const Config& config) {
  constexpr std::int64_t kMost = 256;
  if (config.dataset != DatasetName::kSynthetic || config.synthetic_features > kMost ||
      config.synthetic_classes > kMost || config.synthetic_train > kMost ||
      config.synthetic_test > kMost || config.batch > kMost) {
    return;
  }
  fuzz::train_one_batch(config, load_dataset(config));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = fuzz::expanded({reinterpret_cast<const char*>(data), size});
  fuzz::accept_or_refuse([&] {
    const Config config = read(preset_config(PresetName::kPaper, DatasetName::kSynthetic), text);
    const Config preset = preset_config(config.preset, config.dataset);
    REGROW_CHECK(read(preset, to_toml(config)) == config,
                 "a configuration changes when it is written and read");
    const std::string meaning = to_toml(config, true);
    REGROW_CHECK(to_toml(read(preset, meaning), true) == meaning,
                 "a configuration's meaning changes when it is written and read");
    decide(config);
    start(config);
  });
  return 0;
}
