// A network as a file of NumPy arrays (.npz: a ZIP archive of .npy files, stored as they are), its
// sparse layers in compressed rows, which SciPy's csr_array takes.
//
// For layer I, counted from 0:
//   I.weight                                     dense: float32 [outputs, inputs]
//   I.weight.data, .indices, .indptr, .shape     sparse: float32, and int32 where that holds all
//                                                of them, else int64; shape: int64 [2]
//   I.bias                                       float32 [outputs]
//   I.slope                                      of leaky_relu, relu and all_relu: float32, z is
//                                                multiplied by it where it is not above 0
//   I.t_left, I.a_left, I.t_right, I.a_right     of srelu: float32 [outputs]
// Of all: activations (names, [hidden layers]), class_names, predicts, image_shape (int64: height,
// width, channels), input_order, dataset, method, regrow; of a table columns (JSON); and where the
// standardisation is kept apart mean and deviation, float64 [features].
#pragma once

#include <cstdint>
#include <string>

#include "export/exported_network.h"

namespace regrow {

/// Of the file, about and not less.
std::uint64_t npz_bytes(const ExportedNetwork& network);

/// The file's bytes; equal networks have equal ones. Throws Error whose text says what is wrong and
/// what to do, for the caller to put the file before it.
std::string npz_file(const ExportedNetwork& network);

}  // namespace regrow
