// Writing the files. A mistake in a test's description of a picture ends the test program: libpng
// and libjpeg print what is wrong and abort.
#include "tests/support/picture_files.h"

#include <png.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>

// clang-format off: jpeglib.h relies on <cstddef> and <cstdio> before it
#include <jpeglib.h>
// clang-format on

namespace ocellus {

Bytes MakePng(const PngFile& picture) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp self, png_bytep bytes, size_t size) {
        auto& to = *static_cast<Bytes*>(png_get_io_ptr(self));
        to.insert(to.end(), bytes, bytes + size);
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width),
               static_cast<png_uint_32>(picture.height), picture.bit_depth,
               static_cast<int>(picture.colour_type),
               picture.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  std::vector<png_color> palette;
  for (size_t i = 0; i + 2 < picture.palette.size(); i += 3)
    palette.push_back({picture.palette[i], picture.palette[i + 1], picture.palette[i + 2]});
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  const std::vector<uint16_t>& transparency = picture.transparency;
  if (picture.colour_type == PngColour::kPalette && !transparency.empty()) {
    const Bytes alpha(transparency.begin(), transparency.end());
    png_set_tRNS(png, info, alpha.data(), static_cast<int>(alpha.size()), nullptr);
  } else if (!transparency.empty()) {
    png_color_16 colour{};
    colour.gray = colour.red = transparency.front();
    colour.green = transparency[transparency.size() / 2];
    colour.blue = transparency.back();
    png_set_tRNS(png, info, nullptr, 0, &colour);
  }
  Bytes exif = picture.exif;
  if (!exif.empty()) png_set_eXIf_1(png, info, static_cast<png_uint_32>(exif.size()), exif.data());
  Bytes rows = picture.rows;
  const size_t row_bytes = rows.size() / static_cast<size_t>(picture.height);
  std::vector<png_bytep> pointers;
  for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y)
    pointers.push_back(rows.data() + y * row_bytes);
  png_set_rows(png, info, pointers.data());
  png_write_png(png, info, PNG_TRANSFORM_IDENTITY, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

Bytes MakeJpeg(const JpegFile& picture) {
  struct ColourSpaces {
    int components;
    J_COLOR_SPACE given;
    J_COLOR_SPACE stored;
  };
  static constexpr ColourSpaces kSpaces[] = {{1, JCS_GRAYSCALE, JCS_GRAYSCALE},
                                             {3, JCS_RGB, JCS_YCbCr},
                                             {3, JCS_RGB, JCS_RGB},
                                             {4, JCS_CMYK, JCS_CMYK},
                                             {4, JCS_CMYK, JCS_YCCK}};
  const ColourSpaces& spaces = kSpaces[static_cast<int>(picture.colour)];
  jpeg_error_mgr errors{};
  jpeg_compress_struct jpeg{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &memory, &size);
  jpeg.image_width = static_cast<JDIMENSION>(picture.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.height);
  jpeg.input_components = spaces.components;
  jpeg.in_color_space = spaces.given;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, spaces.stored);
  if (spaces.components == 4) jpeg.write_Adobe_marker = picture.adobe_marker ? TRUE : FALSE;
  jpeg_set_quality(&jpeg, 100, TRUE);
  if (picture.progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  if (!picture.exif.empty()) {
    Bytes marker = {'E', 'x', 'i', 'f', 0, 0};
    marker.insert(marker.end(), picture.exif.begin(), picture.exif.end());
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, marker.data(), static_cast<unsigned>(marker.size()));
  }
  Bytes pixels = picture.pixels;
  const size_t row_bytes = pixels.size() / static_cast<size_t>(picture.height);
  for (size_t y = 0; y < static_cast<size_t>(picture.height); ++y) {
    JSAMPROW row = pixels.data() + y * row_bytes;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes file(memory, memory + size);
  std::free(memory);
  return file;
}

Bytes MakeExif(uint8_t orientation, bool big_endian) {
  if (big_endian)
    return {'M', 'M',  0, 42, 0, 0, 0, 8,                        // directory at byte 8
            0,   2,                                              // two entries
            1,   0,    0, 3,  0, 0, 0, 1, 0, 9,           0, 0,  // width, not looked at
            1,   0x12, 0, 3,  0, 0, 0, 1, 0, orientation, 0, 0,  // orientation
            0,   0,    0, 0};                                    // no further directory
  return {'I',  'I', 42, 0, 8, 0, 0, 0, 2,           0,          //
          0,    1,   3,  0, 1, 0, 0, 0, 9,           0, 0, 0,    //
          0x12, 1,   3,  0, 1, 0, 0, 0, orientation, 0, 0, 0,    //
          0,    0,   0,  0};
}

}  // namespace ocellus
