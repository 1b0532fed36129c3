// tools/get_cifar10.sh without a network: it says what to do and leaves nothing half done.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int exit_code = -1;
  std::string output;  // both streams
};

class GetCifar10 : public testing::Test {
 protected:
  // A curl that fails stands before the real one.
  GetCifar10() {
    fs::create_directory(folder_.path() / "bin");
    const fs::path curl = folder_.path() / "bin" / "curl";
    std::ofstream(curl) << "#!/bin/sh\nexit 6\n";
    fs::permissions(curl, fs::perms::owner_all);
  }

  Outcome run(const std::string& arguments) const {
    const std::string command = "PATH=" + (folder_.path() / "bin").string() + ":$PATH bash " +
                                REGROW_SOURCE_DIR "/tools/get_cifar10.sh " + arguments + " 2>&1";
    Outcome outcome;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 256> buffer{};
    while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) outcome.output += buffer.data();
    outcome.exit_code = WEXITSTATUS(pclose(pipe));
    return outcome;
  }
  std::string data() const { return (folder_.path() / "data").string(); }
  fs::path target() const { return fs::path(data()) / "cifar-10-batches-bin"; }

  /// Files of holes in place of the images.
  static void put_files(const fs::path& folder) {
    fs::create_directories(folder);
    for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                   "data_batch_5", "test_batch"}) {
      std::ofstream(folder / (name + ".bin")).close();
      fs::resize_file(folder / (name + ".bin"), 30730000);
    }
  }
  /// Of such files, and an md5sum that says what the script hopes for.
  void put_archive() const {
    put_files(folder_.path() / "source" / "cifar-10-batches-bin");
    const fs::path md5sum = folder_.path() / "bin" / "md5sum";
    std::ofstream(md5sum) << "#!/bin/sh\necho 'c32a1d4ab5d03f1284b67883e8d87530  -'\n";
    fs::permissions(md5sum, fs::perms::owner_all);
    const std::string command = "tar -czSf " + archive_.string() + " -C " +
                                (folder_.path() / "source").string() + " cifar-10-batches-bin";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  static void change_a_byte(const fs::path& file) {
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(12345).put('x');
  }
  static void expect_refusal(const Outcome& outcome, const std::string& what) {
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE(outcome.output.find(what), std::string::npos) << outcome.output;
  }

  TempDir folder_;
  fs::path archive_ = folder_.path() / "archive.tar.gz";
};

TEST_F(GetCifar10, SaysWhatToDoWithoutANetwork) {
  const Outcome outcome = run(data());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find("cannot download"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("tools/get_cifar10.sh " + data() + " cifar-10-binary.tar.gz"),
            std::string::npos)
      << outcome.output;
  EXPECT_TRUE(fs::is_empty(data()));
}

TEST_F(GetCifar10, RefusesAnArchiveWithAnotherChecksum) {
  const fs::path archive = folder_.path() / "archive.tar.gz";
  std::ofstream(archive) << "not the archive";
  const Outcome outcome = run(data() + " " + archive.string());
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find(archive.string() + ": damaged or another file"), std::string::npos)
      << outcome.output;
  EXPECT_TRUE(fs::is_empty(data()));
}

TEST_F(GetCifar10, NamesAnArchiveThatIsNotThere) {
  const Outcome outcome = run(data() + " /no/such/archive.tar.gz");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.output.find("/no/such/archive.tar.gz: no such file"), std::string::npos);
  EXPECT_FALSE(fs::exists(data()));
}

TEST_F(GetCifar10, DoesNothingWhereTheDataIsComplete) {
  put_archive();
  const std::string archive = archive_.string();
  ASSERT_EQ(run(data() + " " + archive).exit_code, 0);
  fs::remove(archive);
  const Outcome outcome = run(data());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("already"), std::string::npos) << outcome.output;

  fs::resize_file(target() / "test_batch.bin", 30729999);
  expect_refusal(run(data()), "incomplete");
}

TEST_F(GetCifar10, NoticesDamageThatLeavesTheSize) {
  put_archive();
  ASSERT_EQ(run(data() + " " + archive_.string()).exit_code, 0);
  change_a_byte(target() / "data_batch_3.bin");
  expect_refusal(run(data()),
                 target().string() + ": data_batch_3.bin damaged: move the folder away");
}

TEST_F(GetCifar10, ChecksFilesWithoutAManifestAgainstTheArchive) {
  put_archive();
  put_files(target());
  expect_refusal(run(data()), "cannot download");
  const Outcome outcome = run(data() + " " + archive_.string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_TRUE(fs::exists(target() / "SHA256SUMS"));

  fs::remove(target() / "SHA256SUMS");
  change_a_byte(target() / "test_batch.bin");
  expect_refusal(run(data() + " " + archive_.string()), "test_batch.bin damaged");
  EXPECT_FALSE(fs::exists(target() / "SHA256SUMS"));
}

TEST_F(GetCifar10, UnpacksALocalArchiveThatPassesTheCheck) {
  put_archive();
  const Outcome outcome = run(data() + " " + archive_.string());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_EQ(fs::file_size(target() / "test_batch.bin"), 30730000U);
  EXPECT_EQ(std::distance(fs::directory_iterator(data()), {}), 1) << "something was left beside it";
}

TEST_F(GetCifar10, ExplainsItsUse) {
  const Outcome outcome = run("");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("usage: tools/get_cifar10.sh DIR"), std::string::npos);
}

}  // namespace
}  // namespace regrow
