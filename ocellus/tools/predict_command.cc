// ocellus predict: what a model sees in pictures.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/fit_image.h"
#include "ocellus/formats/image.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/network/workspace.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/data_arguments.h"
#include "ocellus/tools/load_arguments.h"

namespace ocellus {
namespace {

struct PredictArguments {
  std::string model;
  std::vector<std::string> images;
  std::string net;
  int64_t top = 3;
  int64_t max_pixels = ReadImageOptions().max_pixels;
  bool invert = false;
  bool json = false;
};

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
  if (error != std::errc() || stop != end || !is_split) return std::nullopt;
  return name;
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

// Overwrites `input` with the pixels of a picture, in the network's size and number of channels.
void ReadPicture(const PredictArguments& arguments, const Model& model, const std::string& path,
                 TensorView<float> input) {
  const Image picture = ReadImage(path, {.max_pixels = arguments.max_pixels});
  const Image fitted = FitImage(
      picture, {.shape = input.shape().Sample(), .crop_from = model.preprocessing.crop_from});
  std::ranges::transform(fitted.pixels, input.data(), [&](uint8_t pixel) {
    return static_cast<float>(arguments.invert ? 255 - pixel : pixel);
  });
}

int Predict(const PredictArguments& arguments) {
  if (arguments.top < 1) Fail("--top: expected 1 or more, found {}", arguments.top);
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const Shape& shape = model.network.input_shape();
  const bool takes_images = shape.rank() == 3 && (shape[0] == 1 || shape[0] == 3);
  if (!takes_images || model.network.output_shape().rank() != 1) {
    Fail(
        "{}: expected a network from grey or colour images to class scores, found one from {} to "
        "{}",
        arguments.model, shape.ToString(), model.network.output_shape().ToString());
  }
  ImageFit{.shape = shape, .crop_from = model.preprocessing.crop_from}.Validate(arguments.model);
  Workspace<float> workspace(model.network, {.max_batch = 1});
  Tensor<float> input(shape.Batch(1));
  Json results = Json::array();
  for (const std::string& image : arguments.images) {
    if (const auto sample = ParseSampleName(image)) {
      ReadSample(model, *sample, input);
    } else {
      ReadPicture(arguments, model, image, input);
    }
    model.preprocessing.Apply(input.view());
    model.network.Forward(input, workspace);
    const TensorView<float> probabilities = workspace.output();
    SoftmaxForward(probabilities, probabilities, workspace.context());

    std::vector<size_t> order(probabilities.span().size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [&](size_t c) { return probabilities.span()[c]; });
    order.resize(std::min(order.size(), static_cast<size_t>(arguments.top)));
    Json classes = Json::array();
    if (!arguments.json) fmt::print("{}:", image);
    for (const size_t c : order) {
      const std::string name =
          c < model.class_names.size() ? model.class_names[c] : std::to_string(c);
      const float probability = probabilities.span()[c];
      classes.push_back({{"class", name}, {"probability", probability}});
      if (!arguments.json) fmt::print("  {} {:.2f}%", name, 100 * probability);
    }
    if (!arguments.json) fmt::print("\n");
    results.push_back({{"image", image}, {"classes", classes}});
  }
  if (arguments.json) {
    fmt::print("{}\n", results.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return 0;
}

}  // namespace

void AddPredictCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("predict", "Tell what is in pictures");
  auto arguments = std::make_shared<PredictArguments>();
  PredictArguments& a = *arguments;
  command->add_option("MODEL", a.model, "A model, or a .pkl or .npz file of parameters")
      ->required();
  command
      ->add_option("IMAGE", a.images,
                   "PNG or JPEG files of any size and colour, or samples such as mnist:test:42")
      ->required();
  command->add_option("--net", a.net, "NET of a file that holds parameters only");
  command->add_option("--top", a.top, "How many classes to show");
  command->add_flag("--invert", a.invert,
                    "Exchange dark and light, for dark digits on white paper");
  command->add_option("--max-pixels", a.max_pixels, "Refuse pictures with more pixels");
  command->add_flag("--json", a.json, "Print one JSON array");
  command->callback([arguments, &action] { action = [arguments] { return Predict(*arguments); }; });
}

}  // namespace ocellus
