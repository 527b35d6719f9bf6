// The eight ways to turn a picture, and the EXIF entry that says which.
#include "ocellus/formats/image_orientation.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "ocellus/base/random.h"
#include "tests/support/check_failure.h"
#include "tests/support/picture_files.h"

namespace ocellus {
namespace {

TEST(Orient, TurnsAllEightWays) {
  // The upright picture is "F" with its corners marked:   1 2
  //                                                       3 4
  //                                                       5 6
  struct Case {
    int orientation;
    int64_t height;
    Bytes stored;
  };
  const Case cases[] = {
      {1, 3, {1, 2, 3, 4, 5, 6}}, {2, 3, {2, 1, 4, 3, 6, 5}}, {3, 3, {6, 5, 4, 3, 2, 1}},
      {4, 3, {5, 6, 3, 4, 1, 2}}, {5, 2, {1, 3, 5, 2, 4, 6}}, {6, 2, {2, 4, 6, 1, 3, 5}},
      {7, 2, {6, 4, 2, 5, 3, 1}}, {8, 2, {5, 3, 1, 6, 4, 2}},
  };
  for (const Case& c : cases) {
    Image stored(1, c.height, 6 / c.height);
    stored.pixels = c.stored;
    const Image upright = Orient(stored, c.orientation);
    EXPECT_EQ(upright.height, 3);
    EXPECT_EQ(upright.width, 2);
    EXPECT_EQ(upright.pixels, (Bytes{1, 2, 3, 4, 5, 6})) << "orientation " << c.orientation;
  }
}

TEST(Orient, RefusesAnyOtherNumber) {
  EXPECT_THROW(Orient(Image(1, 1, 1), 0), CheckFailure);
  EXPECT_THROW(Orient(Image(1, 1, 1), 9), CheckFailure);
}

TEST(ExifOrientation, ReadsBothByteOrders) {
  for (const bool big_endian : {false, true})
    for (uint8_t orientation = 1; orientation <= 8; ++orientation)
      EXPECT_EQ(ExifOrientation(MakeExif(orientation, big_endian)), orientation);
}

TEST(ExifOrientation, IsUprightIfTheDataSaysNothing) {
  EXPECT_EQ(ExifOrientation({}), 1);
  EXPECT_EQ(ExifOrientation(MakeExif(0, true)), 1);
  EXPECT_EQ(ExifOrientation(MakeExif(9, false)), 1);
  const Bytes exif = MakeExif(6, true);
  for (size_t size = 0; size < 32; ++size)
    EXPECT_EQ(ExifOrientation({exif.data(), size}), 1) << "size " << size;
}

TEST(ExifOrientation, SurvivesDamageAnywhere) {
  Random random(5, 0);
  for (int round = 0; round < 5000; ++round) {
    Bytes exif = MakeExif(6, round % 2 == 0);
    exif[random.Below(exif.size())] = static_cast<uint8_t>(random.Bits());
    const int orientation = ExifOrientation(exif);
    EXPECT_TRUE(orientation >= 1 && orientation <= 8);
  }
}

}  // namespace
}  // namespace ocellus
