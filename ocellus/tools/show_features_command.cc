// ocellus show features: what every layer computes for one picture.
#include <fmt/core.h>

#include "ocellus/base/error.h"
#include "ocellus/tools/image_argument.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"
#include "ocellus/view/features_picture.h"

namespace ocellus {
namespace {

struct FeaturesArguments : ShowArguments {
  ImageArgument image;
  int64_t max_maps = FeaturesPictureOptions().max_maps;
};

int ShowFeatures(const FeaturesArguments& arguments) {
  if (arguments.max_maps < 1) {
    Fail("--max-maps: expected 1 or more, found {}", arguments.max_maps);
  }
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  RequireImageClassifier(model, arguments.model);
  Tensor<float> input(model.network.input_shape().Batch(1));
  ReadImageArgument(arguments.image, model, input);
  model.preprocessing.Apply(input.view());
  const std::vector<LayerOutput> layers = ComputeFeatures(model.network, input);
  const FeaturesPictureOptions options{
      .title = fmt::format("What {} sees in {}", ModelTitle(model, arguments.model),
                           arguments.image.image),
      .pixels = PixelRangeOf(model.preprocessing, model.network.input_shape()[0]),
      .class_names = model.class_names,
      .max_maps = arguments.max_maps};
  WritePng(DrawFeatures(layers, options), arguments.out);
  fmt::print("wrote {}\n", arguments.out);
  return 0;
}

}  // namespace

void AddShowFeaturesCommand(CLI::App& show, Action& action) {
  CLI::App* command = show.add_subcommand("features", "What every layer computes for one picture");
  auto arguments = std::make_shared<FeaturesArguments>();
  FeaturesArguments& a = *arguments;
  a.out = "features.png";
  AddShowOptions(*command, a);
  AddImageOptions(*command, a.image);
  command->add_option("--max-maps", a.max_maps, "Maps of a layer to draw at most");
  command->callback(
      [arguments, &action] { action = [arguments] { return ShowFeatures(*arguments); }; });
}

}  // namespace ocellus
