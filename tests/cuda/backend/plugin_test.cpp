// How the program finds plugins, and what it says of those that it cannot use.
#include "backend/plugin.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "backend_interface/plugin_interface.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

std::string refusal(const std::filesystem::path& file) {
  const PluginSearch search = open_plugin(file);
  EXPECT_EQ(search.plugin, nullptr);
  return search.why_none;
}

TEST(Plugin, OfAnotherVersionIsRefusedWithTheRemedy) {
  const std::string interface = std::to_string(kPluginInterface);
  const std::string this_one = std::string("and this is regrow ") + kVersion + " (interface " +
                               interface + "): build or install both together";
  EXPECT_EQ(refusal(OLD_PROGRAM), std::string(OLD_PROGRAM) +
                                      " belongs to regrow 0.0.9 (interface " + interface + "), " +
                                      this_one);
  EXPECT_EQ(refusal(OLD_INTERFACE), std::string(OLD_INTERFACE) + " belongs to regrow " + kVersion +
                                        " (interface " + std::to_string(kPluginInterface - 1) +
                                        "), " + this_one);
}

TEST(Plugin, ThatIsNoneIsRefused) {
  EXPECT_EQ(refusal(NO_ENTRY), std::string(NO_ENTRY) + " is no plugin of regrow");
  const TempDir dir;
  std::ofstream(dir.path() / "text.so") << "no library";
  const std::string error = refusal(dir.path() / "text.so");
  EXPECT_EQ(error.rfind((dir.path() / "text.so").string() + " does not load: ", 0), 0U) << error;
}

TEST(Plugin, IsLookedForBesideTheProgramAndInItsLibraries) {
  const TempDir dir;
  const auto bin = dir.path() / "bin", library = dir.path() / "lib" / "regrow";
  std::filesystem::create_directories(bin);
  std::filesystem::create_directories(library);
  const std::string missing = find_plugin_of(bin, "p.so").why_none;
  EXPECT_EQ(missing.rfind("p.so is not in " + bin.string() + ": ", 0), 0U) << missing;
#if defined(CUDA_PLUGIN)
  EXPECT_EQ(missing, why_missing("p.so", bin, "")) << "this build has made plugins";
#else
  EXPECT_NE(missing.find(" when configured"), std::string::npos) << missing;
#endif
  std::filesystem::copy(NO_ENTRY, library / "p.so");
  EXPECT_EQ(find_plugin_of(bin, "p.so").why_none,
            (library / "p.so").string() + " is no plugin of regrow");
  std::filesystem::copy(OLD_PROGRAM, bin / "p.so");
  EXPECT_NE(find_plugin_of(bin, "p.so").why_none.find("belongs to regrow"), std::string::npos)
      << "beside the program comes first";
}

TEST(Plugin, ThatIsMissingIsNamedWithTheReasonAndTheRemedy) {
  EXPECT_EQ(why_missing("p.so", "bin", "REGROW_CUDA was OFF"),
            "p.so is not in bin: built without it (REGROW_CUDA was OFF when configured); "
            "-DREGROW_CUDA=ON builds it, with nvcc 12 or newer");
  EXPECT_EQ(why_missing("p.so", "bin", ""),
            "p.so is not in bin: it was built with this program, and belongs beside it or in "
            "../lib/regrow");
}

#if defined(CUDA_PLUGIN)

// Where there is no GPU, the real plugin opens and says which of its reasons holds.
TEST(Plugin, TheRealOneOpensAndListsTheGpusOrSaysWhyThereIsNone) {
  const PluginSearch search = open_plugin(CUDA_PLUGIN);
  ASSERT_NE(search.plugin, nullptr) << search.why_none;
  std::string why_none;
  if (search.plugin->gpus(&why_none).empty()) {
    EXPECT_NE(why_none, "");
    std::cout << "no GPU: " << why_none << '\n';
  }
}

#endif

}  // namespace
}  // namespace regrow::tests
