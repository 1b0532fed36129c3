// Plugins that the program must refuse.
#include "backend_interface/plugin_interface.h"

#if defined(FAKE_no_entry)

extern "C" int nothing_of_regrow() { return 0; }

#else

namespace {

#if defined(FAKE_old_program)
constexpr regrow::PluginInterface kPlugin = {regrow::kPluginInterface, "0.0.9", nullptr, nullptr,
                                             nullptr};
#else
constexpr regrow::PluginInterface kPlugin = {regrow::kPluginInterface - 1, regrow::kVersion,
                                             nullptr, nullptr, nullptr};
#endif

}  // namespace

extern "C" __attribute__((visibility("default"))) const regrow::PluginInterface* regrow_plugin() {
  return &kPlugin;
}

#endif
