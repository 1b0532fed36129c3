// Which variant of a sweep a run is of, as the sweep's folder tells.
#include "sweep/variant_names.h"

#include <toml++/toml.h>

#include <cstdint>
#include <system_error>

#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "sweep/sweep_file.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// None of a file that is lost or damaged: a name is a help to people, and no run depends on it.
std::vector<std::string> names_in(const fs::path& file) {
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 24;  // of 10,000 variants, and more
  std::vector<std::string> names;
  std::error_code error;
  if (!fs::is_regular_file(file, error) || fs::file_size(file, error) > kMostBytes) return names;
  try {
    const toml::table root = toml::parse(read_file(file), file.string());
    const toml::array* const variants = root["variant"].as_array();
    if (variants == nullptr) return names;
    for (const toml::node& element : *variants) {
      const toml::table* const variant = element.as_table();
      if (variant == nullptr) continue;
      if (const auto name = (*variant)["name"].value<std::string>()) names.push_back(*name);
    }
  } catch (const toml::parse_error&) {
    names.clear();
  } catch (const Error&) {
    names.clear();
  }
  return names;
}

}  // namespace

std::string VariantNames::of(const fs::path& run) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(run, error);
  if (error) return "";
  const auto [sweep, is_new] = of_sweeps_.try_emplace(folder.parent_path());
  if (is_new) sweep->second = names_in(sweep->first / kSweepCopy);
  const std::string run_name = folder.filename().string() + ',';
  std::string longest;
  for (const std::string& name : sweep->second) {
    const bool fits = run_name.starts_with(as_folder_name(name) + ',');
    if (fits && name.size() > longest.size()) longest = name;
  }
  return longest;
}

}  // namespace regrow
