// Archives, folders and files beside each other are alike sets of named arrays, which are opened
// one by one.
#include "readers/array_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/read_failure.h"
#include "readers/array_roles.h"
#include "readers/array_values.h"
#include "readers/npy_array.h"
#include "readers/zip_archive.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kArrayEnding = ".npy";
constexpr std::uint64_t kMostArrayFeatures = std::numeric_limits<std::int32_t>::max();

class StreamedBytes : public ArrayBytes {
 public:
  StreamedBytes(ByteSource& source, std::uint64_t size)
      : ArrayBytes(source.name(), size), source_(source) {}
  std::size_t read(std::span<std::uint8_t> out) override { return source_.read(out); }

 private:
  ByteSource& source_;
};

/// Of a stream, whose length nothing says.
class BufferedBytes : public ArrayBytes {
 public:
  BufferedBytes(std::string name, std::vector<std::uint8_t> bytes)
      : ArrayBytes(std::move(name), bytes.size()), bytes_(std::move(bytes)) {}
  std::size_t read(std::span<std::uint8_t> out) override {
    const std::size_t count = std::min(out.size(), bytes_.size() - position_);
    if (count > 0) std::memcpy(out.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t position_ = 0;
};

class FileBytes : public ArrayBytes {
 public:
  FileBytes(std::unique_ptr<ByteSource> source, std::uint64_t size)
      : ArrayBytes(source->name(), size), source_(std::move(source)) {}
  std::size_t read(std::span<std::uint8_t> out) override { return source_->read(out); }

 private:
  std::unique_ptr<ByteSource> source_;
};

std::uint64_t file_bytes(const std::string& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (error) fail_to_read(path, error.value());
  return bytes;
}

std::unique_ptr<ArrayBytes> bytes_of_source(ByteSource& source) {
  if (source.is_plain_file()) {
    return std::make_unique<StreamedBytes>(source, file_bytes(source.name()));
  }
  return std::make_unique<BufferedBytes>(source.name(), source.read_rest());
}

NpyArray open_array_file(const fs::path& path) {
  auto source = std::make_unique<ByteSource>(path.string());
  if (!source->is_plain_file()) {
    return NpyArray(std::make_unique<BufferedBytes>(source->name(), source->read_rest()));
  }
  const std::uint64_t bytes = file_bytes(path.string());
  return NpyArray(std::make_unique<FileBytes>(std::move(source), bytes));
}

struct NamedArray {
  std::string name;
  std::optional<ArrayRole> role;
  std::function<NpyArray()> open;
};

struct ArraySet {
  std::string place;  // the archive, the folder or the file
  std::vector<NamedArray> arrays;
  std::vector<std::string> others{};  // what is there and is no array

  const NamedArray* find(ArrayPart part, std::initializer_list<ArraySplit> splits) const;
};

/// Of several the one of the lowest rank; throws Error where two have it.
const NamedArray* ArraySet::find(ArrayPart part, std::initializer_list<ArraySplit> splits) const {
  const NamedArray* found = nullptr;
  for (const NamedArray& array : arrays) {
    if (!array.role || array.role->part != part ||
        std::find(splits.begin(), splits.end(), array.role->split) == splits.end()) {
      continue;
    }
    if (found != nullptr && found->role->rank == array.role->rank) {
      throw Error(fmt::format("{}: {} and {} may both be the {}; leave or name one so", place,
                              found->name, array.name,
                              part == ArrayPart::kInputs ? "samples" : "labels"));
    }
    if (found == nullptr || array.role->rank < found->role->rank) found = &array;
  }
  return found;
}

[[noreturn]] void fail_without_samples(const ArraySet& set) {
  constexpr std::size_t kMostListed = 12;
  std::vector<std::string> found;
  for (const NamedArray& array : set.arrays) {
    if (found.size() == kMostListed) {
      found.push_back(fmt::format("{} more", set.arrays.size() - kMostListed));
      break;
    }
    try {
      found.push_back(fmt::format("{}: {}", array.name, in_words(array.open().header())));
    } catch (const UnreadableError&) {
      throw;
    } catch (const Error&) {
      found.push_back(array.name + ": not to be read");
    }
  }
  throw Error(fmt::format(
      "{}: {}; name the samples and their labels {}, as numpy.savez(FILE, x=x, y=y) does",
      set.place,
      found.empty()
          ? "holds no arrays"
          : fmt::format("of its arrays ({}) none is called as samples are", fmt::join(found, ", ")),
      kArrayNames));
}

std::string samples_in_words(const ImageShape& shape, bool is_image) {
  if (!is_image) return fmt::format("{} features", shape.features());
  return fmt::format("{}×{} pixels in {} channel{}", shape.height, shape.width, shape.channels,
                     shape.channels == 1 ? "" : "s");
}

/// What samples must be like, and whose they are: "the network was trained on", "x_train has".
struct DueShape {
  ImageShape shape;
  bool is_image = false;
  std::string whose;
};

bool may_be_channels(std::uint64_t extent) { return extent == 1 || extent == 3 || extent == 4; }

/// Throws Error where the array is none of samples. `due`: of two ways to read an array of images
/// that which fits.
SampleLayout layout_of(const NpyArray& array, const DueShape* due,
                       std::vector<std::string>& notes) {
  const ArrayHeader& header = array.header();
  const std::vector<std::uint64_t>& extents = header.shape;
  const std::string is = fmt::format("is an array {}", in_words(header));
  if (header.is_text()) {
    array.fail(is + ", not of numbers", "save numbers, for example with x.astype('float32')");
  }
  if (extents.size() < 2) {
    array.fail(is + ", where the first index must be the sample and the second a feature",
               "save it with x.reshape(-1, 1) if each number is a sample");
  }
  if (extents.size() > 4) {
    array.fail(is + "; samples have at most 3 dimensions: rows, columns and channels",
               "flatten them with x.reshape(len(x), -1)");
  }
  if (extents[0] == 0) array.fail("holds no samples", "save at least one");
  if (header.elements() == 0) array.fail(is + ": its samples have no features", "save some");
  const std::uint64_t features = header.elements() / extents[0];
  if (extents[0] > std::numeric_limits<std::uint32_t>::max() || features > kMostArrayFeatures) {
    array.fail(fmt::format("{}: at most {} samples of {} features are read", is,
                           grouped(std::numeric_limits<std::uint32_t>::max()),
                           grouped(kMostArrayFeatures)),
               "save a part of them");
  }
  const auto at = [&extents](std::size_t axis) {
    return static_cast<std::uint32_t>(extents[axis]);
  };
  if (extents.size() == 2) return {{1, 1, at(1)}, false};
  if (extents.size() == 3) return {{1, at(1), at(2)}, false};
  const SampleLayout last{{at(3), at(1), at(2)}, true}, first{{at(1), at(2), at(3)}, false};
  const bool may_be_last = may_be_channels(extents[3]), may_be_first = may_be_channels(extents[1]);
  if (!may_be_last && !may_be_first) {
    array.fail(is + ": neither its last index nor its second can be channels, of which there are "
                    "1, 3 or 4",
               "save images as [samples, rows, columns, channels], or flatten them with "
               "x.reshape(len(x), -1)");
  }
  if (!may_be_first) return last;
  if (!may_be_last) return first;
  if (due != nullptr && last.shape != due->shape && first.shape == due->shape) return first;
  if (due == nullptr) {
    notes.push_back(fmt::format("{}: {}: its last index is taken for the channels, not the second",
                                array.name(), in_words(header)));
  }
  return last;
}

void require_shape(const NpyArray& array, const ImageShape& shape, bool is_image,
                   const DueShape& due) {
  if (shape == due.shape) return;
  array.fail(fmt::format("its samples have {}, but {} {}", samples_in_words(shape, is_image),
                         due.whose, samples_in_words(due.shape, due.is_image)),
             "give samples of that shape");
}

/// --label INDEX, of so many columns, from 0.
std::uint32_t label_column(const std::string& label, std::uint64_t columns, const NpyArray& array) {
  std::int64_t index = 0;
  if (!parse_integer(label, index)) {
    throw UsageError(
        fmt::format("{}: --label {}: an array's columns have no names; give --label the index of "
                    "one, from 0, or from -1 for the last",
                    array.name(), label));
  }
  const auto count = static_cast<std::int64_t>(columns);
  if (index < -count || index >= count) {
    throw UsageError(fmt::format("{}: --label {}: it has {} columns; give an index from 0 to {}",
                                 array.name(), label, columns, columns - 1));
  }
  return static_cast<std::uint32_t>(index < 0 ? index + count : index);
}

Answers read_labels_of(const NamedArray& named, const NpyArray& inputs, std::size_t samples) {
  NpyArray array = named.open();
  const ArrayHeader& header = array.header();
  const std::string is = fmt::format("is an array {}", in_words(header));
  const bool is_column =
      header.shape.size() == 1 || (header.shape.size() == 2 && header.shape[1] == 1);
  if (!is_column && (header.shape.size() != 2 || header.is_text())) {
    array.fail(is + ", which are no labels",
               "save one label a sample, or a row of numbers a sample");
  }
  if (header.shape[0] != samples) {
    array.fail(fmt::format("has labels for {} samples, but {} has {}", grouped(header.shape[0]),
                           inputs.name(), grouped(samples)),
               "save as many labels as samples");
  }
  if (header.elements() == 0 || header.elements() / samples > kMostArrayFeatures) {
    array.fail(is + ", which are no labels",
               "save one label a sample, or a row of numbers a sample");
  }
  return read_answers(array);
}

/// `answers`: null where no array has them. `due`: null where any shape will do.
RawSamples read_samples(const NamedArray& inputs, const NamedArray* answers,
                        const ReadRequest& request, const DueShape* due,
                        std::vector<std::string>& notes) {
  NpyArray array = inputs.open();
  const SampleLayout layout = layout_of(array, due, notes);
  RawSamples samples;
  samples.source = array.name();
  samples.samples = array.header().shape[0];
  samples.shape = layout.shape;
  samples.schema.is_image = array.header().shape.size() > 2;
  const bool is_unseen = request.known != nullptr;
  const std::uint64_t columns = layout.shape.width;
  // Samples without their label have a column less than those that were trained on.
  // Nor is there such a column where they are as wide, and have labels of their own.
  const bool has_label_column =
      !request.label.empty() &&
      !(is_unseen && (request.labels == LabelsWanted::kIfThere || answers != nullptr) &&
        due != nullptr && layout.shape == due->shape);
  if (!has_label_column) {
    if (due != nullptr) require_shape(array, layout.shape, samples.schema.is_image, *due);
    if (answers != nullptr) samples.answers = read_labels_of(*answers, array, samples.samples);
    samples.features = read_features(array, layout);
    return samples;
  }
  if (samples.schema.is_image) {
    array.fail(fmt::format("--label {}: images have no column that is their label", request.label),
               "save the labels as an array of their own, and leave --label out");
  }
  const std::uint32_t column = label_column(request.label, columns, array);
  if (columns == 1) {
    array.fail(
        fmt::format("--label {}: without that column its samples have no features", request.label),
        "save some");
  }
  samples.shape.width -= 1;
  samples.schema.label = std::to_string(column);
  if (due != nullptr) require_shape(array, samples.shape, false, *due);
  NumberAnswers numbers;
  samples.features = read_features_without(array, column, numbers);
  samples.answers = std::move(numbers);
  return samples;
}

[[noreturn]] void fail_without_labels(const ArraySet& set, const NamedArray& inputs) {
  throw Error(
      fmt::format("{}: {} has no labels; name the array of them {}, or give --label the index of "
                  "the column that holds them",
                  set.place, inputs.name,
                  inputs.role && inputs.role->split == ArraySplit::kTest    ? "y_test"
                  : inputs.role && inputs.role->split == ArraySplit::kTrain ? "y_train"
                                                                            : "y"));
}

void note_unread(const ArraySet& set, const std::vector<const NamedArray*>& read,
                 std::vector<std::string>& notes) {
  constexpr std::size_t kMostNamed = 6;
  std::vector<std::string> names;
  std::size_t unread = 0;
  const auto add = [&](const std::string& name) {
    if (++unread <= kMostNamed) names.push_back(name);
  };
  for (const NamedArray& array : set.arrays) {
    if (std::find(read.begin(), read.end(), &array) == read.end()) add(array.name);
  }
  for (const std::string& other : set.others) add(other);
  if (unread == 0) return;
  notes.push_back(fmt::format(
      "{}: not read: {}{}", set.place, fmt::join(names, ", "),
      unread > kMostNamed ? fmt::format(" and {} more", unread - kMostNamed) : std::string()));
}

/// All samples are of the part that is for tests, if there is one, or of the only one.
RawData read_unseen(const ArraySet& set, const ReadRequest& request) {
  RawData data;
  const NamedArray* inputs = nullptr;
  const NamedArray* answers = nullptr;
  for (const ArraySplit split :
       {ArraySplit::kTest, ArraySplit::kAll, ArraySplit::kTrain, ArraySplit::kValidation}) {
    inputs = set.find(ArrayPart::kInputs, {split});
    if (inputs == nullptr) continue;
    answers = set.find(ArrayPart::kAnswers, {split});
    break;
  }
  if (inputs == nullptr) fail_without_samples(set);
  if (request.labels == LabelsWanted::kRequired && answers == nullptr && request.label.empty()) {
    fail_without_labels(set, *inputs);
  }
  const DueShape due{request.known->shape, request.known->schema.is_image,
                     "the network was trained on"};
  data.train = read_samples(*inputs, answers, request, &due, data.notes);
  note_unread(set, {inputs, answers}, data.notes);
  return data;
}

RawData read_set(const ArraySet& set, const ReadRequest& request) {
  if (request.known != nullptr) return read_unseen(set, request);
  const std::initializer_list<ArraySplit> training = {ArraySplit::kAll, ArraySplit::kTrain};
  RawData data;
  const bool by_column = !request.label.empty();
  const auto answers_of = [&](std::initializer_list<ArraySplit> splits) {
    return by_column ? nullptr : set.find(ArrayPart::kAnswers, splits);
  };
  const NamedArray* inputs = set.find(ArrayPart::kInputs, training);
  if (inputs == nullptr) fail_without_samples(set);
  const NamedArray* answers = answers_of(training);
  if (answers == nullptr && !by_column) fail_without_labels(set, *inputs);
  const NamedArray* test_inputs = set.find(ArrayPart::kInputs, {ArraySplit::kTest});
  const NamedArray* test_answers =
      test_inputs == nullptr ? nullptr : answers_of({ArraySplit::kTest});
  if (test_inputs != nullptr && test_answers == nullptr && !by_column) {
    fail_without_labels(set, *test_inputs);
  }
  data.train = read_samples(*inputs, answers, request, nullptr, data.notes);
  if (test_inputs != nullptr) {
    const DueShape due{data.train.shape, data.train.schema.is_image,
                       "those of " + inputs->name + " have"};
    data.test = read_samples(*test_inputs, test_answers, request, &due, data.notes);
  }
  note_unread(set, {inputs, answers, test_inputs, test_answers}, data.notes);
  return data;
}

/// The arrays of a folder, in the order of their names.
std::vector<fs::path> array_files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (entry->path().extension() == kArrayEnding && entry->is_regular_file(unknown)) {
      files.push_back(entry->path());
    }
  }
  if (error) fail_to_read(folder, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

NamedArray array_of_file(const fs::path& file) {
  const std::string name = file.stem().string();
  return {name, role_of(name), [file] { return open_array_file(file); }};
}

}  // namespace

RawData read_npz(ByteSource& source, const ReadRequest& request) {
  const ZipArchive archive(source);
  ArraySet set{archive.name(), {}};
  for (std::size_t i = 0; i < archive.members().size(); ++i) {
    std::string name = archive.members()[i];
    if (!name.ends_with(kArrayEnding)) {
      set.others.push_back(std::move(name));
      continue;
    }
    name.resize(name.size() - kArrayEnding.size());
    const auto role = role_of(name);
    set.arrays.push_back(
        {std::move(name), role, [&archive, i] { return NpyArray(archive.open(i)); }});
  }
  return read_set(set, request);
}

RawData read_npy(ByteSource& source, const ReadRequest& request) {
  const fs::path file = source.is_plain_file() ? source.name() : "";
  NamedArray samples = array_of_file(file);
  samples.open = [&source] { return NpyArray(bytes_of_source(source)); };
  if (samples.name.empty()) samples.name = "it";
  ArraySet set{source.name(), {}};
  if (samples.role && samples.role->part == ArrayPart::kAnswers) {
    throw Error(
        fmt::format("{}: holds labels, by its name; give the file of the samples, which is "
                    "called x_train.npy or x.npy",
                    source.name()));
  }
  if (samples.role) {
    for (const fs::path& other :
         array_files_in(file.has_parent_path() ? file.parent_path() : ".")) {
      NamedArray array = array_of_file(other);
      const bool is_of_split = array.role && array.role->split == samples.role->split &&
                               array.role->part == ArrayPart::kAnswers;
      const bool is_test = samples.role->split == ArraySplit::kTrain && array.role &&
                           array.role->split == ArraySplit::kTest;
      if (request.known == nullptr ? is_of_split || is_test : is_of_split) {
        set.arrays.push_back(std::move(array));
      }
    }
  }
  // By whatever name the file is given, it is the one to read.
  const ArraySplit split = samples.role ? samples.role->split : ArraySplit::kAll;
  samples.role = ArrayRole{ArrayPart::kInputs, split, 0};
  if (request.known == nullptr && split != ArraySplit::kTrain) {
    for (NamedArray& array : set.arrays) array.role->split = ArraySplit::kAll;
    samples.role->split = ArraySplit::kAll;
  }
  set.arrays.push_back(std::move(samples));
  return read_set(set, request);
}

RawData read_array_folder(const fs::path& folder, const ReadRequest& request) {
  ArraySet set{folder.string(), {}};
  for (const fs::path& file : array_files_in(folder)) set.arrays.push_back(array_of_file(file));
  return read_set(set, request);
}

bool holds_arrays(const fs::path& folder) {
  const std::vector<fs::path> files = array_files_in(folder);
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    const auto role = role_of(file.stem().string());
    return role && role->part == ArrayPart::kInputs;
  });
}

}  // namespace regrow
