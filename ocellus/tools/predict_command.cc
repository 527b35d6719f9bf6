// ocellus predict: what a model sees in pictures.
#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/network/workspace.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/image_argument.h"
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

int Predict(const PredictArguments& arguments) {
  if (arguments.top < 1) Fail("--top: expected 1 or more, found {}", arguments.top);
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  RequireImageClassifier(model, arguments.model);
  Workspace<float> workspace(model.network,
                             {.max_batch = 1, .constant_parameters = arguments.images.size() > 1});
  Tensor<float> input(model.network.input_shape().Batch(1));
  Json results = Json::array();
  for (const std::string& image : arguments.images) {
    ReadImageArgument(
        {.image = image, .invert = arguments.invert, .max_pixels = arguments.max_pixels}, model,
        input);
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
      ->required()
      ->default_str("");
  command->add_option("--net", a.net, "NET of a file that holds parameters only");
  command->add_option("--top", a.top, "How many classes to show");
  command->add_flag("--invert", a.invert,
                    "Exchange dark and light, for dark digits on white paper");
  command->add_option("--max-pixels", a.max_pixels, "Refuse pictures with more pixels");
  command->add_flag("--json", a.json, "Print one JSON array");
  command->callback([arguments, &action] { action = [arguments] { return Predict(*arguments); }; });
}

}  // namespace ocellus
