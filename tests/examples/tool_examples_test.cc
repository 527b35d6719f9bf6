// The C++ at the beginning of the headers of ocellus/tools/, as it stands there.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/tools/folder_lock.h"
#include "ocellus/tools/interrupt_guard.h"
#include "ocellus/tools/saved_flags.h"
#include "ocellus/tools/terminal.h"
#include "ocellus/tools/work_line.h"
#include "ocellus/view/occlusion.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

TEST(ToolExamples, FolderLock) {
  const TemporaryFolder folder;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  std::filesystem::create_directory("out");
  {
    const FolderLock lock("out");
    EXPECT_THROW(FolderLock("out"), Error);
  }
  EXPECT_NO_THROW(FolderLock("out"));
  std::filesystem::current_path(before);
}

TEST(ToolExamples, Terminal) {
  constexpr int count = 3;
  const std::string line = "a line";
  testing::internal::CaptureStderr();  // no terminal
  Note("note: {} pictures are left out\n", count);
  if (StderrIsTerminal()) Note("\r\033[K{}", line);  // of less than StderrColumns() characters
  EXPECT_GT(StderrColumns(), 1000);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "note: 3 pictures are left out\n");
}

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
