// Folders of images: which are found, in what order and shape, and what is told of the rest.
#include "readers/image_folder.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "readers/image_fixtures.h"
#include "support/in_child.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

class ImageFolder : public testing::Test {
 protected:
  fs::path root() const { return folder_.path() / "images"; }
  void put(const std::string& name, const Bytes& bytes) const {
    fs::create_directories((root() / name).parent_path());
    write_bytes(root() / name, bytes);
  }
  void put(const std::string& name, std::uint8_t value) const {
    put(name, plain_image(1, 1, value));
  }
  RawData read(const ReadRequest& request = {}) const { return read_images(root(), request); }
  void expect_refused(std::initializer_list<std::string> parts) const {
    expect_error([&] { read(); }, parts);
  }
  static ByteFeatures pixels_of(const RawSamples& samples) {
    return std::get<ByteFeatures>(samples.features);
  }
  static TextAnswers classes_of(const RawSamples& samples) {
    return std::get<TextAnswers>(samples.answers);
  }

  TempDir folder_;
};

TrainedOn network_of(const ImageShape& shape, Strings classes = {"cat", "dog"}) {
  TrainedOn known;
  known.shape = shape;
  known.class_names = std::move(classes);
  return known;
}

TEST_F(ImageFolder, ClassesAreFoldersInTheOrderOfTheirNames) {
  put("dog/2.png", 3);
  put("cat/b.JPEG", plain_image(1, 1, 2));  // what it is counts, not how it is called
  put("cat/a/deep.png", 1);
  put("dog/10.png", 4);
  const RawData data = read();
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{1, 2, 4, 3}));
  EXPECT_EQ(classes_of(data.train).names, (Strings{"cat", "dog"}));
  EXPECT_EQ(classes_of(data.train).ids, (std::vector<std::uint32_t>{0, 0, 1, 1}));
  EXPECT_EQ(data.train.samples, 4U);
  EXPECT_EQ(data.train.shape, (ImageShape{1, 1, 1}));
  EXPECT_TRUE(data.train.schema.is_image);
  EXPECT_FALSE(data.test.has_value());
  EXPECT_TRUE(data.notes.empty());
}

TEST_F(ImageFolder, ReadsTrainingAndTestImages) {
  put("train/a/1.png", 1);
  put("train/b/1.png", 2);
  put("test/b/1.png", 3);
  put("val/b/1.png", 4);
  const RawData data = read();
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{1, 2}));
  ASSERT_TRUE(data.test.has_value());
  EXPECT_EQ(pixels_of(*data.test), (ByteFeatures{3}));
  EXPECT_EQ(classes_of(*data.test).names, Strings{"b"});
  EXPECT_EQ(data.notes, Strings{root().string() + ": val beside train and test is not read"});
}

TEST_F(ImageFolder, AFolderTrainWithoutFoldersIsAClass) {
  put("train/1.png", 1);
  put("plane/1.png", 2);
  EXPECT_EQ(classes_of(read().train).names, (Strings{"plane", "train"}));
}

TEST_F(ImageFolder, OneColouredImageMakesAllOfThemColoured) {
  put("train/a/1.png", png_image_of(1, 2, {7, 9}));
  put("test/a/1.png", png_image_of(1, 2, {1, 2, 3, 4, 5, 6}, PNG_FORMAT_RGB));
  const RawData data = read();
  EXPECT_EQ(data.train.shape, (ImageShape{3, 1, 2}));
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{7, 9, 7, 9, 7, 9}));
  EXPECT_EQ(pixels_of(*data.test), (ByteFeatures{1, 4, 2, 5, 3, 6}));
}

TEST_F(ImageFolder, OtherSizesAreRefusedOrScaled) {
  put("a/1.png", plain_image(2, 2, 10));
  put("b/1.png", plain_image(4, 3, 20));
  expect_refused({(root() / "b" / "1.png").string() + ": has 4×3 pixels, but ",
                  "1.png has 2×2 pixels", "--image-size"});
  ReadRequest request;
  request.image_size = {1, 2};
  const RawData data = read(request);
  EXPECT_EQ(data.train.shape, (ImageShape{1, 1, 2}));
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{10, 10, 20, 20}));
  request.image_size = {1, 0};
  expect_error([&] { read(request); }, {"1×0 pixels"});
  request.image_size = {20'000, 1};
  expect_error([&] { read(request); }, {"20000×1 pixels"});
}

TEST_F(ImageFolder, SaysWhatMemoryItWouldNeedBeforeItAsksForIt) {
  if (tests::kNeedsDescriptors) GTEST_SKIP() << "the sanitizer needs more memory itself";
  for (int i = 0; i < 20; ++i) put("a/" + std::to_string(i) + ".png", 1);
  ReadRequest request;
  request.image_size = {16'384, 16'384};
  const std::string message =
      tests::error_in_child(tests::limit_data_to_4_gib, [&] { read(request); });
  EXPECT_NE(
      message.find("images: its 20 images of 16384×16384 pixels need 5.00 GiB of memory, and "),
      std::string::npos)
      << message;
  EXPECT_NE(message.find("--image-size"), std::string::npos) << message;
}

TEST_F(ImageFolder, NotesWhatIsNoImageOrInNoClass) {
  put("a/1.png", 1);
  put("b/1.png", 2);
  put("b/.hidden.png", {1, 2});
  put("b/notes.txt", {1, 2});
  put("Thumbs.db", {1, 2});
  put("loose.png", 3);
  fs::create_directories(root() / "none");
  fs::create_directories(root() / ".git" / "x");
  const RawData data = read();
  EXPECT_EQ(data.train.samples, 2U);
  EXPECT_EQ(
      data.notes,
      (Strings{
          root().string() + ": 1 image in no folder of a class is not read, loose.png for instance",
          root().string() + ": 2 files not called as PNG or JPEG images are not read, "
                            "Thumbs.db for instance",
          root().string() + ": 1 folder without images is no class, none for instance"}));
}

TEST_F(ImageFolder, LinksInCirclesAreFollowedOnce) {
  put("a/1.png", 1);
  put("b/1.png", 2);
  fs::create_directory_symlink(root() / "a", root() / "a" / "again");
  fs::create_directory_symlink(root(), root() / "a" / "up");
  fs::create_directory_symlink(folder_.path(), root() / "a" / "above");
  fs::create_directory_symlink("b", root() / "a" / "other_class");
  fs::create_symlink("nowhere", root() / "a" / "broken");
  EXPECT_EQ(pixels_of(read().train), (ByteFeatures{1, 2}));
}

TEST_F(ImageFolder, SaysWhatToDoWhereThereAreNoClasses) {
  fs::create_directories(root() / "empty");
  expect_refused({"images: holds no images in folders of classes", "put the PNG or JPEG images"});
  put("1.png", 1);
  expect_refused({"images: its 1 images, 1.png for instance, lie in no folders of classes"});
  expect_error([&] { read_images(root() / "missing", {}); }, {"missing: no such folder"});
  expect_error([&] { read_images(root() / "1.png", {}); }, {"1.png: is a file, not a folder"});
}

TEST_F(ImageFolder, NamesADamagedImage) {
  put("a/1.png", 1);
  put("a/2.jpg", {0xFF, 0xD8, 0xFF, 0xE0, 0, 1});
  expect_refused({(root() / "a" / "2.jpg").string() + ": damaged: "});
}

TEST_F(ImageFolder, RefusesAClassThatIsNoUtf8) {
  put("a\xE9/1.png", 1);
  expect_refused({"the folder's name, which is the class, is no UTF-8; rename it"});
}

TEST_F(ImageFolder, UnseenImagesMayLieInNoClasses) {
  const TrainedOn known = network_of({1, 1, 1});
  ReadRequest request;
  request.known = &known;
  request.labels = LabelsWanted::kIfThere;
  put("2.png", 2);
  put("10.png", 1);
  RawData data = read(request);
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{1, 2}));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  EXPECT_TRUE(data.notes.empty());
  data = read_images(root() / "2.png", request);
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{2}));
  EXPECT_EQ(data.train.samples, 1U);
  request.labels = LabelsWanted::kRequired;
  expect_error([&] { read(request); }, {"its 2 images, 10.png for instance, lie in no folders"});
  expect_error([&] { read_images(root() / "2.png", request); }, {"one image has no label"});
}

TEST_F(ImageFolder, UnseenImagesHaveLabelsWhereTheirFoldersAreKnownClasses) {
  put("cat/1.png", 1);
  put("bird/1.png", 2);
  TrainedOn known = network_of({1, 1, 1});
  ReadRequest request;
  request.known = &known;
  request.labels = LabelsWanted::kIfThere;
  EXPECT_EQ(classes_of(read(request).train).names, (Strings{"bird", "cat"}));
  known.class_names = {"x", "y"};
  const RawData data = read(request);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_NE(data.notes[0].find("bird for instance, are called as no class"), std::string::npos);
  request.labels = LabelsWanted::kRequired;
  EXPECT_EQ(classes_of(read(request).train).names, (Strings{"bird", "cat"}));
}

TEST_F(ImageFolder, OfUnseenImagesThoseOfTheTestAreRead) {
  put("train/cat/1.png", 1);
  put("test/cat/1.png", 2);
  const TrainedOn known = network_of({1, 1, 1});
  ReadRequest request;
  request.known = &known;
  const RawData data = read(request);
  EXPECT_EQ(pixels_of(data.train), (ByteFeatures{2}));
  EXPECT_FALSE(data.test.has_value());
  EXPECT_EQ(data.notes.size(), 1U);
}

TEST_F(ImageFolder, UnseenImagesMustFitTheNetwork) {
  put("cat/1.png", plain_image(2, 2, 8));
  TrainedOn known = network_of({3, 1, 1});
  ReadRequest request;
  request.known = &known;
  expect_error([&] { read(request); },
               {"1.png: has 2×2 pixels, but the network was trained on 1×1 pixels"});
  request.image_size = {1, 1};
  EXPECT_EQ(pixels_of(read(request).train), (ByteFeatures{8, 8, 8}));
  put("cat/1.png", png_image_of(1, 1, {1, 2, 3}, PNG_FORMAT_RGB));
  known.shape = {1, 1, 1};
  expect_error([&] { read(request); }, {"1.png: is in colour", "grey"});
  known.shape = {4, 1, 1};
  expect_error([&] { read(request); }, {"trained on images in 4 channels"});
  known.shape = {1, 1, 9};
  known.schema.is_image = false;
  expect_error([&] { read(request); }, {"holds images, but the network was trained on 9 features"});
}

}  // namespace
}  // namespace regrow
