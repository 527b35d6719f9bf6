// Pictures, and what is said about files that are none.
#include "ocellus/formats/image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/base/error.h"
#include "tests/support/error_text.h"
#include "tests/support/picture_files.h"

namespace ocellus {
namespace {

using ::testing::HasSubstr;

// Tests that need files have a folder of their own, which is removed afterwards.
class ReadImageTest : public testing::Test {
 protected:
  ReadImageTest() {
    std::string name = testing::TempDir() + "/image_test_XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~ReadImageTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path Write(const char* name, std::string_view bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return folder_ / name;
  }

  std::filesystem::path folder_;
};

std::string ErrorOf(const std::filesystem::path& path) {
  return ErrorText([&] { ReadImage(path); });
}

TEST(Image, HasPlanesOfRows) {
  Image image(3, 2, 4, 9);
  EXPECT_EQ(image.pixels, Bytes(24, 9));
  image.At(2, 1, 3) = 1;
  EXPECT_EQ(image.pixels.back(), 1);
}

TEST(Image, RefusesImpossibleSizes) {
  EXPECT_THROW(Image(2, 1, 1), Error);
  EXPECT_THROW(Image(1, 0, 1), Error);
  EXPECT_THROW(Image(1, 1, -1), Error);
  EXPECT_THROW(Image(3, std::numeric_limits<int64_t>::max() / 2, 1), Error);
}

TEST_F(ReadImageTest, GoesByContentNotByName) {
  const Bytes png = MakePng({.width = 2, .height = 1, .rows = {3, 4}});
  const auto path =
      Write("really_png.jpg", {reinterpret_cast<const char*>(png.data()), png.size()});
  EXPECT_EQ(ReadImage(path).pixels, (Bytes{3, 4}));
}

TEST_F(ReadImageTest, SaysWhatIsThereInstead) {
  EXPECT_EQ(ErrorOf(folder_ / "no_such.png"),
            (folder_ / "no_such.png").string() + ": cannot be read: No such file or directory");
  EXPECT_THAT(ErrorOf(folder_), HasSubstr("expected a file, found a folder"));
  const auto empty = Write("empty.png", "");
  EXPECT_EQ(ErrorOf(empty), empty.string() + ": the file is empty");
  const auto text = Write("text.png", "hello");
  EXPECT_EQ(ErrorOf(text), text.string() + ": expected a PNG or JPEG picture, found text");
  EXPECT_THAT(ErrorOf(Write("a.gif", "GIF89a")), HasSubstr("found a GIF picture"));
  EXPECT_THAT(ErrorOf(Write("a.webp", "RIFF....WEBP")), HasSubstr("found a WebP picture"));
  EXPECT_THAT(ErrorOf(Write("a.heic", std::string_view("\0\0\0\x18"
                                                       "ftypheic",
                                                       12))),
              HasSubstr("found a HEIC or AVIF picture or a video"));
  EXPECT_THAT(ErrorOf(Write("a.bin", "\x01\x02\xfe")),
              HasSubstr("found a file that begins with bytes 01 02 fe"));
  EXPECT_THAT(ErrorOf(Write("a.png", "\x89PNG\n")),
              HasSubstr("a PNG whose line ends were changed"));
  EXPECT_THAT(ErrorOf(Write("b.png", "\x89PNG\r\n\x1a\n")), HasSubstr("truncated PNG"));
  EXPECT_THAT(ErrorOf(Write("b.jpg", "\xff\xd8\xff")), HasSubstr("truncated JPEG"));
}

TEST_F(ReadImageTest, WritesAPictureCompletelyOrNotAtAll) {
  const auto path = Write("written.png", "old");
  EXPECT_THROW(WritePng(Image(), path), Error);
  EXPECT_EQ(std::filesystem::file_size(path), 3u);
  const Image image(3, 4, 5, 6);
  WritePng(image, path);
  EXPECT_EQ(ReadImage(path), image);
  EXPECT_THROW(WritePng(image, path / "below_a_file.png"), Error);
}

}  // namespace
}  // namespace ocellus
