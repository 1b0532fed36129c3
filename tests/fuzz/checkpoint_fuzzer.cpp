// Checkpoints, and all that the program does with one that it has read: inspect, eval, a resume, an
// evolution. The mutator changes what a checkpoint holds, and sets sizes and checksum right in most
// cases, so that what lies behind them is reached.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "fuzz/fuzzer.h"
#include "support/checkpoint_bytes.h"
#include "support/checkpoint_use.h"
#include "support/json_changes.h"
#include "support/seed_runs.h"

namespace {

using namespace regrow;
using namespace regrow::tests;

const std::vector<SeedRun>& seeds() {
  static const std::vector<SeedRun> runs = seed_runs();
  return runs;
}

/// Of the run that a checkpoint is likely to be of, the one with its configuration, else of the
/// first: beside a checkpoint lie the records of its run.
const RunFiles& files_beside(std::string_view checkpoint) {
  static const auto runs = [] {
    std::map<std::string, const RunFiles*> made;
    for (const SeedRun& run : seeds()) {
      made.emplace(taken_apart(run.checkpoint()).header.metadata.at("config"), &run.files);
    }
    return made;
  }();
  try {
    const auto found = runs.find(taken_apart(checkpoint).header.metadata["config"]);
    if (found != runs.end()) return *found->second;
  } catch (const Error&) {
    // The program's own reader says the same.
  }
  return seeds().front().files;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  RunFiles files = files_beside(bytes);
  files["last.safetensors"] = files["best.safetensors"] = bytes;
  use_checkpoint(files, fuzz::folder() / "run");
  return 0;
}

#ifdef REGROW_FUZZ
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);

namespace {

/// Random choices, all drawn from one number.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : state_(seed) {}

  std::size_t below(std::size_t count) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % count;
  }

 private:
  std::uint64_t state_;
};

void mutate(std::string& text, std::size_t max) {
  const std::size_t size = text.size();
  text.resize(std::max(size, max));
  text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
}

/// Of a JSON entry one value, or of any entry the text.
void change_metadata(Metadata& metadata, Choices& choices, std::size_t max) {
  if (metadata.empty()) return;
  auto& [key, text] =
      *std::next(metadata.begin(), static_cast<std::ptrdiff_t>(choices.below(metadata.size())));
  auto value = nlohmann::ordered_json::parse(text, nullptr, false);
  const auto places = value.is_discarded() ? std::vector<JsonPlace>() : places_in(value);
  if (places.empty() || choices.below(4) == 0) return mutate(text, max);
  const JsonPlace& place = places[choices.below(places.size())];
  if (choices.below(3) != 0 || value[place].is_structured()) {
    change(value, place, choices.below(kChanges));
  } else {
    std::string digits = value[place].dump();
    mutate(digits, digits.size() + 8);
    auto changed = nlohmann::ordered_json::parse(digits, nullptr, false);
    if (!changed.is_discarded()) value[place] = std::move(changed);
  }
  text = value.dump();
}

/// One of: a seed; a container with its header changed as text; one with a few changes in its
/// metadata, or in what its tensors hold. Throws where `bytes` are no container, or a changed text
/// can be in none.
std::string changed(std::string_view bytes, Choices& choices) {
  if (choices.below(64) == 0) return seeds()[choices.below(seeds().size())].checkpoint();
  CheckpointBytes checkpoint = taken_apart(bytes);
  if (choices.below(8) == 0) {
    std::string header = header_to_json(checkpoint.header);
    mutate(header, header.size() + 64);
    return put_together(header, checkpoint.data);
  }
  for (std::size_t changes = 1 + choices.below(3); changes > 0; --changes) {
    const std::size_t data_bytes = checkpoint.data.size();
    if (choices.below(5) == 0 && data_bytes > 0) {
      mutate(checkpoint.data, data_bytes);
      checkpoint.data.resize(data_bytes);
    } else {
      change_metadata(checkpoint.header.metadata, choices, 4096);
    }
  }
  return put_together(checkpoint);
}

}  // namespace

/// What is no container, and now and then one that is, is changed without repair.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max, unsigned seed) {
  Choices choices(seed);
  if (choices.below(32) == 0) return LLVMFuzzerMutate(data, size, max);
  try {
    const std::string bytes = changed({reinterpret_cast<const char*>(data), size}, choices);
    if (bytes.size() <= max) {
      std::copy(bytes.begin(), bytes.end(), data);
      return bytes.size();
    }
  } catch (const Error&) {
  } catch (const nlohmann::json::exception&) {
  }
  return LLVMFuzzerMutate(data, size, max);
}
#endif
