// NumPy's arrays and archives. An input is a byte of choices, then arrays. Choices, the lowest two
// bits: 0: a folder of the labels and the samples; 1: an archive as it is; 2: the samples alone; 3:
// an archive of both that is packed here, so that its checksums are right. 4: unseen samples of a
// network; 8: the label is a column.
#include <zip.h>

#include <cmath>
#include <cstdlib>

#include "fuzz/fuzzer.h"
#include "readers/array_files.h"
#include "readers/byte_source.h"

namespace {

namespace fs = std::filesystem;
using namespace regrow;

/// What every reader promises of what it accepts.
void check(const RawSamples& samples) {
  const std::size_t values = samples.samples * samples.shape.features();
  if (samples.samples == 0 || values == 0) std::abort();
  if (const auto* bytes = std::get_if<ByteFeatures>(&samples.features)) {
    if (bytes->size() != values) std::abort();
  } else {
    const auto& floats = std::get<FloatFeatures>(samples.features);
    if (floats.size() != values) std::abort();
    for (const float value : floats) {
      if (!std::isfinite(value)) std::abort();
    }
  }
  if (const auto* texts = std::get_if<TextAnswers>(&samples.answers)) {
    if (texts->ids.size() != samples.samples) std::abort();
    for (const std::uint32_t id : texts->ids) {
      if (texts->names.at(id).empty()) std::abort();
    }
  } else if (const auto* numbers = std::get_if<NumberAnswers>(&samples.answers)) {
    if (numbers->values.size() != samples.samples * numbers->outputs) std::abort();
    for (const double value : numbers->values) {
      if (!std::isfinite(value)) std::abort();
    }
  }
}

void add_member(zip_t* archive, const char* name, std::string_view bytes) {
  zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  if (zip_file_add(archive, name, source, 0) < 0) std::abort();
}

RawData read_choice(unsigned choice, std::string_view labels, std::string_view samples,
                    const ReadRequest& request) {
  const fs::path root = fuzz::folder() / "npz";
  fs::remove_all(root);
  fs::create_directories(root);
  const fs::path archive = root / "data.npz", file = root / "x.npy";
  switch (choice) {
    case 0:
      fuzz::put(root / "y.npy", labels);
      fuzz::put(file, samples);
      return read_array_folder(root, request);
    case 2: {
      fuzz::put(file, samples);
      ByteSource source(file.string());
      return read_npy(source, request);
    }
    case 3: {
      zip_t* zip = zip_open(archive.c_str(), ZIP_CREATE, nullptr);
      add_member(zip, "x.npy", samples);
      add_member(zip, "y.npy", labels);
      if (zip_close(zip) != 0) std::abort();
      break;
    }
    default:
      fuzz::put(archive, samples);
      break;
  }
  ByteSource source(archive.string());
  return read_npz(source, request);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const unsigned choice = choices & 3;
  const bool has_labels = choice == 0 || choice == 3;
  const std::string_view labels = has_labels ? pieces.piece() : "", samples = pieces.rest();
  TrainedOn known;
  known.shape = {1, 1, 2};
  ReadRequest request;
  if ((choices & 4) != 0) {
    request.known = &known;
    request.labels = LabelsWanted::kIfThere;
  }
  if ((choices & 8) != 0) request.label = "-1";
  fuzz::accept_or_refuse([&] {
    const RawData read = read_choice(choice, labels, samples, request);
    check(read.train);
    if (read.test) check(*read.test);
    if (request.known != nullptr && read.train.shape != known.shape) std::abort();
  });
  return 0;
}
