// How many connections a sparse layer starts with: the Erdős–Rényi formula of SET (methods: a cell
// is a connection with probability min(1, ε(n_in + n_out)/(n_in·n_out))).
#pragma once

#include <cstdint>

#include "regrow/initial_network.h"

namespace regrow {

/// ε(n_in + n_out)/(n_in·n_out), not yet cut at 1.
double erdos_renyi_probability(double epsilon, std::uint32_t inputs, std::uint32_t outputs);

/// kBernoulli: one Binomial draw, the law of the sum over all cells; kExact: its mean, rounded.
/// All cells where the probability is 1 or more.
std::uint64_t erdos_renyi_count(SparseInit init, double epsilon, std::uint64_t seed,
                                std::uint32_t layer, std::uint32_t inputs, std::uint32_t outputs);

}  // namespace regrow
