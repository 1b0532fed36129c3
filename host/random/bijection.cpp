// Keys and tables of the keyed permutation; its evaluation is in the header, where kernels reach
// it.
#include "regrow/bijection.h"

#include <algorithm>
#include <bit>
#include <span>

#include "regrow/error.h"

namespace regrow {
namespace {

// Word pairs of consecutive blocks as 64-bit keys: two keys a block.
std::uint64_t key_of(const PhiloxBlock& block, std::uint64_t half) {
  return std::uint64_t{block[2 * half]} | std::uint64_t{block[2 * half + 1]} << 32;
}

std::vector<std::uint32_t> sorted_by_random_key(std::span<const std::uint64_t> keys) {
  std::vector<std::uint32_t> order(keys.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [keys](std::uint32_t a, std::uint32_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : a < b;
  });
  return order;
}

}  // namespace

Bijection::Bijection(std::uint64_t size, std::uint64_t seed, Purpose purpose, std::uint32_t layer,
                     std::uint32_t time, std::uint32_t variant) {
  REGROW_CHECK(size < std::uint64_t{1} << 62, "a permutation this large is not supported");
  const auto block = [&](std::uint64_t number) {
    return random_block(seed, purpose, layer, time, number | std::uint64_t{variant} << 32);
  };
  feistel_.size = size;
  if (is_small()) {
    std::vector<std::uint64_t> keys(size);
    for (std::uint64_t i = 0; i < size; ++i) keys[i] = key_of(block(i / 2), i % 2);
    table_ = sorted_by_random_key(keys);
    return;
  }
  // The smallest even number of bits that holds size − 1: at most four encryptions a value
  // expected.
  feistel_.half_bits = static_cast<std::uint32_t>((std::bit_width(size - 1) + 1) / 2);
  for (std::uint32_t round = 0; round < FeistelNetwork::kRounds; ++round) {
    feistel_.round_keys[round] = block(round / 4)[round % 4];
  }
}

}  // namespace regrow
