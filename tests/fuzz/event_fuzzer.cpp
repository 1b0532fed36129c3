// Event files that a run goes on with: records whose frames are right, with any payloads in them,
// and then any bytes. What stays is a beginning of the file, and what is appended is read back.
#include "fuzz/fuzzer.h"
#include "io/event_file.h"
#include "io/tf_record.h"
#include "regrow/run_folder.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace regrow;
  fuzz::Pieces pieces(data, size);
  const std::uint32_t first_step = pieces.byte();
  std::string before;
  for (unsigned records = pieces.byte() % 8; records > 0; --records) {
    before += tf_record(pieces.piece());
  }
  before += pieces.rest();
  const std::filesystem::path path = fuzz::folder() / kEventFileName;
  fuzz::put(path, before);
  std::uintmax_t bytes = 0;
  {
    EventFile file(AppendFile(path), first_step, 1);
    const std::string kept = read_file(path);
    REGROW_CHECK(before.starts_with(kept) || !file.last_step(), "other events than there were");
    REGROW_CHECK(!file.last_step() || *file.last_step() < first_step, "a later event stays");
    file.append({.wall_time = 2, .step = first_step, .scalars = {{"loss", 0.5}}});
    bytes = std::filesystem::file_size(path);
  }
  const EventFile again(AppendFile(path), first_step + 1, 3);
  REGROW_CHECK(again.last_step() == first_step && std::filesystem::file_size(path) == bytes,
               "an event that was appended is lost");
  return 0;
}
