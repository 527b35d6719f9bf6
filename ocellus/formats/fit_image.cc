// Cutting first and resizing then gives the same as the other order, but a ribbon of 1 x 100,000
// pixels never becomes one of 256 x 25,600,000.
#include "ocellus/formats/fit_image.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/formats/resize.h"

namespace ocellus {
namespace {

// x * numerator / denominator, rounded.
int64_t Scale(int64_t x, int64_t numerator, int64_t denominator) {
  return std::llround(static_cast<double>(x) * static_cast<double>(numerator) /
                      static_cast<double>(denominator));
}

Image CutCentre(const Image& image, Extent size) {
  if (size == Extent(image.height, image.width)) return image;
  Image cut(image.channels, size.h, size.w);
  const int64_t top = (image.height - size.h) / 2;
  const int64_t left = (image.width - size.w) / 2;
  for (int64_t c = 0; c < image.channels; ++c) {
    for (int64_t y = 0; y < size.h; ++y) {
      const auto from = image.pixels.begin() + ((c * image.height + top + y) * image.width + left);
      std::copy_n(from, size.w, &cut.At(c, y, 0));
    }
  }
  return cut;
}

// The largest part of an image that has the proportions of `target`; at least one pixel.
Extent LargestPart(const Image& image, Extent target) {
  const int64_t height = std::max<int64_t>(1, Scale(image.width, target.h, target.w));
  const int64_t width = std::max<int64_t>(1, Scale(image.height, target.w, target.h));
  return {std::min(image.height, height), std::min(image.width, width)};
}

}  // namespace

Shape ImageFit::UncroppedShape() const {
  if (crop_from == 0) return shape;
  const int64_t shorter = std::min(shape[1], shape[2]);
  return {shape[0], Scale(shape[1], crop_from, shorter), Scale(shape[2], crop_from, shorter)};
}

void ImageFit::Validate(const std::string& where) const {
  if (shape.rank() != 3 || (shape[0] != 1 && shape[0] != 3)) {
    Fail(
        "{}: expected a network that takes grey or colour images (1 or 3 channels, height, "
        "width), found input shape {}",
        where, shape.ToString());
  }
  const int64_t shorter = std::min(shape[1], shape[2]);
  constexpr int64_t kMaxSide = 1 << 16;
  if (crop_from != 0 && (crop_from < shorter || crop_from > kMaxSide)) {
    Fail(
        "{}: images of {} cannot be cut out of pictures whose shorter side has {} pixels; "
        "expected {} to {}",
        where, shape.ToString(), crop_from, shorter, kMaxSide);
  }
}

Image FitImage(const Image& picture, const ImageFit& fit) {
  // To grey first and to colour last: less to resize.
  if (fit.shape[0] == 1 && picture.channels == 3) return FitImage(ToGrey(picture), fit);
  const Extent size{fit.shape[1], fit.shape[2]};
  Image fitted;
  if (fit.crop_from == 0) {
    fitted = Resize(picture, size);
  } else {
    const Shape uncropped = fit.UncroppedShape();
    const Extent larger{uncropped[1], uncropped[2]};
    const Extent part = LargestPart(picture, larger);
    fitted = part == Extent(picture.height, picture.width)
                 ? Resize(picture, larger)
                 : Resize(CutCentre(picture, part), larger);
    fitted = CutCentre(fitted, size);
  }
  return fit.shape[0] == 3 ? ToColour(fitted) : fitted;
}

Image PartInFit(const Image& picture, const ImageFit& fit) {
  if (picture.pixels.empty()) Fail("PartInFit: expected a picture, found none");
  if (fit.crop_from == 0) return picture;
  const Shape larger = fit.UncroppedShape();
  const Extent part = LargestPart(picture, {larger[1], larger[2]});
  return CutCentre(CutCentre(picture, part),
                   {std::max<int64_t>(1, Scale(part.h, fit.shape[1], larger[1])),
                    std::max<int64_t>(1, Scale(part.w, fit.shape[2], larger[2]))});
}

}  // namespace ocellus
