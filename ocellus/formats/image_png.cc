// PNG files through libpng, in both directions.
//
// libpng reports an error by a jump (longjmp) back to the last setjmp. A jump must not pass over an
// object with a destructor, so the decoder calls libpng only in "steps": lambdas that create no
// such object, run by PngDecoder::Run, which turns the jump into an exception.
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/image_codecs.h"
#include "ocellus/formats/image_orientation.h"

namespace ocellus {
namespace {

class PngDecoder {
 public:
  PngDecoder(std::span<const uint8_t> file, std::string_view name) : file_(file), name_(name) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &OnError, &OnWarning);
    info_ = png_ != nullptr ? png_create_info_struct(png_) : nullptr;
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      Fail("{}: libpng cannot be started: out of memory or another version than at build time",
           name_);
    }
    png_set_read_fn(png_, this, &OnRead);
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  Image Decode(const ReadImageOptions& options);

 private:
  template <typename Step>
  void Run(const Step& step) {
    if (setjmp(png_jmpbuf(png_)) == 0) {
      step();
      return;
    }
    if (truncated_) Fail("{}: truncated PNG: it ends after {} bytes", name_, file_.size());
    Fail("{}: damaged PNG: {} (near byte {} of {})", name_, message_, position_, file_.size());
  }

  // Writes one row of `samples` values per pixel into the planes of the image.
  void Store(const uint8_t* row, int64_t samples, int64_t y, uint8_t background,
             Image& image) const;
  int Orientation();

  static void OnRead(png_structp png, png_bytep to, size_t size) {
    auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (self->file_.size() - self->position_ < size) {
      self->truncated_ = true;
      png_error(png, "truncated");
    }
    std::memcpy(to, self->file_.data() + self->position_, size);
    self->position_ += size;
  }
  [[noreturn]] static void OnError(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
    std::strncpy(self->message_, message, sizeof(self->message_) - 1);
    png_longjmp(png, 1);
  }
  static void OnWarning(png_structp, png_const_charp) {}  // the picture is complete all the same

  std::span<const uint8_t> file_;
  std::string_view name_;
  size_t position_ = 0;
  bool truncated_ = false;
  char message_[200] = {};
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

Image PngDecoder::Decode(const ReadImageOptions& options) {
  int64_t height = 0;
  int64_t width = 0;
  Run([&] {
    // libpng's own limits are off; ours follow as soon as the size is known.
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_read_info(png_, info_);
    height = png_get_image_height(png_, info_);
    width = png_get_image_width(png_, info_);
  });
  internal::CheckPixels(height, width, name_, options);

  int passes = 1;
  int64_t samples = 0;
  Run([&] {
    png_set_expand(png_);  // palette to RGB, 1 to 4 bits to 8, a transparent colour to alpha
    png_set_scale_16(png_);
    passes = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    samples = png_get_channels(png_, info_);
  });

  // An interlaced picture is refined in several passes, so all of it must be kept until the last.
  Image image(samples <= 2 ? 1 : 3, height, width);
  const int64_t kept_rows = passes > 1 ? height : 1;
  std::vector<uint8_t> rows(static_cast<size_t>(kept_rows * width * samples));
  for (int pass = 0; pass < passes; ++pass) {
    for (int64_t y = 0; y < height; ++y) {
      uint8_t* row = rows.data() + y % kept_rows * width * samples;
      Run([&] { png_read_row(png_, row, nullptr); });
      if (pass == passes - 1) Store(row, samples, y, options.background, image);
    }
  }
  return Orient(std::move(image), Orientation());
}

void PngDecoder::Store(const uint8_t* row, int64_t samples, int64_t y, uint8_t background,
                       Image& image) const {
  const bool has_alpha = samples == 2 || samples == 4;
  for (int64_t c = 0; c < image.channels; ++c) {
    uint8_t* out = &image.At(c, y, 0);
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* pixel = row + x * samples;
      const int alpha = has_alpha ? pixel[samples - 1] : 255;
      out[x] = static_cast<uint8_t>((pixel[c] * alpha + background * (255 - alpha) + 127) / 255);
    }
  }
}

// Reads what follows the pixels as well: the EXIF data may be there, and a file that ends early is
// noticed.
int PngDecoder::Orientation() {
  png_uint_32 size = 0;
  png_bytep exif = nullptr;
  Run([&] {
    png_read_end(png_, info_);
    png_get_eXIf_1(png_, info_, &size, &exif);
  });
  return ExifOrientation({exif, size});
}

}  // namespace

Image internal::DecodePng(std::span<const uint8_t> file, std::string_view name,
                          const ReadImageOptions& options) {
  return PngDecoder(file, name).Decode(options);
}

std::vector<uint8_t> EncodePng(const Image& image) {
  constexpr int64_t kMaxSize = std::numeric_limits<int32_t>::max();
  if (image.pixels.empty()) Fail("EncodePng: the picture is empty");
  if (image.height > kMaxSize || image.width > kMaxSize / image.channels)
    Fail("EncodePng: the picture is {} x {} pixels, more than PNG allows", image.height,
         image.width);
  // From planes to pixels.
  const int64_t area = image.height * image.width;
  std::vector<uint8_t> rows(image.pixels.size());
  for (int64_t c = 0; c < image.channels; ++c)
    for (int64_t i = 0; i < area; ++i)
      rows[static_cast<size_t>(i * image.channels + c)] =
          image.pixels[static_cast<size_t>(c * area + i)];

  // libpng's simplified interface: it returns errors instead of jumping.
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = image.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  std::vector<uint8_t> file(PNG_IMAGE_PNG_SIZE_MAX(png));
  png_alloc_size_t size = file.size();
  if (!png_image_write_to_memory(&png, file.data(), &size, 0, rows.data(), 0, nullptr))
    Fail("EncodePng: {}", png.message);
  file.resize(size);
  return file;
}

}  // namespace ocellus
