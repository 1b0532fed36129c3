// Folders of images as samples, of which the folder that an image lies in is the class.
#pragma once

#include <filesystem>

#include "readers/raw_samples.h"

namespace regrow {

/// PNG and JPEG images in FOLDER/CLASS, or in FOLDER/train/CLASS and FOLDER/test/CLASS; folders
/// within those of classes are looked into, too. In the order of the classes' names, then of the
/// files'. The samples are grey where all images are, else red, green and blue. Images must be of
/// one size unless request.image_size scales them; those of a request of unseen samples must have
/// the size that the network knows, to which they are scaled where image_size is set, and may also
/// lie in no folders of classes, or be one file, and then have no labels. Hidden files and what are
/// no images are passed over, with a note. Throws Error naming the file or the folder and the
/// remedy.
RawData read_images(const std::filesystem::path& path, const ReadRequest& request);

}  // namespace regrow
