// By libzip, which also knows when sizes need 64 bits.
#include "export/zip_writer.h"

#include <fmt/format.h>
#include <zip.h>

#include <new>
#include <utility>

#include "regrow/error.h"

namespace regrow {
namespace {

/// All of it is in memory, so that little else than memory can be wanting.
[[noreturn]] void fail(zip_error_t* error) {
  if (zip_error_code_zip(error) == ZIP_ER_MEMORY) throw std::bad_alloc();
  throw Error(
      fmt::format("libzip made no archive: {}; give another --format", zip_error_strerror(error)));
}

}  // namespace

ZipWriter::ZipWriter() {
  zip_error_t error;
  zip_error_init(&error);
  bytes_ = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (bytes_ == nullptr) fail(&error);
  archive_ = zip_open_from_source(bytes_, ZIP_TRUNCATE, &error);
  if (archive_ == nullptr) {
    zip_source_free(bytes_);
    fail(&error);
  }
  zip_source_keep(bytes_);  // beyond the archive's end
}

ZipWriter::~ZipWriter() {
  if (archive_ != nullptr) zip_discard(archive_);
  zip_source_free(bytes_);
}

void ZipWriter::add(const std::string& name, std::string content) {
  constexpr zip_uint16_t kMidnight = 0, kFirstDay = (1U << 5) | 1U;
  const std::string& kept = contents_.emplace_back(std::move(content));
  zip_source_t* const source = zip_source_buffer(archive_, kept.data(), kept.size(), 0);
  if (source == nullptr) fail(zip_get_error(archive_));
  const zip_int64_t index = zip_file_add(archive_, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail(zip_get_error(archive_));
  }
  const auto entry = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(archive_, entry, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive_, entry, kMidnight, kFirstDay, 0) != 0) {
    fail(zip_get_error(archive_));
  }
}

std::string ZipWriter::file() && {
  if (zip_close(archive_) != 0) fail(zip_get_error(archive_));
  archive_ = nullptr;
  contents_.clear();
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_open(bytes_) != 0) fail(zip_source_error(bytes_));
  if (zip_source_stat(bytes_, &stat) != 0) fail(zip_source_error(bytes_));
  std::string text(stat.size, '\0');
  const zip_int64_t read = zip_source_read(bytes_, text.data(), text.size());
  if (read < 0) fail(zip_source_error(bytes_));
  REGROW_CHECK(static_cast<zip_uint64_t>(read) == text.size(), "the whole archive is read");
  zip_source_close(bytes_);
  return text;
}

}  // namespace regrow
