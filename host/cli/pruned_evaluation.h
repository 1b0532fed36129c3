// What is left of a network's accuracy where its weakest connections are deleted and nothing is
// trained again.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/table/text_table.h"
#include "regrow/backend.h"
#include "regrow/network_state.h"

namespace regrow {

struct PrunedEvaluation {
  std::int64_t share_millionths = 0;
  std::uint64_t connections = 0;  // of the hidden layers
  LossSums sums = {};
};

/// Shares that a list such as "0.1,0.3" names, in its order, in millionths: each above 0 and below
/// 1, with at most six digits after the point, and none twice. Throws UsageError.
std::vector<std::int64_t> prune_shares(const std::string& list);

/// The network with the share closest to zero of each sign of each hidden layer deleted, counted
/// and dropped as --drop per_sign does, every zero with them. Its hidden layers are sparse, see
/// make_hidden_layers_sparse().
PrunedEvaluation evaluate_pruned(Backend& backend, const NetworkState& network,
                                 std::int64_t share_millionths, Split split);

/// A row for each, with its differences to the first, which is of share 0. has_labels: else there
/// is no accuracy.
TextTable pruned_table(std::span<const PrunedEvaluation> all, bool has_labels);
nlohmann::ordered_json pruned_json(std::span<const PrunedEvaluation> all, bool has_labels);

}  // namespace regrow
