// Checkpoints. The mutator sets the header's length and the checksum right in most cases, so that
// what lies behind them is reached. A checkpoint that is accepted can be written again.
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "fuzz/fuzzer.h"
#include "regrow/checkpoint.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  const auto path = fuzz::folder() / "c.safetensors";
  fuzz::put(path, std::string_view(reinterpret_cast<const char*>(data), size));
  fuzz::accept_or_refuse([&] {
    const Checkpoint checkpoint = read_checkpoint(path);
    write_checkpoint(fuzz::folder() / "again.safetensors", checkpoint);
  });
  return 0;
}

#ifdef REGROW_FUZZ
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kChecksumBytes = 4;

std::uint64_t header_bytes(const std::uint8_t* data) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, data, kLengthBytes);
  return bytes;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max);

/// One of: the header alone; what follows it alone, its size kept; anything, and no repair.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max, unsigned seed) {
  const bool is_whole = size > kLengthBytes + kChecksumBytes &&
                        header_bytes(data) <= size - kLengthBytes - kChecksumBytes;
  if (!is_whole || seed % 8 == 0) return LLVMFuzzerMutate(data, size, max);
  const std::size_t tail_begin = kLengthBytes + header_bytes(data);
  if (seed % 8 < 6) {
    std::vector<std::uint8_t> tail(data + tail_begin, data + size);
    const std::uint64_t header = LLVMFuzzerMutate(data + kLengthBytes, tail_begin - kLengthBytes,
                                                  max - kLengthBytes - tail.size());
    std::memcpy(data, &header, kLengthBytes);
    std::copy(tail.begin(), tail.end(), data + kLengthBytes + header);
    size = kLengthBytes + header + tail.size();
  } else if (size > tail_begin + kChecksumBytes) {
    const std::size_t room = size - tail_begin - kChecksumBytes;
    LLVMFuzzerMutate(data + tail_begin, room, room);
  }
  const auto checksum = static_cast<std::uint32_t>(crc32_z(0, data, size - kChecksumBytes));
  std::memcpy(data + size - kChecksumBytes, &checksum, kChecksumBytes);
  return size;
}
#endif
