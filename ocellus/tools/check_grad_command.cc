// ocellus check-grad: the chapter's gradient check.
#include <fmt/core.h>

#include "ocellus/base/json.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/training/gradient_check.h"

namespace ocellus {
namespace {

struct CheckGradArguments {
  std::string net;
  GradientCheckOptions options;
  bool json = false;
};

int CheckGrad(const CheckGradArguments& arguments) {
  const Model model = LoadNetOrModel(arguments.net, arguments.options.seed);
  const GradientCheck check = CheckGradient(model.network.ConvertTo<double>(), arguments.options);
  if (arguments.json) {
    fmt::print("{}\n", ToJson(check).dump());
  } else {
    fmt::print(
        "{}\n{}: largest relative error {:.1e} (at most {:.0e}), float against double {:.1e} "
        "(at most {:.0e})\n",
        ToTable(check), check.passed ? "passed" : "FAILED", check.max_relative_error,
        arguments.options.tolerance, check.max_float_relative_error,
        arguments.options.float_tolerance);
  }
  return check.passed ? 0 : 1;
}

}  // namespace

void AddCheckGradCommand(CLI::App& app, Action& action) {
  CLI::App* command =
      app.add_subcommand("check-grad", "Compare gradients of backpropagation with numerical ones");
  auto arguments = std::make_shared<CheckGradArguments>();
  CheckGradArguments& a = *arguments;
  command->add_option("NET", a.net, "NET or MODEL to check")->required();
  command->add_option("--values", a.options.values_per_parameter,
                      "Values compared of each parameter (0: all)");
  command->add_option("--batch-size", a.options.batch_size, "Samples in the random batch");
  command->add_option("--step", a.options.step, "h of (loss(p + h) - loss(p - h)) / 2h");
  command->add_option("--tolerance", a.options.tolerance,
                      "Largest relative error, numerical against analytic");
  command->add_option("--float-tolerance", a.options.float_tolerance,
                      "Largest relative error, float against double");
  command->add_option("--seed", a.options.seed, "Of parameters, input and choice of values");
  command->add_flag("--json", a.json, "Print one JSON object");
  command->callback(
      [arguments, &action] { action = [arguments] { return CheckGrad(*arguments); }; });
}

}  // namespace ocellus
