// Which variant of a sweep a run is of, as the sweep's folder tells.
#include "sweep/variant_names.h"

#include <fmt/format.h>

#include <system_error>

#include "config/parse_toml.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "sweep/sweep_file.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

}  // namespace

VariantNames::Names VariantNames::names_in(const fs::path& file) {
  Names names;
  std::error_code error;
  if (!fs::exists(file, error)) return names;
  try {
    const toml::table root = parse_toml(read_file(file), file.string());
    const toml::array* const variants = root["variant"].as_array();
    if (variants == nullptr) return names;
    for (const toml::node& element : *variants) {
      const toml::table* const variant = element.as_table();
      if (variant == nullptr) continue;
      const auto name = (*variant)["name"].value<std::string>();
      if (name) names.emplace(as_folder_name(*name), *name);
    }
  } catch (const Error& damaged) {
    names.clear();
    warnings_.push_back(fmt::format("{}; the variants of its runs are not named", damaged.what()));
  }
  return names;
}

std::string VariantNames::of(const fs::path& run) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(run, error);
  if (error) return "";
  const auto [sweep, is_new] = of_sweeps_.try_emplace(folder.parent_path());
  if (is_new) sweep->second = names_in(sweep->first / kSweepCopy);
  // A variant's name may hold commas, as those that part it from the grid's settings.
  const std::string name = folder.filename().string();
  for (std::size_t end = name.size(); end != std::string::npos;) {
    const auto found = sweep->second.find(name.substr(0, end));
    if (found != sweep->second.end()) return found->second;
    end = end == 0 ? std::string::npos : name.rfind(',', end - 1);
  }
  return "";
}

}  // namespace regrow
