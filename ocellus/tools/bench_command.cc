// ocellus bench: how fast a network is on this machine, and which layer takes the time.
#include <fmt/core.h>

#include "ocellus/base/json.h"
#include "ocellus/kernels/simd_target.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/tools/commands.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/training/network_profile.h"

namespace ocellus {
namespace {

struct BenchArguments {
  std::string net;
  ProfileOptions options;
  int threads = 0;
  bool json = false;
};

int Bench(const BenchArguments& arguments) {
  const std::unique_ptr<ThreadPool> pool = MakePool(arguments.threads);
  const Model model = LoadNetOrModel(arguments.net, /*seed=*/1);
  const MachineLimits limits = MeasureLimits(model.network, arguments.options, *pool);
  const NetworkProfile prediction =
      ProfilePrediction(model.network, arguments.options, limits, *pool);
  const NetworkProfile training = ProfileTraining(model.network, arguments.options, limits, *pool);
  if (arguments.json) {
    const Json json = {{"net", arguments.net},
                       {"simd", CurrentSimdTarget()},
                       {"prediction", ToJson(prediction)},
                       {"training", ToJson(training)}};
    fmt::print("{}\n", json.dump());
    return 0;
  }
  fmt::print("this machine, {}: {:.0f} GFLOP/s of fused multiply-adds, {:.1f} GB/s read\n\n",
             CurrentSimdTarget(), 1e-9 * limits.flop_per_second, 1e-9 * limits.bytes_per_second);
  fmt::print("{}\n{}\n", ToTable(prediction), ToTable(training));
  fmt::print("memory: {} for prediction, {} for training with Adam\n",
             FormatBytes(prediction.memory_bytes), FormatBytes(training.memory_bytes));
  return 0;
}

}  // namespace

void AddBenchCommand(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("bench", "Measure speed, and where the time goes");
  auto arguments = std::make_shared<BenchArguments>();
  BenchArguments& a = *arguments;
  command->add_option("NET", a.net, "NET or MODEL to measure")->required();
  command->add_option("--batch-size", a.options.batch_size, "Samples computed together");
  command->add_option("--threads", a.threads, "Threads to use (0: all processors)");
  command->add_option("--seconds", a.options.seconds, "How long to measure each of the two");
  command->add_flag("--json", a.json, "Print one JSON object");
  command->callback([arguments, &action] { action = [arguments] { return Bench(*arguments); }; });
  command->footer(
      "Of each layer: its time and share of the whole; floating-point operations and bytes a "
      "second,\n"
      "counted as the textbook's products and as each operand read or written once; whether this\n"
      "machine's arithmetic or its memory is the limit, and how near the layer comes to that "
      "limit.");
}

}  // namespace ocellus
