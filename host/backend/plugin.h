// Plugins of the program: found beside it or in ../lib/regrow, opened when first asked for, and
// never closed.
#pragma once

#include <filesystem>
#include <string>

#include "backend_interface/plugin_interface.h"

namespace regrow {

/// A plugin, or the reason why there is none.
struct PluginSearch {
  const PluginInterface* plugin = nullptr;
  std::string why_none;
};

/// Opens `file`, which exists. Refuses what is of another version of the program.
PluginSearch open_plugin(const std::filesystem::path& file);

/// Why no file called `name` is in `folder`. why_not_built: why the build made none, such as "nvcc
/// was not found"; "" where it made one.
std::string why_missing(const std::string& name, const std::filesystem::path& folder,
                        const std::string& why_not_built);

/// Opens the plugin called `name` ("libregrow_cuda.so") of the running program.
PluginSearch find_plugin(const std::string& name);

/// The same, of a program in `folder`.
PluginSearch find_plugin_of(const std::filesystem::path& folder, const std::string& name);

}  // namespace regrow
