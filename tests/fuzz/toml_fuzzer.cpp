// Configuration files. One that is accepted must come back from the text made of it.
#include "fuzz/fuzzer.h"
#include "regrow/config.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const std::string text(reinterpret_cast<const char*>(data), size);
  fuzz::accept_or_refuse([&] {
    Config config = preset_config(PresetName::kPaper, DatasetName::kSynthetic);
    apply_toml(config, text, "fuzz.toml");
    resolve(config);
    Config again = preset_config(config.preset, config.dataset);
    apply_toml(again, to_toml(config), "again.toml");
    resolve(again);
    REGROW_CHECK(again == config, "a configuration changes when it is written and read");
  });
  return 0;
}
