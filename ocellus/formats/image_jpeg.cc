// JPEG files through libjpeg.
//
// As libpng, libjpeg reports an error by a call that must not return; here it jumps (longjmp) back
// to JpegDecoder::Run. A jump must not pass over an object with a destructor, so libjpeg is called
// only in steps that create none.
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/image_codecs.h"
#include "ocellus/formats/image_orientation.h"

// These two rely on <cstddef> and <cstdio> before them, and on each other's order.
// clang-format off
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

namespace ocellus {
namespace {

// A progressive file may pass over the picture any number of times; real ones do it about ten
// times.
constexpr int kMaxScans = 500;

class JpegDecoder {
 public:
  JpegDecoder(std::span<const uint8_t> file, std::string_view name) : file_(file), name_(name) {
    jpeg_.err = jpeg_std_error(&error_);
    error_.error_exit = &OnError;
    error_.emit_message = &OnMessage;
    error_.output_message = [](j_common_ptr) {};  // nothing to stderr
    progress_.progress_monitor = &OnProgress;
    jpeg_.client_data = this;
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&jpeg_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  Image Decode(const ReadImageOptions& options);

 private:
  template <typename Step>
  void Run(const Step& step) {
    if (setjmp(jump_) == 0) {
      step();
      return;
    }
    if (error_.msg_code == JWRN_JPEG_EOF || error_.msg_code == JERR_INPUT_EMPTY)
      Fail("{}: truncated JPEG: it ends after {} bytes", name_, file_.size());
    char message[JMSG_LENGTH_MAX] = {};
    error_.format_message(reinterpret_cast<j_common_ptr>(&jpeg_), message);
    Fail("{}: damaged or unknown kind of JPEG: {}", name_, message);
  }

  // Writes one row as libjpeg gives it into the planes of the image.
  void Store(const uint8_t* row, int64_t y, Image& image) const;
  int Orientation() const;

  static JpegDecoder& Self(j_common_ptr jpeg) {
    return *static_cast<JpegDecoder*>(jpeg->client_data);
  }
  [[noreturn]] static void OnError(j_common_ptr jpeg) { std::longjmp(Self(jpeg).jump_, 1); }
  static void OnMessage(j_common_ptr jpeg, int level);
  static void OnProgress(j_common_ptr jpeg);

  std::span<const uint8_t> file_;
  std::string_view name_;
  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr error_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_{};
};

// libjpeg replaces what it cannot read by grey and warns. That would be a wrong answer, so these
// warnings are errors, except where all pixels are there.
void JpegDecoder::OnMessage(j_common_ptr jpeg, int level) {
  if (level >= 0) return;  // a trace message
  switch (jpeg->err->msg_code) {
    case JWRN_ADOBE_XFORM:      // odd colour transform code; libjpeg takes the usual one
    case JWRN_EXTRANEOUS_DATA:  // bytes between segments that belong to none
    case JWRN_JFIF_MAJOR:       // unknown revision of the JFIF header
    case JWRN_TOO_MUCH_DATA:    // more rows stored than declared
      return;
    default:
      OnError(jpeg);
  }
}

void JpegDecoder::OnProgress(j_common_ptr jpeg) {
  if (Self(jpeg).jpeg_.input_scan_number <= kMaxScans) return;
  jpeg->err->msg_code = JWRN_BOGUS_PROGRESSION;
  jpeg->err->msg_parm.i[0] = Self(jpeg).jpeg_.input_scan_number;
  OnError(jpeg);
}

Image JpegDecoder::Decode(const ReadImageOptions& options) {
  Run([&] {
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &progress_;
    jpeg_mem_src(&jpeg_, file_.data(), static_cast<unsigned long>(file_.size()));
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);  // EXIF data
    jpeg_read_header(&jpeg_, TRUE);
  });
  internal::CheckPixels(jpeg_.image_height, jpeg_.image_width, name_, options);
  switch (jpeg_.num_components) {
    case 1:
      jpeg_.out_color_space = JCS_GRAYSCALE;
      break;
    case 3:
      jpeg_.out_color_space = JCS_RGB;
      break;
    case 4:
      jpeg_.out_color_space = JCS_CMYK;
      break;
    default:
      Fail("{}: expected a JPEG with 1, 3 or 4 colour components, found {}", name_,
           jpeg_.num_components);
  }
  const int orientation = Orientation();
  Run([&] { jpeg_start_decompress(&jpeg_); });

  Image image(jpeg_.num_components == 1 ? 1 : 3, jpeg_.output_height, jpeg_.output_width);
  std::vector<uint8_t> row(size_t{jpeg_.output_width} *
                           static_cast<size_t>(jpeg_.output_components));
  for (int64_t y = 0; y < image.height; ++y) {
    uint8_t* rows[] = {row.data()};
    Run([&] { jpeg_read_scanlines(&jpeg_, rows, 1); });
    Store(row.data(), y, image);
  }
  Run([&] { jpeg_finish_decompress(&jpeg_); });
  return Orient(std::move(image), orientation);
}

void JpegDecoder::Store(const uint8_t* row, int64_t y, Image& image) const {
  const int64_t samples = jpeg_.output_components;
  // Adobe's programs store ink upside down: 255 is no ink.
  const bool inverted = jpeg_.saw_Adobe_marker != 0;
  for (int64_t c = 0; c < image.channels; ++c) {
    uint8_t* out = &image.At(c, y, 0);
    for (int64_t x = 0; x < image.width; ++x) {
      const uint8_t* pixel = row + x * samples;
      if (samples < 4) {
        out[x] = pixel[c];
        continue;
      }
      const int paper = inverted ? pixel[c] : 255 - pixel[c];
      const int light = inverted ? pixel[3] : 255 - pixel[3];
      out[x] = static_cast<uint8_t>((paper * light + 127) / 255);
    }
  }
}

int JpegDecoder::Orientation() const {
  constexpr char kExif[] = "Exif\0";  // and a second zero that ends the literal
  for (auto* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
    if (marker->data_length > sizeof(kExif) && std::memcmp(marker->data, kExif, sizeof(kExif)) == 0)
      return ExifOrientation({marker->data + sizeof(kExif), marker->data_length - sizeof(kExif)});
  }
  return 1;
}

}  // namespace

Image internal::DecodeJpeg(std::span<const uint8_t> file, std::string_view name,
                           const ReadImageOptions& options) {
  return JpegDecoder(file, name).Decode(options);
}

}  // namespace ocellus
