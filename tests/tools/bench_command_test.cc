// ocellus bench, as a user runs it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/base/json.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

TEST(BenchCommand, PrintsATableOrOneJsonObject) {
  const std::vector<std::string> arguments = {
      "bench", "simple-conv-net", "--batch-size", "2", "--seconds", "0.01", "--threads", "1"};
  const ProgramResult table = RunProgram(arguments);
  ASSERT_EQ(table.status, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("prediction, batch 2, 1 thread:"));
  EXPECT_THAT(table.out, HasSubstr("training step, batch 2, 1 thread:"));
  EXPECT_THAT(table.out, HasSubstr("affine1 + relu2    backward"));

  std::vector<std::string> with_json = arguments;
  with_json.push_back("--json");
  const ProgramResult result = RunProgram(with_json);
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["net"], "simple-conv-net");
  EXPECT_EQ(json["prediction"]["passes"].size(), 3u);
  EXPECT_EQ(json["training"]["batch_size"], 2);
  EXPECT_GT(json["training"]["images_per_second"].get<double>(), 0);
}

TEST(BenchCommand, RefusesBadUse) {
  const auto error_of = [](const std::vector<std::string>& arguments) {
    const ProgramResult result = RunProgram(arguments);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_THAT(error_of({"bench", "simple-conv-nt"}), HasSubstr("did you mean 'simple-conv-net'?"));
  EXPECT_THAT(error_of({"bench", "simple-conv-net", "--batch-size", "0"}),
              HasSubstr("batch size: expected 1 or more, found 0"));
  EXPECT_THAT(error_of({"bench", "simple-conv-net", "--seconds", "-1"}),
              HasSubstr("seconds: expected a finite number above 0, found -1"));
  EXPECT_THAT(error_of({"bench", "simple-conv-net", "--threads", "-1"}), HasSubstr("threads"));
}

}  // namespace
}  // namespace ocellus
