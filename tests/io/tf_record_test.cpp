// TFRecord framing, against published checksums and a record made by hand.
#include "io/tf_record.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>

namespace regrow {
namespace {

std::string ascending_bytes() {
  std::string bytes(32, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

TEST(Crc32c, HasThePublishedValues) {
  EXPECT_EQ(crc32c(""), 0U);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  // RFC 3720, B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(ascending_bytes()), 0x46DD794EU);
}

TEST(TfRecord, IsLengthItsChecksumPayloadAndItsChecksum) {
  const std::string record = tf_record("123456789");
  ASSERT_EQ(record.size(), 9 + kTfFrameBytes);
  EXPECT_EQ(record.substr(0, 8), std::string("\x09\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 9), "123456789");
  // The checksum above, 0xE3069283, rotated right by 15 bits is 0x2507C60D; plus 0xA282EAD8:
  EXPECT_EQ(record.substr(21), "\xE5\xB0\x8A\xC7");
}

TEST(TfRecord, ReadsTheFirstOfSeveral) {
  const std::string bytes = tf_record("first") + tf_record("") + "rest";
  EXPECT_EQ(first_tf_payload(bytes), "first");
  EXPECT_EQ(first_tf_payload(std::string_view(bytes).substr(5 + kTfFrameBytes)), "");
}

TEST(TfRecord, RefusesOneThatIsCutOffAnywhere) {
  const std::string record = tf_record("a payload");
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(first_tf_payload(record.substr(0, size))) << size;
  }
}

TEST(TfRecord, RefusesOneWithAnyBitFlipped) {
  const std::string record = tf_record("a payload");
  for (std::size_t bit = 0; bit < 8 * record.size(); ++bit) {
    std::string damaged = record + "more bytes, so that a longer length is not beyond the end";
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(first_tf_payload(damaged)) << bit;
  }
}

RC_GTEST_PROP(TfRecord, ReadsBackAnyPayload, (const std::string& payload)) {
  const std::string record = tf_record(payload);
  RC_ASSERT(record.size() == payload.size() + kTfFrameBytes);
  RC_ASSERT(first_tf_payload(record) == std::optional<std::string_view>(payload));
}

RC_GTEST_PROP(TfRecord, TakesAnyBytesWithoutHarm, (const std::string& bytes)) {
  const auto payload = first_tf_payload(bytes);
  if (payload) RC_ASSERT(bytes.starts_with(tf_record(*payload)));
}

}  // namespace
}  // namespace regrow
