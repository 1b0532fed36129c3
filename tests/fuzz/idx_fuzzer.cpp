// The MNIST family's files. An input is a byte of choices, the training labels, then the training
// images; the test set is sound. Choices: 1: gzipped here, so that the checksums are right; 2:
// taken for gzipped files, though they may be anything. What is accepted is trained on.
#include <zlib.h>

#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"
#include "regrow/dataset.h"

namespace {

namespace fs = std::filesystem;

void put_idx(const std::string& name, std::string_view bytes, unsigned choices) {
  const fs::path plain = regrow::fuzz::folder() / name, zipped = plain.string() + ".gz";
  fs::remove(plain);
  fs::remove(zipped);
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
  const unsigned choices = pieces.byte();
  put_idx("train-labels-idx1-ubyte", pieces.piece(), choices);
  put_idx("train-images-idx3-ubyte", pieces.rest(), choices);
  put_idx("t10k-labels-idx1-ubyte", "\0\0\x08\x01\0\0\0\x01\x07"sv, 0);
  put_idx("t10k-images-idx3-ubyte",
          "\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02"
          "abcd"sv,
          0);
  regrow::fuzz::accept_or_refuse([] {
    regrow::fuzz::train_one_batch_of(regrow::load_idx("mnist", regrow::fuzz::folder().string()));
  });
  return 0;
}
