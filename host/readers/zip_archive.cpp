#include "readers/zip_archive.h"

#include <fmt/format.h>

#include <filesystem>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/read_failure.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr const char* kGetArchiveAgain = "get it again, or write it again with numpy.savez";
constexpr std::uint64_t kMostDeflated = 1032;  // bytes that a deflated one can stand for

struct ZipError : zip_error_t {
  ZipError() : zip_error_t() { zip_error_init(this); }
  ~ZipError() { zip_error_fini(this); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
};

/// What to say of an error of libzip's in the bytes of an archive.
std::string damage_of(int code, const char* otherwise) {
  switch (code) {
    case ZIP_ER_CRC:
      return "corrupt: the data do not have their checksum";
    case ZIP_ER_EOF:
      return "truncated: it ends before its data do";
    case ZIP_ER_ZLIB:
    case ZIP_ER_COMPRESSED_DATA:
    case ZIP_ER_INCONS:
    case ZIP_ER_NOZIP:
      return "corrupt: the compressed data are damaged";
    default:
      return fmt::format("cannot be read: {}", otherwise);
  }
}

std::string method_in_words(unsigned method) {
  switch (method) {
    case 9:
      return "deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "Zstandard";
    case 95:
      return "xz";
    default:
      return fmt::format("method {}", method);
  }
}

class ZipMember : public ArrayBytes {
 public:
  ZipMember(std::string name, std::uint64_t size, zip_file_t* file)
      : ArrayBytes(std::move(name), size), file_(file) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    const zip_int64_t got = zip_fread(file_.get(), out.data(), out.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    zip_error_t* error = zip_file_get_error(file_.get());
    throw Error(fmt::format("{}: {}; {}", name(),
                            damage_of(zip_error_code_zip(error), zip_error_strerror(error)),
                            kGetArchiveAgain));
  }

 private:
  struct Close {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
  };
  std::unique_ptr<zip_file_t, Close> file_;
};

}  // namespace

ZipArchive::ZipArchive(ByteSource& source) : name_(source.name()) {
  const bool begins_as_zip = source.head().starts_with("PK");
  ZipError error;
  zip_source_t* bytes = nullptr;
  if (source.is_plain_file()) {
    std::error_code unknown;
    bytes_ = std::filesystem::file_size(name_, unknown);
    if (unknown) fail_to_read(name_, unknown.value());
    bytes = zip_source_file_create(name_.c_str(), 0, -1, &error);
  } else {
    buffer_ = source.read_rest();
    bytes_ = buffer_.size();
    bytes = zip_source_buffer_create(buffer_.data(), buffer_.size(), 0, &error);
  }
  if (bytes != nullptr) {
    archive_.reset(zip_open_from_source(bytes, ZIP_RDONLY, &error));
    if (archive_ == nullptr) zip_source_free(bytes);
  }
  if (archive_ == nullptr) {
    if (zip_error_system_type(&error) == ZIP_ET_SYS) {
      fail_to_read(name_, zip_error_code_system(&error));
    }
    const int code = zip_error_code_zip(&error);
    if (code != ZIP_ER_NOZIP && code != ZIP_ER_INCONS) {
      source.fail(fmt::format("cannot be read: {}", zip_error_strerror(&error)), kGetArchiveAgain);
    }
    if (begins_as_zip) {
      source.fail(code == ZIP_ER_NOZIP
                      ? "truncated: the directory at the end of a ZIP archive is missing"
                      : "corrupt: the directory at its end is damaged",
                  kGetArchiveAgain);
    }
    source.fail_as_other_kind("a NumPy archive (.npz)", "is not a NumPy archive (.npz)",
                              kGetArchiveAgain);
  }
  const zip_int64_t count = zip_get_num_entries(archive_.get(), 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    const char* member = zip_get_name(archive_.get(), index, ZIP_FL_ENC_GUESS);
    if (member == nullptr) source.fail("corrupt: a member has no name", kGetArchiveAgain);
    if (std::string_view(member).ends_with('/')) continue;
    members_.emplace_back(member);
    indices_.push_back(index);
  }
}

std::unique_ptr<ArrayBytes> ZipArchive::open(std::size_t member) const {
  const std::string name = fmt::format("{}: {}", name_, members_.at(member));
  const auto fail = [&name](const std::string& problem, const char* remedy) {
    throw Error(fmt::format("{}: {}; {}", name, problem, remedy));
  };
  zip_stat_t stat;
  zip_stat_init(&stat);
  const zip_uint64_t index = indices_.at(member);
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive_.get(), index, 0, &stat) != 0 || (stat.valid & kNeeded) != kNeeded) {
    fail("corrupt: its entry in the archive is damaged", kGetArchiveAgain);
  }
  if (stat.encryption_method != ZIP_EM_NONE) {
    fail("is encrypted", "pack it again without a password");
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    fail(fmt::format("is compressed by {}; stored and deflated members are read",
                     method_in_words(stat.comp_method)),
         "write it again with numpy.savez or numpy.savez_compressed");
  }
  const std::uint64_t most =
      stat.comp_method == ZIP_CM_STORE ? stat.comp_size : stat.comp_size * kMostDeflated;
  if (stat.comp_size > bytes_ || stat.size > most) {
    fail(fmt::format("corrupt: it announces {} bytes, more than {} bytes of the archive can hold",
                     grouped(stat.size), grouped(std::min(stat.comp_size, bytes_))),
         kGetArchiveAgain);
  }
  zip_file_t* file = zip_fopen_index(archive_.get(), index, 0);
  if (file == nullptr) {
    zip_error_t* error = zip_get_error(archive_.get());
    fail(damage_of(zip_error_code_zip(error), zip_error_strerror(error)), kGetArchiveAgain);
  }
  return std::make_unique<ZipMember>(name, stat.size, file);
}

}  // namespace regrow
