// Images. An input is a byte of choices, then a PNG or JPEG file, which lies beside a sound one.
// Choices: 1: all are scaled; 2: it is an unseen one, alone, and scaled to what a network knows.
#include <cstdlib>

#include "fuzz/fuzzer.h"
#include "readers/image_folder.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  using namespace std::string_view_literals;
  // One grey pixel.
  constexpr auto kSound =
      "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55"
      "\0\0\0\x0aIDAT\x78\xda\x63\x60\0\0\0\x02\0\x01\xe5\x27\xde\xfc"
      "\0\0\0\0IEND\xae\x42\x60\x82"sv;
  fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const auto root = fuzz::folder() / "image";
  std::filesystem::remove_all(root);
  std::filesystem::create_directories(root / "a");
  std::filesystem::create_directories(root / "b");
  fuzz::put(root / "a" / "sound.png", kSound);
  static const RawData sound = read_images(root, {});  // or an Error that ends the program
  const auto file = root / "b" / "image.jpg";
  fuzz::put(file, pieces.rest());
  TrainedOn known;
  known.shape = {3, 5, 4};
  ReadRequest request;
  if ((choices & 1) != 0) request.image_size = {3, 7};
  if ((choices & 2) != 0) {
    request.known = &known;
    request.image_size = {5, 4};
    request.labels = LabelsWanted::kIfThere;
  }
  fuzz::accept_or_refuse([&] {
    const RawSamples read = read_images((choices & 2) != 0 ? file : root, request).train;
    const bool is_whole =
        std::get<ByteFeatures>(read.features).size() == read.samples * read.shape.features();
    if (!is_whole || read.samples != ((choices & 2) != 0 ? 1U : 2U)) std::abort();
    if ((choices & 2) != 0 && read.shape != known.shape) std::abort();
  });
  return 0;
}
