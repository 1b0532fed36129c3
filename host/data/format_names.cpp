#include "data/format_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <utility>

namespace regrow {
namespace {

constexpr std::array<std::pair<std::string_view, DataFormat>, 10> kNameEnds = {{
    {".npz", DataFormat::kNpz},
    {".npy", DataFormat::kNpy},
    {".csv", DataFormat::kCsv},
    {".tsv", DataFormat::kTsv},
    {".libsvm", DataFormat::kLibsvm},
    {".svm", DataFormat::kLibsvm},
    {".svmlight", DataFormat::kLibsvm},
    {".png", DataFormat::kImages},
    {".jpg", DataFormat::kImages},
    {".jpeg", DataFormat::kImages},
}};

}  // namespace

bool has_end(std::string_view name, std::string_view end) {
  return name.size() >= end.size() &&
         std::equal(end.begin(), end.end(), name.end() - static_cast<std::ptrdiff_t>(end.size()),
                    [](char wanted, unsigned char c) { return wanted == std::tolower(c); });
}

DataFormat format_of_name(std::string_view name) {
  const auto found = std::find_if(kNameEnds.begin(), kNameEnds.end(),
                                  [&](const auto& entry) { return has_end(name, entry.first); });
  return found == kNameEnds.end() ? DataFormat::kAuto : found->second;
}

}  // namespace regrow
