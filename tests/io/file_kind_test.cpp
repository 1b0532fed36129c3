// Files of other kinds, by their first bytes.
#include "base/file_kind.h"

#include <gtest/gtest.h>

#include <string>

namespace regrow {
namespace {

/// As the archives of PyTorch and NumPy begin, and any other.
std::string zip_of(const std::string& first_file) {
  std::string head = "PK\x03\x04" + std::string(22, '\0');
  head += static_cast<char>(first_file.size());
  return head + std::string(3, '\0') + first_file + "content";
}

TEST(FileKind, KnowsWhatPeopleHaveInPlaceOfAFile) {
  using std::string_literals::operator""s;
  struct Case {
    std::string head;
    std::string name;
  };
  for (const auto& [head, name] : {
           Case{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
                "a git-lfs pointer"},
           Case{zip_of("a/b.txt"), "a ZIP archive"},
           Case{"PK\x03\x04", "a ZIP archive"},
           Case{zip_of("archive/data.pkl"), "a PyTorch file (.pt)"},
           Case{zip_of("x_train.npy"), "a NumPy archive (.npz)"},
           Case{"\x1f\x8b\x08", "gzipped"},
           Case{"\x80\x02\x8a\x0a"s, "a Python pickle, as PyTorch's older .pt files are, too"},
           Case{"\x80\x05\x95"s, "a Python pickle, as PyTorch's older .pt files are, too"},
           Case{"\x93NUMPY\x01", "a NumPy array (.npy)"},
           Case{"\x89HDF\r\n\x1a\n", "an HDF5 file"},
           Case{"PAR1", "a Parquet file"},
           Case{std::string(257, 'a') + "ustar", "a tar archive"},
           Case{"\xef\xbb\xbf \n<HTML>",
                "a web page, such as a server sends in place of a file that "
                "it does not give"},
           Case{"Not Found\n", "text that begins with `Not Found`"},
       }) {
    EXPECT_EQ(foreign_kind(head).name, name);
  }
}

TEST(FileKind, HasARemedyForWhatCanBePutRight) {
  EXPECT_EQ(foreign_kind("version https://git-lfs.github.com/spec/v1").remedy,
            "fetch the file itself with git lfs pull");
  EXPECT_EQ(foreign_kind(zip_of("a")).remedy, "unpack it first");
  EXPECT_EQ(foreign_kind("<html>").remedy, "");
}

TEST(FileKind, DoesNotGuess) {
  using std::string_literals::operator""s;
  for (const std::string& head : {""s, "P"s, "\0\0\x08\x03"s, "abc"s, "\x80\x01\x02"s, "\x80"s,
                                  std::string(512, '\0'), "text, then\0no text"s}) {
    EXPECT_EQ(foreign_kind(head).name, "") << head;
  }
}

}  // namespace
}  // namespace regrow
