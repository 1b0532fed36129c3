// regrow export: a network in a format of other programs.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <string>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/opened_checkpoint.h"
#include "cli/output_file.h"
#include "export/exported_network.h"
#include "export/npz.h"
#include "export/onnx.h"
#include "export/state_dict.h"
#include "regrow/error.h"
#include "system/available_memory.h"
#include "system/size_text.h"
#include "train/epochs_text.h"

namespace regrow {
namespace {

struct ExportFormat {
  const char* name;
  std::uint64_t (*bytes)(const ExportedNetwork& network, bool is_sparse);
  std::string (*file)(const ExportedNetwork& network, bool is_sparse);
  const char* remedy;  // where memory is short
};

OnnxWeights onnx_weights(bool is_sparse) {
  return is_sparse ? OnnxWeights::kSparse : OnnxWeights::kDense;
}

constexpr std::array<ExportFormat, 3> kExportFormats = {
    {{"onnx",
      [](const ExportedNetwork& network, bool is_sparse) {
        return onnx_bytes(network, onnx_weights(is_sparse));
      },
      [](const ExportedNetwork& network, bool is_sparse) {
        return onnx_model(network, onnx_weights(is_sparse));
      },
      "give --sparse, or --format npz"},
     {"npz", [](const ExportedNetwork& network, bool) { return npz_bytes(network); },
      [](const ExportedNetwork& network, bool) { return npz_file(network); },
      "use a machine with more memory"},
     {"safetensors", [](const ExportedNetwork& network, bool) { return state_dict_bytes(network); },
      [](const ExportedNetwork& network, bool) { return state_dict(network); },
      "give --format npz, which is sparse"}}};

const ExportFormat& format_of(const ExportOptions& options) {
  const std::string ending = std::filesystem::path(options.out).extension().string();
  for (const ExportFormat& format : kExportFormats) {
    const std::string name = format.name;
    if (options.format.empty() ? ending == '.' + name : options.format == name) return format;
  }
  throw UsageError(
      fmt::format("--out: {} does not tell the format; end it in .onnx, .npz or "
                  ".safetensors, or give --format",
                  options.out));
}

/// What is dense may be far more than the network was in training.
void require_memory_of_export(const ExportFormat& format, std::uint64_t bytes) {
  constexpr std::uint64_t kCopies = 2;  // of a file's bytes while it is made
  const AvailableMemory memory = available_memory();
  if (bytes <= memory.bytes / kCopies) return;
  throw Error(fmt::format("the network as {} would have {}, and {} {}; {}", format.name,
                          memory_text(bytes), memory_text(memory.bytes), memory.where,
                          format.remedy));
}

/// Where folding loses digits that whoever compares predictions would miss.
void note_large_offset(const Checkpoint& checkpoint, bool folds) {
  constexpr double kLargeOffset = 1e4;  // of which a float's rounding is 5e-4 of a deviation
  const double offset = largest_offset(checkpoint.standardisation);
  if (!folds || offset < kLargeOffset) return;
  std::cerr << fmt::format(
      "note: an input's mean is {:.3g} times its deviation, of which weights in 32-bit floats lose "
      "digits; --fold false keeps the standardisation apart\n",
      offset);
}

std::string neurons_of(const ExportedNetwork& network) {
  std::string text = std::to_string(network.features());
  for (const ExportedLayer& layer : network.layers) text += fmt::format("-{}", layer.outputs);
  return text;
}

}  // namespace

int export_command(const ExportOptions& options) {
  const ExportFormat& format = format_of(options);
  if (options.sparse && std::string(format.name) != "onnx") {
    throw UsageError(
        "--sparse goes with --format onnx alone: npz is sparse anyway, safetensors is dense");
  }
  const bool is_printed = options.out == "-";
  if (is_printed && isatty(STDOUT_FILENO) != 0) {
    throw UsageError("--out: the standard output is a terminal; redirect it, or give a file");
  }
  if (!is_printed) require_output_file(options.out, "--out");
  const OpenedCheckpoint opened = open_checkpoint(options.checkpoint, "best.safetensors");
  const bool folds = options.fold == "true";
  std::string content, line;
  try {
    const ExportedNetwork network = exported_network(opened.checkpoint, folds);
    require_memory_of_export(format, format.bytes(network, options.sparse));
    content = format.file(network, options.sparse);
    line = fmt::format("{}, {} neurons, {} connections, {}", format.name, neurons_of(network),
                       grouped(network.connections()), memory_text(content.size()));
  } catch (const Error& wrong) {
    throw Error(fmt::format("{}: {}", opened.name, wrong.what()));
  }
  note_large_offset(opened.checkpoint, folds);
  std::ostream& said = is_printed ? std::cerr : std::cout;
  if (is_printed) {
    std::cout << content << std::flush;
    if (!std::cout) return 1;  // which is said in the end, alone
  } else {
    write_output(options.out, "--out", content);
  }
  if (opened.was_chosen) {
    said << fmt::format("checkpoint: {}, after {}\n", one_line(opened.name),
                        epochs_text(opened.checkpoint.progress.epoch));
  }
  said << fmt::format("{}: {}\n", is_printed ? "standard output" : one_line(options.out), line);
  return 0;
}

}  // namespace regrow
