// CIFAR-10's files, or CIFAR-100's. An input is a byte of choices, the class names, then the first
// batch. Choices: 1: the batch as it is; otherwise it is padded to one record, since almost every
// file would be refused for its length alone; 2: the others are not there; 4: all lie in a folder
// below; 8: CIFAR-100. What is accepted is trained on.
#include "fuzz/fuzzer.h"
#include "fuzz/one_batch.h"
#include "readers/cifar10.h"
#include "readers/cifar100.h"
#include "regrow/load_dataset.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const auto root = fuzz::folder() / "cifar10";
  std::filesystem::remove_all(root);
  const auto folder = (choices & 4) != 0 ? root / "a" / "b" : root;
  std::filesystem::create_directories(folder);
  const bool is_cifar100 = (choices & 8) != 0;
  const std::size_t record_bytes = is_cifar100 ? kCifar100RecordBytes : kCifar10RecordBytes;
  fuzz::put(folder / (is_cifar100 ? "fine_label_names.txt" : "batches.meta.txt"), pieces.piece());
  std::string batch(pieces.rest());
  if ((choices & 1) == 0 && batch.size() < record_bytes) batch.resize(record_bytes);
  fuzz::put(folder / (is_cifar100 ? "train.bin" : "data_batch_1.bin"), batch);
  const std::string sound(record_bytes, '\3');
  if ((choices & 2) == 0 && !is_cifar100) {
    for (const char* name : {"2", "3", "4", "5"}) {
      fuzz::put(folder / (std::string("data_batch_") + name + ".bin"), sound);
    }
  }
  fuzz::put(folder / (is_cifar100 ? "test.bin" : "test_batch.bin"), sound);
  fuzz::accept_or_refuse([&] {
    fuzz::train_one_batch_of(is_cifar100 ? load_cifar100(root.string())
                                         : load_cifar10(root.string()));
  });
  return 0;
}
