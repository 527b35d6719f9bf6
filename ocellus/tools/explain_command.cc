// ocellus explain: a layer's work in numbers that can be followed by hand.
#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "ocellus/base/error.h"
#include "ocellus/tools/commands.h"
#include "ocellus/view/explain_convolution.h"

namespace ocellus {
namespace {

struct ExplainConvArguments {
  std::string input = "4";
  int64_t channels = 1;
  std::string filter = "3";
  int64_t filters = 1;
  std::string stride = "1";
  std::string padding = "0";
  std::string dilation = "1";
  std::vector<double> values;
  std::vector<double> weights;
  std::vector<double> biases;
  std::string place = "0x0";
  int64_t width = 0;
  uint64_t seed = 1;
};

// "4" or "4x5": height and width.
Extent ParseExtent(const char* option, const std::string& text) {
  const auto fail = [&]() {
    Fail("{}: expected a number or height x width such as 4x5, found '{}'", option, text);
  };
  const auto number = [&](std::string_view part) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) fail();
    return value;
  };
  const std::string_view view = text;
  const size_t cross = view.find('x');
  if (cross == std::string_view::npos) return {number(view)};
  return {number(view.substr(0, cross)), number(view.substr(cross + 1))};
}

// Replaces the example's own numbers, if some are given.
void Replace(const char* option, const std::vector<double>& numbers, Tensor<double>& tensor) {
  if (numbers.empty()) return;
  if (std::ssize(numbers) != tensor.elements()) {
    Fail("{}: expected {} numbers for {}, found {}", option, tensor.elements(),
         tensor.shape().ToString(), numbers.size());
  }
  std::ranges::copy(numbers, tensor.data());
}

// The columns of the terminal; of anything else, a number that fits most.
int64_t LineWidth() {
  constexpr int64_t kUsual = 120;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return size.ws_col;
}

int ExplainConv(const ExplainConvArguments& arguments) {
  if (arguments.width < 0) Fail("--width: expected 0 or more, found {}", arguments.width);
  const ConvolutionSizes sizes{
      .channels = arguments.channels,
      .input = ParseExtent("--input", arguments.input),
      .filters = arguments.filters,
      .window = {.size = ParseExtent("--filter", arguments.filter),
                 .stride = ParseExtent("--stride", arguments.stride),
                 .padding = ParseExtent("--padding", arguments.padding),
                 .dilation = ParseExtent("--dilation", arguments.dilation)}};
  ConvolutionExample example = MakeConvolutionExample(sizes, arguments.seed);
  Replace("--values", arguments.values, example.input);
  Replace("--weights", arguments.weights, example.weights);
  Replace("--biases", arguments.biases, example.biases);
  const Extent place = ParseExtent("--place", arguments.place);
  fmt::print("{}", ExplainConvolution(example, {place.h, place.w},
                                      arguments.width > 0 ? arguments.width : LineWidth()));
  return 0;
}

}  // namespace

void AddExplainCommand(CLI::App& app, Action& action) {
  CLI::App* explain = app.add_subcommand("explain", "Work out a small example in numbers");
  explain->require_subcommand(1);
  CLI::App* command =
      explain->add_subcommand("conv", "A convolution by im2col and a matrix product");
  auto arguments = std::make_shared<ExplainConvArguments>();
  ExplainConvArguments& a = *arguments;
  command->add_option("--input", a.input, "Height and width of the input, such as 4 or 4x5");
  command->add_option("--channels", a.channels, "Channels of the input");
  command->add_option("--filter", a.filter, "Height and width of the filters");
  command->add_option("--filters", a.filters, "Number of filters");
  command->add_option("--stride", a.stride, "Stride along height and width");
  command->add_option("--padding", a.padding, "Padding along height and width");
  command->add_option("--dilation", a.dilation, "Dilation along height and width");
  const auto add_numbers = [&](const std::string& name, std::vector<double>& numbers,
                               const std::string& description) {
    command->add_option(name, numbers, description)->delimiter(',')->default_str("");
  };
  add_numbers("--values", a.values, "Numbers of the input: channel by channel, row by row");
  add_numbers("--weights", a.weights, "Numbers of the filters, likewise");
  add_numbers("--biases", a.biases, "One number for each filter");
  command->add_option("--place", a.place, "Row x column of the output to follow, such as 1x0");
  command->add_option("--seed", a.seed, "Of the numbers that are not given");
  command->add_option("--width", a.width,
                      "Characters in a line at most (0: as the terminal has, or 120)");
  command->footer(
      "The chapter's first example:\n"
      "  ocellus explain conv --values 1,2,3,0,0,1,2,3,3,0,1,2,2,3,0,1"
      " --weights 2,0,1,0,1,2,1,0,2 --biases 3");
  command->callback(
      [arguments, &action] { action = [arguments] { return ExplainConv(*arguments); }; });
}

}  // namespace ocellus
