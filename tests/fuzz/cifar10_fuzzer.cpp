// CIFAR-10's files of one record each. An input is the class names, then the first batch, padded
// to its size unless it is longer: almost every file would be refused for its length alone. What is
// accepted is trained on.
#include "data/cifar10.h"
#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const auto& folder = fuzz::folder();
  fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  fuzz::put(folder / "batches.meta.txt", pieces.piece());
  std::string batch(pieces.rest());
  if ((choices & 1) == 0 && batch.size() < kCifar10RecordBytes) batch.resize(kCifar10RecordBytes);
  fuzz::put(folder / "data_batch_1.bin", batch);
  static const bool others = [&] {
    const std::string sound(kCifar10RecordBytes, '\3');
    for (const char* name : {"2", "3", "4", "5"}) {
      fuzz::put(folder / (std::string("data_batch_") + name + ".bin"), sound);
    }
    fuzz::put(folder / "test_batch.bin", sound);
    return true;
  }();
  if (others)
    fuzz::accept_or_refuse([&] { fuzz::train_one_batch_of(read_cifar10(folder.string(), 1)); });
  return 0;
}
