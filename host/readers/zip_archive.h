// A ZIP archive of arrays, as numpy.savez writes it, by libzip: members are stored or deflated, the
// archive may be longer than 4 GiB (zip64).
#pragma once

#include <zip.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "readers/byte_source.h"
#include "readers/npy_array.h"

namespace regrow {

class ZipArchive {
 public:
  /// `source` at its beginning. Throws Error where it is no ZIP archive or its directory is
  /// damaged.
  explicit ZipArchive(ByteSource& source);

  const std::string& name() const { return name_; }
  /// Of the members, in their order; what only names a folder is none.
  const std::vector<std::string>& members() const { return members_; }
  /// Throws Error where the member is encrypted, compressed by another method, or says that it is
  /// longer than its compressed bytes can be.
  std::unique_ptr<ArrayBytes> open(std::size_t member) const;

 private:
  struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };

  std::string name_;
  std::uint64_t bytes_ = 0;           // of the archive
  std::vector<std::uint8_t> buffer_;  // all of it, where it is no file on the disk
  std::unique_ptr<zip_t, Discard> archive_;
  std::vector<std::string> members_;
  std::vector<std::uint64_t> indices_;  // [members], libzip's
};

}  // namespace regrow
