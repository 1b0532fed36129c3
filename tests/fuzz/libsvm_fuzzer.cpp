// LIBSVM's format. An input is a byte of choices, samples to train on, with their length, then
// unseen ones, which are read if the first were. Choices: 1: of 9 features; 2: the unseen samples
// need labels.
#include "fuzz/fuzzer.h"
#include "fuzz/raw_data.h"
#include "readers/libsvm.h"

namespace {

regrow::RawData read_samples(std::string_view text, const regrow::ReadRequest& request) {
  const auto path = regrow::fuzz::folder() / "samples";
  regrow::fuzz::put(path, text);
  regrow::ByteSource source(path.string());
  regrow::RawData data = regrow::read_libsvm(source, request);
  regrow::fuzz::require_sound(data.train);
  return data;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regrow::fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const std::string_view training = pieces.piece(), unseen = pieces.rest();
  regrow::ReadRequest request;
  if ((choices & 1) != 0) request.libsvm_features = 9;
  regrow::fuzz::accept_or_refuse([&] {
    const regrow::TrainedOn known = regrow::fuzz::remembered(read_samples(training, request));
    request.known = &known;
    if ((choices & 2) == 0) request.labels = regrow::LabelsWanted::kIfThere;
    const regrow::RawData more = read_samples(unseen, request);
    regrow::fuzz::require(more.train.schema == known.schema && more.train.shape == known.shape);
  });
  return 0;
}
