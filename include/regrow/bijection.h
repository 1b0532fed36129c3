// A keyed permutation of [0, size), evaluated at single points: sampling without replacement that
// needs no memory, no order and no rejection, and gives the same cells on every device.
// A balanced Feistel network on 2·⌈log2(size)/2⌉ bits, cycle-walked into the range (Black and
// Rogaway: Ciphers with arbitrary finite domains; CT-RSA 2002). Below kSmallSize, where a narrow
// Feistel network is a poor shuffle, the permutation is made by sorting random keys instead.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/philox.h"

namespace regrow {

/// Plain data, so that a kernel can take it by value (large sizes only, see `is_small`).
struct FeistelNetwork {
  static constexpr int kRounds = 8;
  std::uint64_t size = 0;
  std::uint32_t half_bits = 1;
  std::uint32_t round_keys[kRounds] = {};

  REGROW_HD constexpr std::uint64_t encrypt_once(std::uint64_t value) const {
    const std::uint64_t mask = (std::uint64_t{1} << half_bits) - 1;
    auto left = static_cast<std::uint32_t>(value >> half_bits);
    auto right = static_cast<std::uint32_t>(value & mask);
    for (const std::uint32_t key : round_keys) {
      const std::uint32_t next = left ^ (mix(right ^ key) & static_cast<std::uint32_t>(mask));
      left = right;
      right = next;
    }
    return std::uint64_t{left} << half_bits | right;
  }

  /// The image of `index` < size.
  REGROW_HD constexpr std::uint64_t operator()(std::uint64_t index) const {
    do {
      index = encrypt_once(index);
    } while (index >= size);
    return index;
  }

 private:
  // MurmurHash3's 32-bit finaliser (Appleby, public domain): full avalanche in five operations.
  REGROW_HD static constexpr std::uint32_t mix(std::uint32_t x) {
    x ^= x >> 16;
    x *= 0x85EBCA6BU;
    x ^= x >> 13;
    x *= 0xC2B2AE35U;
    return x ^ (x >> 16);
  }
};

class Bijection {
 public:
  static constexpr std::uint64_t kSmallSize = 1024;

  /// The permutation of [0, size) that belongs to (seed, purpose, layer, time, variant).
  /// `variant` tells several permutations of one purpose apart. size < 2^62.
  Bijection(std::uint64_t size, std::uint64_t seed, Purpose purpose, std::uint32_t layer,
            std::uint32_t time, std::uint32_t variant = 0);

  std::uint64_t operator()(std::uint64_t index) const {
    return is_small() ? table_[index] : feistel_(index);
  }
  std::uint64_t size() const { return feistel_.size; }
  bool is_small() const { return feistel_.size < kSmallSize; }
  const FeistelNetwork& feistel() const { return feistel_; }
  const std::vector<std::uint32_t>& table() const { return table_; }

 private:
  FeistelNetwork feistel_;
  std::vector<std::uint32_t> table_;  // [size], small sizes only
};

}  // namespace regrow
