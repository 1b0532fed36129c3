// Several tests at once: p values that hold for all of them together.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace regrow {

/// Holm's step-down correction: whatever of p[i] is at most α after it, the probability of one
/// false finding among all is at most α, however the tests depend on each other. Where there is no
/// p there was no test; it does not count.
std::vector<std::optional<double>> holm_corrected(std::span<const std::optional<double>> p);

}  // namespace regrow
