// A user's own arrays as samples: NumPy's archives (.npz), files (.npy) and folders of such files.
// In an archive or a folder the names of the arrays say what they are: x and y; x_train, y_train,
// x_test, y_test; data and target; images and labels; and more, in any case, with "_" or without.
#pragma once

#include <filesystem>

#include "readers/byte_source.h"
#include "readers/raw_samples.h"

namespace regrow {

/// Of samples: [samples][features]; images [samples][rows][columns], or those with 1, 3 or 4
/// channels last or first. Of labels: [samples] or [samples][outputs] numbers, or [samples]
/// strings.
/// --label INDEX names a column of the samples as the label instead. Of a request of unseen samples
/// the test samples are read where there are training samples beside them.
/// Throw Error naming the array, the place and the remedy.
RawData read_npz(ByteSource& source, const ReadRequest& request);

/// `source`: a file of samples. Its labels are a column of it, or in a file beside it whose name
/// goes with its own: x_train.npy with y_train.npy, and with x_test.npy and y_test.npy, if there.
RawData read_npy(ByteSource& source, const ReadRequest& request);

RawData read_array_folder(const std::filesystem::path& folder, const ReadRequest& request);
/// Whether files of arrays lie in the folder whose names say that they are samples.
bool holds_arrays(const std::filesystem::path& folder);

}  // namespace regrow
