// ocellus show attention: where in a picture a decision comes from.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/network/workspace.h"
#include "ocellus/tools/image_argument.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/show_commands.h"
#include "ocellus/tools/work_line.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/view/attention_picture.h"
#include "ocellus/view/grad_cam.h"
#include "ocellus/view/probability_bars.h"

namespace ocellus {
namespace {

struct AttentionArguments : ShowArguments {
  ImageArgument image;
  std::string target;
  std::string layer;
  int64_t square = 0;
  int64_t stride = 0;
  int threads = 0;
};

// A class by its name or its number.
int64_t FindClass(const std::string& text, const std::vector<std::string>& names, int64_t count) {
  const auto found = std::ranges::find(names, text);
  if (found != names.end()) return found - names.begin();
  for (int64_t c = 0; c < count; ++c) {
    if (text == std::to_string(c)) return c;
  }
  std::vector<std::string> known = names;
  if (known.empty()) {
    for (int64_t c = 0; c < count; ++c) known.push_back(std::to_string(c));
  }
  Fail("--class: there is no class '{}'{}", text, DidYouMean(text, known));
}

int ShowAttention(const AttentionArguments& arguments) {
  const Model model = LoadModelArgument(arguments.model, arguments.net);
  const Network& network = model.network;
  RequireImageClassifier(model, arguments.model);
  const int layer = arguments.layer.empty() ? CamLayer(network) : network.FindNode(arguments.layer);
  Tensor<float> input(network.input_shape().Batch(1));
  Image picture = ReadImageToShow(arguments.image, model, input);
  model.preprocessing.Apply(input.view());
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);

  Workspace<float> workspace(network, {.max_batch = 1, .pool = pool.get()});
  network.Forward(input, workspace);
  const TensorView<float> probabilities = workspace.output();
  const int64_t predicted = PredictedClass<float>(probabilities.span());
  if (predicted < 0) Fail("{}: its scores for this picture are not numbers", arguments.model);
  SoftmaxForward(probabilities, probabilities, workspace.context());
  Attention attention{
      .title = fmt::format("{} on {}", ModelTitle(model, arguments.model), arguments.image.image),
      .picture = std::move(picture),
      .input_size = {network.input_shape()[1], network.input_shape()[2]},
      .cam_layer = network.name_of(layer),
      .target = arguments.target.empty()
                    ? predicted
                    : FindClass(arguments.target, model.class_names, network.output_shape()[0]),
      .probabilities = {probabilities.span().begin(), probabilities.span().end()},
      .class_names = model.class_names};
  attention.cam = GradCam(network, input, layer, attention.target, pool.get());
  WorkLine line("hiding parts of the picture");
  attention.occlusion = Occlude(network, input, attention.target,
                                {.size = arguments.square,
                                 .stride = arguments.stride,
                                 .run = {.pool = pool.get(), .progress = line.callback()}});
  WritePng(DrawAttention(attention), arguments.out);
  fmt::print("predicted {} with {:.2f}%; wrote {}\n", ClassName(model.class_names, predicted),
             100 * probabilities[predicted], arguments.out);
  return 0;
}

}  // namespace

void AddShowAttentionCommand(CLI::App& show, Action& action) {
  CLI::App* command =
      show.add_subcommand("attention", "Which places of a picture speak for a class");
  auto arguments = std::make_shared<AttentionArguments>();
  AttentionArguments& a = *arguments;
  a.out = "attention.png";
  AddShowOptions(*command, a);
  AddImageOptions(*command, a.image);
  command->add_option("--class", a.target, "Class by name or number (default: the predicted one)");
  command->add_option("--layer", a.layer,
                      "Layer that Grad-CAM looks at (default: the last convolution)");
  command->add_option("--square", a.square,
                      "Side of the square that hides, in pixels (0: a quarter of the picture)");
  command->add_option("--stride", a.stride,
                      "Pixels from one square to the next (0: about 28 along the picture)");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->callback(
      [arguments, &action] { action = [arguments] { return ShowAttention(*arguments); }; });
}

}  // namespace ocellus
