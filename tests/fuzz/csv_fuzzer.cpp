// Tables of text. An input is a byte of choices, a table to train on, with its length, then one of
// unseen samples, which is read if the first one was. Choices: 1: tabs; 2: the label is the last
// column; 4: it is called x; 8: the unseen samples need labels.
#include "fuzz/fuzzer.h"
#include "fuzz/raw_data.h"
#include "readers/csv.h"

namespace {

regrow::RawData read_table(std::string_view text, char separator,
                           const regrow::ReadRequest& request) {
  const auto path = regrow::fuzz::folder() / "table";
  regrow::fuzz::put(path, text);
  regrow::ByteSource source(path.string(), regrow::Passes::kMany);
  regrow::RawData data = regrow::read_csv(source, separator, request);
  regrow::fuzz::require_sound(data.train);
  return data;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  regrow::fuzz::Pieces pieces(data, size);
  const unsigned choices = pieces.byte();
  const char separator = (choices & 1) != 0 ? '\t' : ',';
  const std::string_view training = pieces.piece(), unseen = pieces.rest();
  regrow::ReadRequest request;
  if ((choices & 2) != 0) request.label = "-1";
  if ((choices & 4) != 0) request.label = "x";
  regrow::fuzz::accept_or_refuse([&] {
    const regrow::RawData table = read_table(training, separator, request);
    const regrow::TrainedOn known = regrow::fuzz::remembered(table);
    request.known = &known;
    if ((choices & 8) == 0) request.labels = regrow::LabelsWanted::kIfThere;
    const regrow::RawData more = read_table(unseen, separator, request);
    regrow::fuzz::require(more.train.schema == known.schema && more.train.shape == known.shape);
  });
  return 0;
}
