// The MNIST family's files. An input is a byte of choices, the training labels, then the training
// images; the test set is sound. Choices: 1: gzipped here, so that the checksums are right; 2:
// taken for gzipped files, though they may be anything; 4: under EMNIST's names; 8: with a point in
// them; 16: in a folder of torchvision's. What is accepted is trained on.
#include <zlib.h>

#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"
#include "regrow/dataset.h"
#include "regrow/load_dataset.h"

namespace {

namespace fs = std::filesystem;

fs::path root() { return regrow::fuzz::folder() / "idx"; }

void put_idx(std::string name, std::string_view bytes, unsigned choices) {
  if ((choices & 4) != 0) name.insert(0, "emnist-letters-");
  if ((choices & 8) != 0) name.at(name.find("-idx")) = '.';
  const fs::path folder = (choices & 16) != 0 ? root() / "MNIST" / "raw" : root();
  fs::create_directories(folder);
  const fs::path plain = folder / name, zipped = plain.string() + ".gz";
  if ((choices & 1) != 0) {
    gzFile file = gzopen(zipped.c_str(), "wb1");
    if (!bytes.empty()) gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
  } else {
    regrow::fuzz::put((choices & 2) != 0 ? zipped : plain, bytes);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::string_view_literals;
  regrow::fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte(), places = choices & ~3U;
  fs::remove_all(root());
  put_idx("train-labels-idx1-ubyte", pieces.piece(), choices);
  put_idx("train-images-idx3-ubyte", pieces.rest(), choices);
  put_idx("t10k-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x01\x07"sv, places);
  put_idx("t10k-images-idx3-ubyte",
          "\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02"
          "abcd"sv,
          places);
  regrow::fuzz::accept_or_refuse(
      [] { regrow::fuzz::train_one_batch_of(regrow::load_idx("mnist", root().string())); });
  return 0;
}
