// What a plugin gives the program: back ends that need libraries which not every machine has. The
// types of C++ cross this border, so both sides must come from one version of the program.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backend_interface/primitive_timing.h"
#include "regrow/backend.h"
#include "regrow/version.h"

namespace regrow {

/// Rises with every change of PluginInterface or of what crosses the border.
inline constexpr int kPluginInterface = 4;

struct PluginInterface {
  /// kPluginInterface and kVersion of the build. First, so that they can be read whatever follows.
  int interface_version;
  const char* program_version;

  /// The GPUs in the order of their numbers, each in words; where there is none, why, as the end
  /// of "no GPU: …".
  std::vector<std::string> (*gpus)(std::string* why_none);
  /// device: one of those that this plugin makes, such as "cuda"; gpu: its number.
  std::unique_ptr<Backend> (*make)(const std::string& device, int gpu,
                                   const BackendOptions& options);
  /// Null where there are none.
  std::vector<PrimitiveTiming> (*bench_primitives)(const PrimitiveOptions& options);
};

/// extern "C" const PluginInterface* regrow_plugin(): the one symbol that a plugin exports.
inline constexpr const char* kPluginEntry = "regrow_plugin";
using PluginEntry = const PluginInterface* (*)();

}  // namespace regrow
