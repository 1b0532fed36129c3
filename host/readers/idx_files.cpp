// A name is [SET-]SPLIT-KIND, with the type of IDX file after a hyphen, as the originals have it,
// or after a point, as they are named within their .gz. An archive's copy may lie in a folder that
// has the file's own name.
#include "readers/idx_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "base/read_failure.h"
#include "readers/file_search.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

struct PartName {
  IdxPart part;
  std::string_view split;
  std::string_view kind;
  std::string_view type;
};

// The first of each part is the usual one.
constexpr std::array kPartNames = std::to_array<PartName>({
    {kTrainImages, "train", "images", "idx3-ubyte"},
    {kTrainLabels, "train", "labels", "idx1-ubyte"},
    {kTestImages, "t10k", "images", "idx3-ubyte"},
    {kTestLabels, "t10k", "labels", "idx1-ubyte"},
    {kTestImages, "test", "images", "idx3-ubyte"},  // EMNIST's
    {kTestLabels, "test", "labels", "idx1-ubyte"},
});

std::string file_name(const PartName& name, char separator) {
  return fmt::format("{}-{}{}{}", name.split, name.kind, separator, name.type);
}

struct ParsedName {
  std::string prefix;  // "emnist-letters-", or empty
  IdxPart part = kIdxParts;
  std::size_t rank = 0;  // of several files of a part the one of the lowest is read
};

std::optional<ParsedName> parse_name(std::string_view name) {
  const bool is_gzipped = name.ends_with(".gz");
  if (is_gzipped) name.remove_suffix(3);
  std::size_t rank = is_gzipped ? 1 : 0;
  for (const PartName& part : kPartNames) {
    for (const char separator : {'-', '.'}) {
      const std::string usual = file_name(part, separator);
      if (name.ends_with(usual)) {
        const std::string_view prefix = name.substr(0, name.size() - usual.size());
        if (prefix.empty() || prefix.back() == '-') {
          return ParsedName{std::string(prefix), part.part, rank};
        }
      }
      rank += 2;
    }
  }
  return std::nullopt;
}

struct IdxSet {
  fs::path folder;
  std::string prefix;
  std::array<fs::path, kIdxParts> files;
  std::array<std::size_t, kIdxParts> ranks{};

  std::size_t parts() const {
    return kIdxParts - static_cast<std::size_t>(std::count(files.begin(), files.end(), fs::path()));
  }
  bool is_complete() const { return parts() == kIdxParts; }
};

using IdxSets = std::vector<IdxSet>;

void add(IdxSets& sets, const fs::path& root, const fs::path& file) {
  constexpr std::size_t kInItsOwnFolder = 4 * kPartNames.size();
  auto parsed = parse_name(file.filename().string());
  if (!parsed) return;
  fs::path folder = file.parent_path();
  if (folder != root) {
    const auto own = parse_name(folder.filename().string());
    if (own && std::tie(own->prefix, own->part) == std::tie(parsed->prefix, parsed->part)) {
      folder = folder.parent_path();
      parsed->rank += kInItsOwnFolder;
    }
  }
  auto set = std::find_if(sets.begin(), sets.end(), [&](const IdxSet& known) {
    return known.folder == folder && known.prefix == parsed->prefix;
  });
  if (set == sets.end()) set = sets.insert(set, IdxSet{folder, parsed->prefix, {}, {}});
  fs::path& place = set->files[parsed->part];
  std::size_t& rank = set->ranks[parsed->part];
  if (!place.empty() && rank <= parsed->rank) return;
  place = file;
  rank = parsed->rank;
}

/// Without a look at what else the folder holds, which may be much.
IdxSet usual_set(const fs::path& folder) {
  IdxSets sets = {{folder, "", {}, {}}};
  for (const PartName& part : kPartNames) {
    for (const char separator : {'-', '.'}) {
      for (const char* ending : {"", ".gz"}) {
        const fs::path file = folder / (file_name(part, separator) + ending);
        const fs::file_type type = type_to_read(file);
        if (type != fs::file_type::not_found && type != fs::file_type::directory) {
          add(sets, folder, file);
        }
      }
    }
  }
  return sets.front();
}

/// "FashionMNIST" and "fashion-mnist" as "fashionmnist".
std::string plain(std::string_view name) {
  std::string letters;
  for (const char letter : name) {
    if (letter >= 'A' && letter <= 'Z') letters += static_cast<char>(letter - 'A' + 'a');
    if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9')) letters += letter;
  }
  return letters;
}

bool lies_in(const IdxSet& set, const fs::path& root, std::string_view name) {
  const fs::path below = set.folder.lexically_relative(root);
  return std::any_of(below.begin(), below.end(),
                     [&](const fs::path& part) { return plain(part.string()) == name; });
}

std::string names_of(const IdxSets& sets, const fs::path& root) {
  constexpr std::size_t kShown = 6;
  std::vector<std::string> names;
  for (const IdxSet& set : sets) {
    if (names.size() == kShown) break;
    const std::string below = set.folder.lexically_relative(root).string();
    if (set.prefix.empty()) {
      names.push_back(below);
    } else {
      names.push_back((below == "." ? "" : below + "/") + set.prefix + "*");
    }
  }
  if (names.size() < sets.size()) names.push_back(fmt::format("{} more", sets.size() - kShown));
  return fmt::format("{}", fmt::join(names, ", "));
}

template <typename Predicate>
IdxSets only(const IdxSets& sets, const Predicate& predicate) {
  IdxSets kept;
  std::copy_if(sets.begin(), sets.end(), std::back_inserter(kept), predicate);
  return kept;
}

/// Of whole sets. Other sets of the family are read as `mnist`, but for Fashion-MNIST; as
/// `fashion_mnist` nothing else is.
IdxSets fitting(const std::string& name, const fs::path& root, const IdxSets& sets) {
  const auto is_in = [&](const char* folder) {
    return [&root, folder](const IdxSet& set) { return lies_in(set, root, folder); };
  };
  IdxSets here = only(sets, [&](const IdxSet& set) { return set.folder == root; });
  IdxSets usual = only(here, [](const IdxSet& set) { return set.prefix.empty(); });
  if (!usual.empty()) return usual;
  if (!here.empty()) return here;
  const bool is_fashion = name == "fashion_mnist";
  IdxSets named = only(sets, is_in(is_fashion ? "fashionmnist" : "mnist"));
  if (!named.empty()) return named;
  return only(sets, [&](const IdxSet& set) {
    const auto is_other = [&](const char* folder) { return is_in(folder)(set); };
    if (!is_fashion) return !is_other("fashionmnist");
    return !(is_other("mnist") || is_other("emnist") || is_other("kmnist") || is_other("qmnist"));
  });
}

[[noreturn]] void fail_incomplete(const IdxSets& sets, const FileSearch& search,
                                  const IdxRemedies& remedies) {
  const auto fullest =
      std::max_element(sets.begin(), sets.end(),
                       [](const IdxSet& a, const IdxSet& b) { return a.parts() < b.parts(); });
  if (fullest == sets.end()) {
    throw Error(fmt::format("{}: none of the four IDX files is {}{}; {}", search.root.string(),
                            places_of(search), other_forms(search), remedies.missing));
  }
  const auto place = std::find(fullest->files.begin(), fullest->files.end(), fs::path());
  const auto part = static_cast<std::size_t>(place - fullest->files.begin());
  const std::string name = fullest->prefix + file_name(kPartNames.at(part), '-');
  std::error_code error;
  for (const char* ending : {"", ".gz"}) {
    const fs::path link = fullest->folder / (name + ending);
    if (!fs::is_symlink(fs::symlink_status(link, error)) || fs::exists(link, error)) continue;
    throw Error(fmt::format("{}: is a symbolic link that leads nowhere; mend it", link.string()));
  }
  throw Error(fmt::format("{}: missing, and {}.gz too, though {} is there; {}",
                          (fullest->folder / name).string(), name,
                          std::find_if(fullest->files.begin(), fullest->files.end(),
                                       [](const fs::path& file) { return !file.empty(); })
                              ->filename()
                              .string(),
                          remedies.missing));
}

}  // namespace

std::array<fs::path, kIdxParts> find_idx_files(const std::string& name, const fs::path& directory,
                                               const IdxRemedies& remedies) {
  require_folder(directory, remedies.missing);
  // Without a slash at its end, as its files name it.
  const fs::path folder = directory.has_filename() ? directory : directory.parent_path();
  const IdxSet here = usual_set(folder);
  if (here.is_complete()) return here.files;

  const FileSearch search = find_files(folder);
  IdxSets sets;
  if (here.parts() > 0) sets.push_back(here);
  for (const fs::path& file : search.files) add(sets, folder, file);
  const IdxSets whole = only(sets, [](const IdxSet& set) { return set.is_complete(); });
  // What lies deeper does not stand for a set that lacks a file here.
  const IdxSets cut = only(sets, [&](const IdxSet& set) {
    return set.folder == folder && set.prefix.empty() && !set.is_complete();
  });
  if (!cut.empty()) fail_incomplete(cut, search, remedies);
  if (whole.empty()) fail_incomplete(sets, search, remedies);
  const IdxSets chosen = fitting(name, folder, whole);
  if (chosen.size() == 1) return chosen.front().files;
  throw Error(chosen.empty()
                  ? fmt::format("{}: holds {}, but no {}; name the folder of its four files with "
                                "--data, or choose another --dataset",
                                folder.string(), names_of(whole, folder), name)
                  : fmt::format("{}: holds {} data sets: {}; give --data a folder with only one",
                                folder.string(), chosen.size(), names_of(chosen, folder)));
}

}  // namespace regrow
