// The C++ at the beginning of the headers of ocellus/tools/, as it stands there.
#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/tools/interrupt_guard.h"
#include "ocellus/tools/saved_flags.h"
#include "ocellus/tools/work_line.h"
#include "ocellus/view/occlusion.h"

namespace ocellus {
namespace {

TEST(ToolExamples, InterruptGuard) {
  int works = 0;
  const auto Work = [&] {
    if (++works == 3) raise(SIGINT);
  };
  const InterruptGuard guard;
  while (!guard.interrupted()) Work();
  EXPECT_EQ(works, 3);
  EXPECT_EQ(guard.exit_status(), 128 + SIGINT);
}

TEST(ToolExamples, SavedFlags) {
  int epochs = 20, threads = 0;
  std::string data = "mnist";
  CLI::App command;
  command.option_defaults()->always_capture_default();
  command.add_option("--epochs", epochs);
  command.add_option("--data", data);
  command.add_option("--threads", threads);
  Json flags = FlagsToJson(command);  // {"--epochs": ["20"], "--data": ["mnist"], ...}
  RestoreFlags(flags, {"--threads"}, "out/checkpoint.safetensors", command);
  EXPECT_EQ(flags, Json::parse(R"({"--epochs": ["20"], "--data": ["mnist"], "--threads": ["0"]})"));
  EXPECT_EQ(epochs, 20);
}

TEST(ToolExamples, WorkLine) {
  Network network({1, 8, 8});
  network.Add(Affine{.units = 2});
  network.Initialize(1);
  const Tensor<float> input({1, 1, 8, 8}, 1.0f);
  constexpr int64_t target = 1;
  WorkLine line("hiding parts of the picture");
  Occlude(network, input, target, {.run = {.progress = line.callback()}});
}

}  // namespace
}  // namespace ocellus
