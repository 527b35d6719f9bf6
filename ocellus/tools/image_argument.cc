// Reading images that the command line names.
#include "ocellus/tools/image_argument.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>

#include "ocellus/base/error.h"
#include "ocellus/formats/fit_image.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/view/pixel_range.h"

namespace ocellus {
namespace {

// A sample of a data set, "mnist:test:42", in its three parts.
struct SampleName {
  std::string data;
  std::string split;
  int64_t number = 0;
};

std::optional<SampleName> ParseSampleName(const std::string& text) {
  const size_t second = text.rfind(':');
  if (second == std::string::npos || second == 0) return std::nullopt;
  const size_t first = text.rfind(':', second - 1);
  if (first == std::string::npos) return std::nullopt;
  SampleName name{text.substr(0, first), text.substr(first + 1, second - first - 1), 0};
  const char* begin = text.data() + second + 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, name.number);
  const bool is_split = name.split == "test" || name.split == "train";
  if (error != std::errc() || stop != end) return std::nullopt;
  if (is_split) return name;
  if (std::filesystem::exists(text)) return std::nullopt;  // a file, after all
  Fail("{}: expected train or test between data set and number, found '{}'", text, name.split);
}

// Overwrites `input`, {1, C, H, W}, with the raw pixels of a sample.
void ReadSample(const Model& model, const SampleName& name, TensorView<float> input) {
  const DataSplits data = LoadDataFor(model, {.data = name.data}, nullptr);
  const Dataset& split = name.split == "test" ? *data.test : *data.train;
  if (name.number < 0 || name.number >= split.size()) {
    Fail("{}:{}: expected a sample from 0 to {}, found {}", name.data, name.split, split.size() - 1,
         name.number);
  }
  std::array<int32_t, 1> label{};
  split.Read(std::array<int64_t, 1>{name.number}, input, label);
}

ImageFit FitOf(const Model& model) {
  return {.shape = model.network.input_shape(), .crop_from = model.preprocessing.crop_from};
}

// Overwrites `input` with the pixels of a picture, in the network's size and number of channels.
// Returns the picture.
Image ReadPicture(const ImageArgument& argument, const Model& model, TensorView<float> input) {
  Image picture = ReadImage(argument.image, {.max_pixels = argument.max_pixels});
  const Image fitted = FitImage(picture, FitOf(model));
  std::ranges::transform(fitted.pixels, input.data(), [&](uint8_t pixel) {
    return static_cast<float>(argument.invert ? 255 - pixel : pixel);
  });
  return picture;
}

}  // namespace

void ReadImageArgument(const ImageArgument& argument, const Model& model, TensorView<float> input) {
  if (const auto sample = ParseSampleName(argument.image)) {
    ReadSample(model, *sample, input);
  } else {
    ReadPicture(argument, model, input);
  }
}

Image ReadImageToShow(const ImageArgument& argument, const Model& model, TensorView<float> input) {
  if (const auto sample = ParseSampleName(argument.image)) {
    ReadSample(model, *sample, input);
    return ToPicture(input.Sample(0), PixelRangeOf(Preprocessing(), input.shape()[1]));
  }
  return PartInFit(ReadPicture(argument, model, input), FitOf(model));
}

void AddImageOptions(CLI::App& command, ImageArgument& argument) {
  command
      .add_option("IMAGE", argument.image,
                  "PNG or JPEG file of any size and colour, or a sample such as mnist:test:42")
      ->required();
  command.add_flag("--invert", argument.invert,
                   "Exchange dark and light, for dark digits on white paper");
  command.add_option("--max-pixels", argument.max_pixels, "Refuse pictures with more pixels");
}

void RequireImageClassifier(const Model& model, const std::string& file) {
  const Shape& shape = model.network.input_shape();
  const bool takes_images = shape.rank() == 3 && (shape[0] == 1 || shape[0] == 3);
  if (!takes_images || model.network.output_shape().rank() != 1) {
    Fail(
        "{}: expected a network from grey or colour images to class scores, found one from {} to "
        "{}",
        file, shape.ToString(), model.network.output_shape().ToString());
  }
  FitOf(model).Validate(file);
}

}  // namespace ocellus
