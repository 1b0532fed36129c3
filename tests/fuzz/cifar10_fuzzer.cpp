// CIFAR-10's files. An input is a byte of choices, the class names, then the first batch. Choices:
// 1: the batch as it is; otherwise it is padded to one record, since almost every file would be
// refused for its length alone; 2: the others are not there; 4: all lie in a folder below. What is
// accepted is trained on.
#include "data/cifar10.h"
#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"
#include "regrow/load_dataset.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const auto root = fuzz::folder() / "cifar10";
  std::filesystem::remove_all(root);
  const auto folder = (choices & 4) != 0 ? root / "a" / "b" : root;
  std::filesystem::create_directories(folder);
  fuzz::put(folder / "batches.meta.txt", pieces.piece());
  std::string batch(pieces.rest());
  if ((choices & 1) == 0 && batch.size() < kCifar10RecordBytes) batch.resize(kCifar10RecordBytes);
  fuzz::put(folder / "data_batch_1.bin", batch);
  const std::string sound(kCifar10RecordBytes, '\3');
  if ((choices & 2) == 0) {
    for (const char* name : {"2", "3", "4", "5"}) {
      fuzz::put(folder / (std::string("data_batch_") + name + ".bin"), sound);
    }
  }
  fuzz::put(folder / "test_batch.bin", sound);
  fuzz::accept_or_refuse([&] { fuzz::train_one_batch_of(load_cifar10(root.string())); });
  return 0;
}
