// All headers are read before the first image is decoded: memory is asked for once, and only where
// all images fit each other.
#include "readers/image_folder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/read_failure.h"
#include "base/utf8.h"
#include "readers/file_search.h"
#include "readers/image_file.h"
#include "readers/image_scale.h"
#include "regrow/error.h"
#include "system/available_memory.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostImageLevels = 8;  // below a class

/// Folders, each once, whatever links lead to it; those above the root are none of it.
class SeenFolders {
 public:
  explicit SeenFolders(const fs::path& root) {
    std::error_code unknown;
    for (fs::path above = fs::canonical(root, unknown); above.has_relative_path();) {
      above = above.parent_path();
      add(above);
    }
    add(root);
  }

  bool add(const fs::path& folder) {
    struct stat status = {};
    return ::stat(folder.c_str(), &status) == 0 &&
           seen_.emplace(status.st_dev, status.st_ino).second;
  }

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
};

/// Of a folder: what is not hidden, by name.
struct FolderEntries {
  std::vector<fs::path> folders;
  std::vector<fs::path> images;
  std::vector<fs::path> others;
};

FolderEntries entries_of(const fs::path& folder) {
  FolderEntries entries;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().native().starts_with('.')) continue;
    std::error_code unknown;  // of a link that leads nowhere, for instance
    if (entry->is_directory(unknown)) {
      entries.folders.push_back(path);
    } else if (is_image_name(path)) {
      entries.images.push_back(path);
    } else {
      entries.others.push_back(path);
    }
  }
  if (error) fail_to_read(folder, error.value());
  for (auto* paths : {&entries.folders, &entries.images, &entries.others}) {
    std::sort(paths->begin(), paths->end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  }
  return entries;
}

struct ImageClass {
  std::string name;
  std::vector<fs::path> images;
};

/// The images of one part, and what lies beside them.
struct ImagePart {
  fs::path folder;
  std::vector<ImageClass> classes;   // with images
  std::vector<fs::path> loose;       // images in no folder of a class
  std::vector<std::string> empty{};  // folders of classes without images
  std::vector<fs::path> others{};    // neither images nor folders

  std::size_t images() const {
    std::size_t count = 0;
    for (const ImageClass& one : classes) count += one.images.size();
    return count;
  }
};

void collect_images(const fs::path& folder, std::size_t level, SeenFolders& seen,
                    std::vector<fs::path>& images, std::vector<fs::path>& others) {
  FolderEntries entries = entries_of(folder);
  images.insert(images.end(), entries.images.begin(), entries.images.end());
  others.insert(others.end(), entries.others.begin(), entries.others.end());
  if (level == kMostImageLevels) return;
  for (const fs::path& below : entries.folders) {
    if (seen.add(below)) collect_images(below, level + 1, seen, images, others);
  }
}

ImagePart find_part(const fs::path& folder, SeenFolders& seen) {
  FolderEntries entries = entries_of(folder);
  ImagePart part{folder, {}, std::move(entries.images)};
  part.others = std::move(entries.others);
  // Before the first of them is looked into: a link from one class to another makes no image of it.
  std::erase_if(entries.folders, [&](const fs::path& below) { return !seen.add(below); });
  for (const fs::path& below : entries.folders) {
    ImageClass one{below.filename().string(), {}};
    collect_images(below, 0, seen, one.images, part.others);
    if (one.images.empty()) {
      part.empty.push_back(one.name);
      continue;
    }
    if (!is_utf8(one.name)) {
      throw Error(fmt::format("{}: the folder's name, which is the class, is no UTF-8; rename it",
                              below.string()));
    }
    std::sort(one.images.begin(), one.images.end(),
              [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
    part.classes.push_back(std::move(one));
  }
  return part;
}

struct ImageTree {
  ImagePart train;  // or all
  std::optional<ImagePart> test;
  std::vector<fs::path> unread{};  // folders beside train and test
};

bool is_folder(const fs::path& path) {
  std::error_code unknown;
  return fs::is_directory(path, unknown);
}

/// A folder `train` with folders in it has the classes; else it is one itself.
ImageTree find_tree(const fs::path& root) {
  SeenFolders seen(root);
  const fs::path train = root / "train", test = root / "test";
  if (!is_folder(train) || entries_of(train).folders.empty()) return {find_part(root, seen), {}};
  ImageTree tree;
  seen.add(train);
  const bool has_test = is_folder(test) && seen.add(test);
  tree.train = find_part(train, seen);
  if (has_test) tree.test = find_part(test, seen);
  for (const fs::path& folder : entries_of(root).folders) {
    if (folder != train && folder != test) tree.unread.push_back(folder);
  }
  return tree;
}

void note_what_is_unread(const ImagePart& part, std::vector<std::string>& notes) {
  const auto place = part.folder.string();
  if (!part.loose.empty()) {
    notes.push_back(
        fmt::format("{}: {} image{} in no folder of a class {} not read, {} for instance", place,
                    grouped(part.loose.size()), part.loose.size() == 1 ? "" : "s",
                    part.loose.size() == 1 ? "is" : "are", part.loose.front().filename().string()));
  }
  if (!part.others.empty()) {
    notes.push_back(
        fmt::format("{}: {} file{} not called as PNG or JPEG images {} not read, {} for instance",
                    place, grouped(part.others.size()), part.others.size() == 1 ? "" : "s",
                    part.others.size() == 1 ? "is" : "are",
                    part.others.front().lexically_relative(part.folder).string()));
  }
  if (!part.empty.empty()) {
    notes.push_back(fmt::format("{}: {} folder{} without images {} no class, {} for instance",
                                place, grouped(part.empty.size()),
                                part.empty.size() == 1 ? "" : "s",
                                part.empty.size() == 1 ? "is" : "are", part.empty.front()));
  }
}

[[noreturn]] void fail_without_classes(const ImagePart& part) {
  throw Error(fmt::format(
      "{}: {}; put the PNG or JPEG images of every class into a folder that is called as the class",
      part.folder.string(),
      part.loose.empty()
          ? "holds no images in folders of classes"
          : fmt::format("its {} images, {} for instance, lie in no folders of classes",
                        grouped(part.loose.size()), part.loose.front().filename().string())));
}

/// Images in the order in which they become samples, with the class of each, if they have one.
struct ImageList {
  std::vector<fs::path> files;
  TextAnswers classes;
  bool has_classes = true;
};

ImageList labelled_list(ImagePart part) {
  ImageList list;
  for (ImageClass& one : part.classes) {
    const auto id = static_cast<std::uint32_t>(list.classes.names.size());
    list.classes.names.push_back(std::move(one.name));
    list.classes.ids.insert(list.classes.ids.end(), one.images.size(), id);
    std::move(one.images.begin(), one.images.end(), std::back_inserter(list.files));
  }
  return list;
}

ImageList unlabelled_list(std::vector<fs::path> files) {
  ImageList list;
  list.files = std::move(files);
  list.has_classes = false;
  return list;
}

std::string pixels_in_words(const ImageShape& shape) {
  return fmt::format("{}×{} pixels", shape.height, shape.width);
}

/// What the samples will be, for all parts alike.
class SampleShape {
 public:
  explicit SampleShape(const ReadRequest& request) : request_(request) {
    const ImageSize& size = request.image_size;
    scales_ = size.height != 0 || size.width != 0;
    const bool is_possible = size.height != 0 && size.width != 0 && size.height <= kMostImageSide &&
                             size.width <= kMostImageSide;
    if (scales_ && !is_possible) {
      throw UsageError(fmt::format("images of {}×{} pixels; 1 to {} a side are possible",
                                   size.height, size.width, kMostImageSide));
    }
    if (request.known != nullptr) {
      shape_ = request.known->shape;
    } else if (scales_) {
      shape_ = {1, size.height, size.width};
    }
  }

  /// Takes one more image into account; throws Error where it does not fit.
  void add(const fs::path& file, const ImageShape& image) {
    if (request_.known != nullptr) return require_known(file, image);
    if (first_.empty()) {
      first_ = file;
      if (!scales_) shape_ = image;
    }
    if (!scales_ && (image.height != shape_.height || image.width != shape_.width)) {
      throw Error(fmt::format(
          "{}: has {}, but {} has {}; scale all to one size with --image-size HEIGHTxWIDTH",
          file.string(), pixels_in_words(image), first_.string(), pixels_in_words(shape_)));
    }
    shape_.channels = std::max(shape_.channels, image.channels);
  }

  const ImageShape& shape() const { return shape_; }

 private:
  void require_known(const fs::path& file, const ImageShape& image) const {
    const bool fits = image.height == shape_.height && image.width == shape_.width;
    if (!fits && !scales_) {
      throw Error(
          fmt::format("{}: has {}, but the network was trained on {}; give images of that "
                      "size",
                      file.string(), pixels_in_words(image), pixels_in_words(shape_)));
    }
    if (image.channels > shape_.channels) {
      throw Error(
          fmt::format("{}: is in colour, but the network was trained on grey images; make it grey",
                      file.string()));
    }
  }

  const ReadRequest& request_;
  bool scales_ = false;
  ImageShape shape_;
  fs::path first_;
};

std::vector<ImageShape> shapes_of(const std::vector<fs::path>& files, SampleShape& shape) {
  std::vector<ImageShape> shapes;
  shapes.reserve(files.size());
  for (const fs::path& file : files) {
    shapes.push_back(read_image_shape(file));
    shape.add(file, shapes.back());
  }
  return shapes;
}

void require_room_for(const fs::path& place, std::size_t images, const ImageShape& shape) {
  const std::uint64_t bytes = std::uint64_t{images} * shape.features();
  const AvailableMemory available = available_memory();
  if (bytes <= available.bytes) return;
  throw Error(
      fmt::format("{}: its {} images of {} need {} of memory, and {} {}; scale them with "
                  "--image-size HEIGHTxWIDTH, or take some out",
                  place.string(), grouped(images), pixels_in_words(shape), memory_text(bytes),
                  memory_text(available.bytes), available.where));
}

/// "rose/1.png" of a folder; of one file its name.
std::string name_within(const fs::path& file, const fs::path& place) {
  return file == place ? file.filename().string() : file.lexically_relative(place).string();
}

RawSamples decode_all(const fs::path& place, ImageList list, const std::vector<ImageShape>& shapes,
                      const ImageShape& shape) {
  require_room_for(place, list.files.size(), shape);
  RawSamples samples;
  samples.source = place.string();
  samples.samples = list.files.size();
  samples.shape = shape;
  ByteFeatures bytes(list.files.size() * shape.features());
  std::vector<std::uint8_t> pixels;
  for (const fs::path& file : list.files) samples.names.push_back(name_within(file, place));
  for (std::size_t i = 0; i < list.files.size(); ++i) {
    const auto out = std::span(bytes).subspan(i * shape.features(), shape.features());
    const ImageShape from{shape.channels, shapes[i].height, shapes[i].width};
    if (from == shape) {
      read_image(list.files[i], shape, out);
      continue;
    }
    pixels.resize(from.features());
    read_image(list.files[i], from, pixels);
    scale_image(from, pixels, shape, out);
  }
  samples.features = std::move(bytes);
  if (list.has_classes) samples.answers = std::move(list.classes);
  return samples;
}

void require_image_network(const fs::path& path, const TrainedOn& known) {
  if (known.schema.is_image && (known.shape.channels == 1 || known.shape.channels == 3)) return;
  throw Error(fmt::format(
      "{}: holds images, but the network was trained on {}; give it such samples", path.string(),
      known.schema.is_image ? fmt::format("images in {} channels", known.shape.channels)
                            : fmt::format("{} features", known.shape.features())));
}

/// Folders that are called as no class that the network knows say nothing of classes.
bool are_known_classes(const ImagePart& part, const TrainedOn& known) {
  return std::any_of(part.classes.begin(), part.classes.end(), [&](const ImageClass& one) {
    return std::find(known.class_names.begin(), known.class_names.end(), one.name) !=
           known.class_names.end();
  });
}

RawData read_unseen_images(const fs::path& path, const ReadRequest& request) {
  require_image_network(path, *request.known);
  RawData data;
  const auto read = [&](ImageList list) {
    SampleShape shape(request);
    const std::vector<ImageShape> shapes = shapes_of(list.files, shape);
    data.train = decode_all(path, std::move(list), shapes, shape.shape());
    return std::move(data);
  };
  const bool needs_labels = request.labels == LabelsWanted::kRequired;
  if (type_to_read(path) == fs::file_type::regular) {
    if (needs_labels) {
      throw Error(fmt::format(
          "{}: one image has no label; name a folder that has folders of classes", path.string()));
    }
    return read(unlabelled_list({path}));
  }
  ImageTree tree = find_tree(path);
  ImagePart& part = tree.test ? *tree.test : tree.train;
  if (tree.test) {
    data.notes.push_back(
        fmt::format("{}: the images of test are read, not those of train", path.string()));
  }
  if (part.classes.empty() && (needs_labels || part.loose.empty())) fail_without_classes(part);
  if (part.classes.empty()) {
    std::vector<fs::path> files = std::move(part.loose);
    part.loose.clear();
    note_what_is_unread(part, data.notes);
    return read(unlabelled_list(std::move(files)));
  }
  note_what_is_unread(part, data.notes);
  ImageList list = labelled_list(part);
  if (!needs_labels && !are_known_classes(part, *request.known)) {
    data.notes.push_back(fmt::format(
        "{}: its folders, {} for instance, are called as no class of the network: the images have "
        "no labels",
        part.folder.string(), part.classes.front().name));
    list.has_classes = false;
  }
  return read(std::move(list));
}

}  // namespace

RawData read_images(const fs::path& path, const ReadRequest& request) {
  if (request.known != nullptr) return read_unseen_images(path, request);
  require_folder(path, "check the path");
  ImageTree tree = find_tree(path);
  if (tree.train.classes.empty()) fail_without_classes(tree.train);
  RawData data;
  note_what_is_unread(tree.train, data.notes);
  if (tree.test) note_what_is_unread(*tree.test, data.notes);
  if (tree.test && tree.test->classes.empty()) tree.test.reset();
  if (!tree.unread.empty()) {
    data.notes.push_back(fmt::format("{}: {} beside train and test is not read", path.string(),
                                     tree.unread.front().filename().string()));
  }
  SampleShape shape(request);
  ImageList train = labelled_list(std::move(tree.train));
  const std::vector<ImageShape> train_shapes = shapes_of(train.files, shape);
  if (!tree.test) {
    data.train = decode_all(path, std::move(train), train_shapes, shape.shape());
    return data;
  }
  const fs::path test_folder = tree.test->folder;
  ImageList test = labelled_list(std::move(*tree.test));
  const std::vector<ImageShape> test_shapes = shapes_of(test.files, shape);
  require_room_for(path, train.files.size() + test.files.size(), shape.shape());
  data.train = decode_all(path / "train", std::move(train), train_shapes, shape.shape());
  data.test = decode_all(test_folder, std::move(test), test_shapes, shape.shape());
  return data;
}

}  // namespace regrow
