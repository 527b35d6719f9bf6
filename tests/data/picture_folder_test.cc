// Folders of pictures as data sets: layouts, every kind of picture, and bad ones.
#include "ocellus/data/picture_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ocellus/data/subset.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_files.h"
#include "tests/support/picture_folders.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

const PictureFolderOptions kColour{.fit = {.shape = {3, 4, 4}}};

struct Samples {
  std::vector<float> pixels;
  std::vector<int32_t> labels;
};

Samples ReadAll(const Dataset& dataset) {
  std::vector<int64_t> numbers(static_cast<size_t>(dataset.size()));
  std::iota(numbers.begin(), numbers.end(), 0);
  Tensor<float> images(dataset.image_shape().Batch(dataset.size()), std::nanf(""));
  std::vector<int32_t> labels(numbers.size(), -1);
  dataset.Read(numbers, images, labels);
  return {{images.span().begin(), images.span().end()}, labels};
}

std::string Text(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

// cat and dog, eight pictures each, all 4 x 4 and in colour.
class PetFolder : public testing::Test {
 protected:
  PetFolder() {
    for (uint64_t i = 0; i < 8; ++i) {
      PutPicture(folder_ / ("cat/" + std::to_string(i) + ".png"), i, {3, 4, 4});
      PutPicture(folder_ / ("dog/" + std::to_string(i) + ".png"), 100 + i, {3, 4, 4});
    }
  }
  std::string Error(const PictureFolderOptions& options = kColour) const {
    return ErrorText([&] { LoadPictureFolder(folder_.path(), options); });
  }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  TemporaryFolder folder_;
};

TEST_F(PetFolder, IsReadAndSplit) {
  const DataSplits pets = LoadPictureFolder(folder_.path(), kColour);
  EXPECT_EQ(pets.train->size(), 12);
  EXPECT_EQ(pets.test->size(), 4);
  EXPECT_THAT(pets.test->class_names(), ElementsAre("cat", "dog"));
  EXPECT_EQ(pets.test->image_shape(), (Shape{3, 4, 4}));
  EXPECT_EQ(pets.test->source(), folder_.path().string() + " (test)");
  EXPECT_TRUE(pets.test->reads_slowly());
  EXPECT_TRUE(pets.is_random);
  const Samples test = ReadAll(*pets.test);
  EXPECT_THAT(test.labels, ElementsAre(0, 0, 1, 1));
  // The first of them is some cat, unchanged.
  int found = 0;
  for (uint64_t i = 0; i < 8; ++i) {
    const Image cat = NoisePicture(i, {3, 4, 4});
    found += std::equal(cat.pixels.begin(), cat.pixels.end(), test.pixels.begin());
  }
  EXPECT_EQ(found, 1);
}

TEST_F(PetFolder, NamesItsSamplesByTheirFiles) {
  const DataSplits pets = LoadPictureFolder(folder_.path(), kColour);
  const Samples test = ReadAll(*pets.test);
  for (int64_t sample = 0; sample < 4; ++sample) {
    const std::string name = pets.test->SampleName(sample);
    ASSERT_THAT(name, testing::MatchesRegex("[0-7]\\.png"));
    const uint64_t seed = std::stoull(name) + (sample < 2 ? 0 : 100);  // the cats come first
    const Image pet = NoisePicture(seed, {3, 4, 4});
    EXPECT_TRUE(std::equal(pet.pixels.begin(), pet.pixels.end(), test.pixels.begin() + sample * 48))
        << name;
  }
}

TEST_F(PetFolder, MayBeSplitAlready) {
  for (const std::string split : {"train", "val"}) {
    fs::create_directory(folder_ / split);
    for (const char* label : {"cat", "dog"}) {
      fs::copy(folder_ / label, folder_ / split / label);
    }
  }
  fs::remove_all(folder_ / "val/cat");
  DataSplits pets = LoadPictureFolder(folder_.path(), kColour);
  EXPECT_EQ(pets.train->size(), 16);
  EXPECT_FALSE(pets.is_random);
  EXPECT_THAT(ReadAll(*pets.test).labels, testing::Each(1));
  fs::rename(folder_ / "val", folder_ / "test");
  EXPECT_EQ(LoadPictureFolder(folder_.path(), kColour).test->size(), 8);
  fs::remove_all(folder_ / "test");
  EXPECT_EQ(Error(),
            folder_.path().string() + ": expected the folders train and test, found only train");
}

TEST_F(PetFolder, KnowsItsFingerprintWhetherCheckedOrNot) {
  PictureFolderOptions later = kColour;
  later.check = PictureFolderOptions::Check::kWhenRead;
  const DataSplits checked = LoadPictureFolder(folder_.path(), kColour);
  const DataSplits unchecked = LoadPictureFolder(folder_.path(), later);
  EXPECT_EQ(checked.train->sha256(), unchecked.train->sha256());
  EXPECT_EQ(FirstSamples(*checked.train, 12)->sha256(), checked.train->sha256());
  EXPECT_NE(checked.train->sha256(), checked.test->sha256());
  PutPicture(folder_ / "dog/0.png", 7, {3, 4, 4});
  PutPicture(folder_ / "dog/1.png", 8, {3, 4, 4});
  PutPicture(folder_ / "dog/2.png", 9, {3, 4, 4});
  EXPECT_NE(LoadPictureFolder(folder_.path(), kColour).train->sha256(), checked.train->sha256());
}

TEST_F(PetFolder, ConvertsEveryKindOfPicture) {
  const Bytes grey(16, 90);
  WriteBytes(folder_ / "cat/grey.png", Text(MakePng({.width = 4, .height = 4, .rows = grey})));
  WriteBytes(folder_ / "cat/grey16.png",
             Text(MakePng({.bit_depth = 16, .width = 1, .height = 1, .rows = {90, 90}})));
  WriteBytes(folder_ / "cat/palette.png", Text(MakePng({.colour_type = PngColour::kPalette,
                                                        .width = 1,
                                                        .height = 1,
                                                        .rows = {0},
                                                        .palette = {90, 90, 90}})));
  WriteBytes(
      folder_ / "cat/alpha.png",
      Text(MakePng(
          {.colour_type = PngColour::kGreyAlpha, .width = 1, .height = 1, .rows = {90, 255}})));
  WriteBytes(folder_ / "cat/grey.jpg", Text(MakeJpeg({.width = 4, .height = 4, .pixels = grey})));
  WriteBytes(
      folder_ / "cat/cmyk.jpg",
      Text(MakeJpeg(
          {.colour = JpegColour::kCmyk, .width = 1, .height = 1, .pixels = {90, 90, 90, 255}})));
  WriteBytes(folder_ / "cat/turned.jpg",
             Text(MakeJpeg(
                 {.width = 8, .height = 4, .pixels = Bytes(32, 90), .exif = MakeExif(6, true)})));
  for (int i = 0; i < 8; ++i) fs::remove(folder_ / ("cat/" + std::to_string(i) + ".png"));
  for (const Shape& shape : {Shape{3, 4, 4}, Shape{1, 5, 3}}) {
    const DataSplits pets = LoadPictureFolder(folder_.path(), {.fit = {.shape = shape}});
    const Samples train = ReadAll(*pets.train);
    ASSERT_EQ(std::count(train.labels.begin(), train.labels.end(), 0), 6);
    for (int64_t i = 0; i < 6 * shape.elements(); ++i) {
      ASSERT_NEAR(train.pixels[static_cast<size_t>(i)], 90, 1) << shape.ToString() << " " << i;
    }
  }
}

TEST_F(PetFolder, KeepsTheMarginOfTrainingPicturesForCrops) {
  const PictureFolderOptions options{.fit = {.shape = {3, 3, 3}, .crop_from = 4},
                                     .train_margin = TrainMargin::kKeep};
  const DataSplits pets = LoadPictureFolder(folder_.path(), options);
  EXPECT_EQ(pets.train->image_shape(), (Shape{3, 4, 4}));
  EXPECT_EQ(pets.test->image_shape(), (Shape{3, 3, 3}));
}

TEST_F(PetFolder, RefusesBadPicturesAllAtOnceBeforeAnythingStarts) {
  WriteBytes(folder_ / "cat/empty.png", "");
  WriteBytes(folder_ / "cat/notes.txt", "these are my cats");
  const std::string png = ReadBytes(folder_ / "dog/3.png");
  WriteBytes(folder_ / "dog/cut.png", png.substr(0, png.size() / 2));
  fs::create_symlink("nowhere.png", folder_ / "dog/link.png");
  const std::string error = Error();
  EXPECT_THAT(error, testing::StartsWith(
                         "4 of 20 pictures cannot be read (--skip-bad leaves them out):\n"));
  EXPECT_THAT(error, HasSubstr(Path("cat/empty.png") + ": the file is empty"));
  EXPECT_THAT(error,
              HasSubstr(Path("cat/notes.txt") + ": expected a PNG or JPEG picture, found text"));
  EXPECT_THAT(error, HasSubstr(Path("dog/cut.png") + ": truncated PNG"));
  EXPECT_THAT(error, HasSubstr(Path("dog/link.png") + ": cannot be read: No such file"));

  std::vector<std::string> skipped;
  PictureFolderOptions options = kColour;
  options.on_bad_picture = [&](const std::string& message) { skipped.push_back(message); };
  int64_t checked = 0, total = 0;
  options.on_progress = [&](int64_t done, int64_t all) { checked = done, total = all; };
  const DataSplits pets = LoadPictureFolder(folder_.path(), options);
  EXPECT_EQ(skipped.size(), 4u);
  EXPECT_EQ(checked, 20);
  EXPECT_EQ(total, 20);
  EXPECT_EQ(pets.train->size() + pets.test->size(), 16);
  ReadAll(*pets.train);
  ReadAll(*pets.test);
}

TEST_F(PetFolder, NamesTheFirstOfManyBadPictures) {
  for (int i = 0; i < 30; ++i) WriteBytes(folder_ / ("cat/bad" + std::to_string(i)), "bad");
  const std::string error = Error();
  EXPECT_THAT(error, testing::StartsWith("30 of 46 pictures cannot be read"));
  EXPECT_THAT(error, testing::EndsWith("\n  and 10 more"));
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 21);
}

TEST_F(PetFolder, NeedsAGoodPictureOfEachClass) {
  for (int i = 0; i < 8; ++i) WriteBytes(folder_ / ("dog/" + std::to_string(i) + ".png"), "bad");
  PictureFolderOptions options = kColour;
  options.on_bad_picture = [](const std::string&) {};
  EXPECT_EQ(Error(options), Path("dog") + ": none of the 6 pictures to learn from can be read");
}

TEST_F(PetFolder, MayBeCheckedWhenItIsRead) {
  WriteBytes(folder_ / "cat/0.png", "bad");
  PictureFolderOptions options = kColour;
  options.check = PictureFolderOptions::Check::kWhenRead;
  const DataSplits pets = LoadPictureFolder(folder_.path(), options);
  const auto read = [](const Dataset& dataset) { return ErrorText([&] { ReadAll(dataset); }); };
  const std::string expected = Path("cat/0.png") + ": expected a PNG or JPEG picture, found text";
  EXPECT_TRUE(read(*pets.train) == expected || read(*pets.test) == expected);
}

TEST_F(PetFolder, RefusesBombsUnlessTheLimitIsRaised) {
  PutPicture(folder_ / "dog/large.png", 1, {3, 40, 50});
  PictureFolderOptions options = kColour;
  options.read.max_pixels = 1999;
  EXPECT_THAT(Error(options),
              HasSubstr(Path("dog/large.png") +
                        ": the picture is 40 x 50 pixels (height x width), more than the limit of "
                        "1999"));
  options.read.max_pixels = 2000;
  EXPECT_EQ(Error(options), "no error");
}

TEST_F(PetFolder, RefusesNetworksThatDoNotTakePictures) {
  EXPECT_EQ(Error({.fit = {.shape = {2, 4, 4}}}),
            folder_.path().string() +
                ": expected a network that takes grey or colour images (1 or 3 channels, height, "
                "width), found input shape 2x4x4");
  EXPECT_EQ(Error({.fit = {.shape = {3, 4, 5}, .crop_from = 3}}),
            folder_.path().string() +
                ": images of 3x4x5 cannot be cut out of pictures whose shorter side has 3 pixels; "
                "expected 4 to 65536");
}

}  // namespace
}  // namespace ocellus
