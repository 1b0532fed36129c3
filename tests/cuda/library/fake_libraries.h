// What a test tells the stand-ins for cuSPARSE and cuBLAS, and asks of them.
#pragma once

#include <string>

namespace regrow::fake {

/// The call that fails ("cusparseSpMM"), or "".
extern std::string failing_call;
/// Handles and descriptors not yet destroyed.
extern int live_objects;

}  // namespace regrow::fake
