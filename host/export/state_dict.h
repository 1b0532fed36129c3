// A network as a safetensors file of tensors that are named as in the state of PyTorch's
// nn.Sequential: its modules are the layers and, between them, the activations; before them, where
// the standardisation is kept apart, a module for it. So "0.weight", "0.bias", "2.weight", …
//
// Weights are dense, F32 [outputs, inputs]. What an SReLU has learned is "1.t_left", "1.a_left",
// "1.t_right", "1.a_right", F32 [outputs]; a standardisation "0.mean" and "0.deviation", F64
// [features].
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "export/exported_network.h"

namespace regrow {

/// Of the file, about and not less.
std::uint64_t state_dict_bytes(const ExportedNetwork& network);

/// The file's bytes; equal networks have equal ones. Among the metadata is `modules`, a JSON list
/// of [class, arguments…]: ["Standardise", features], ["Linear", inputs, outputs], ["LeakyReLU",
/// slope], ["ReLU"], ["SReLU", neurons], ["GELU"].
std::string state_dict(const ExportedNetwork& network);

/// Whether a file is one of these, and so no checkpoint, as its header says. False where it cannot
/// be read.
bool is_state_dict(const std::filesystem::path& path);

}  // namespace regrow
