// Writes a safetensors file tensor by tensor, its checksum computed on the way.
#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <type_traits>
#include <utility>

#include "io/atomic_file.h"
#include "io/safetensors.h"
#include "regrow/error.h"
#include "regrow/file_prefix.h"

namespace regrow {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");

constexpr std::size_t kChunkValues = 16384;

class ChecksummedFile {
 public:
  ChecksummedFile(std::shared_ptr<const Folder> folder, const std::string& name)
      : file_(std::move(folder), name) {}

  void write(std::span<const std::byte> bytes) {
    written_ = extended(written_, bytes);
    file_.write(bytes);
  }

  void finish() {
    file_.write(std::as_bytes(std::span(&written_.crc32, 1)));
    file_.commit();
  }

 private:
  AtomicFile file_;
  FilePrefix written_;
};

void write_as_floats(ChecksummedFile& file, std::span<const double> values) {
  std::vector<float> chunk;
  while (!values.empty()) {
    const auto part = values.first(std::min(kChunkValues, values.size()));
    chunk.clear();
    for (const double value : part) {
      chunk.push_back(static_cast<float>(value));
      REGROW_CHECK(static_cast<double>(chunk.back()) == value,
                   "a float32 network holds a value that is not a float");
    }
    file.write(std::as_bytes(std::span<const float>(chunk)));
    values = values.subspan(part.size());
  }
}

void write_tensor(ChecksummedFile& file, const TensorView& tensor) {
  std::visit(
      [&](auto values) {
        const std::uint64_t count = std::accumulate(tensor.shape.begin(), tensor.shape.end(),
                                                    std::uint64_t{1}, std::multiplies<>());
        REGROW_CHECK(values.size() == count, "shape of tensor " + tensor.name);
        if constexpr (std::is_same_v<decltype(values), std::span<const double>>) {
          if (tensor.dtype == Dtype::kF32) return write_as_floats(file, values);
          REGROW_CHECK(tensor.dtype == Dtype::kF64, "type of tensor " + tensor.name);
        } else {
          REGROW_CHECK(tensor.dtype == Dtype::kU64, "type of tensor " + tensor.name);
        }
        file.write(std::as_bytes(values));
      },
      tensor.values);
}

TensorInfo place(std::string name, Dtype dtype, std::vector<std::uint64_t> shape,
                 std::uint64_t begin_bytes) {
  const std::uint64_t bytes =
      std::accumulate(shape.begin(), shape.end(), item_bytes(dtype), std::multiplies<>());
  return {std::move(name), dtype, std::move(shape), begin_bytes, begin_bytes + bytes};
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const Metadata& metadata,
                       std::span<const TensorView> tensors) {
  write_safetensors(folder_to_write(path), name_in_folder(path), metadata, tensors);
}

void write_safetensors(std::shared_ptr<const Folder> folder, const std::string& name,
                       const Metadata& metadata, std::span<const TensorView> tensors) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const TensorView* a, const TensorView* b) {
    return item_bytes(a->dtype) > item_bytes(b->dtype);
  });

  SafetensorsHeader header;
  header.metadata = metadata;
  std::uint64_t end_bytes = 0;
  for (const TensorView* tensor : order) {
    header.tensors.push_back(place(tensor->name, tensor->dtype, tensor->shape, end_bytes));
    end_bytes = header.tensors.back().end_bytes;
  }
  header.tensors.push_back(place("checksum", Dtype::kU32, {1}, end_bytes));

  const std::string header_text = header_to_json(header);
  const std::uint64_t json_bytes = header_text.size();
  REGROW_CHECK(json_bytes <= kMaxHeaderBytes, "a safetensors header larger than readers accept");
  ChecksummedFile file(std::move(folder), name);
  file.write(std::as_bytes(std::span(&json_bytes, 1)));
  file.write(std::as_bytes(std::span(header_text)));
  for (const TensorView* tensor : order) write_tensor(file, *tensor);
  file.finish();
}

}  // namespace regrow
