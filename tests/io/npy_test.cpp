// Arrays in NumPy's format, byte by byte.
#include "io/npy.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace regrow {
namespace {

TEST(NpyFile, HasTheHeaderThatNumPyWrites) {
  const std::vector<std::int64_t> values = {1, -1};
  const std::string file = npy_file(values, std::array<std::uint64_t, 1>{2});
  ASSERT_EQ(file.size(), 128U + 16);
  EXPECT_EQ(file.substr(0, 10), std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  EXPECT_EQ(file.substr(10, 57), "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }");
  EXPECT_EQ(file.substr(67, 61), std::string(60, ' ') + "\n");
  EXPECT_EQ(file.substr(128),
            std::string("\x01\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 16));
}

TEST(NpyFile, OfFloatsInRows) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const std::string file = npy_file(values, std::array<std::uint64_t, 2>{3, 2});
  EXPECT_NE(file.find("'<f4'"), std::string::npos);
  EXPECT_NE(file.find("'shape': (3,2,)"), std::string::npos);
  EXPECT_EQ(file.size() % 64, 24U);
}

}  // namespace
}  // namespace regrow
