// The book's params.pkl from end to end: the program and NumPy find the same loss and accuracy.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "ocellus/base/json.h"
#include "tests/support/numpy.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

// Runs a program that finds the functions of simple_conv_net.py, 510 test images `x` of MNIST, of
// which the last 10 are a partial batch, their labels `t`, and the folder "digits" with the same.
bool RunJudge(std::string_view program, const fs::path& folder) {
  constexpr std::string_view kHead = R"(
sys.path.insert(0, '{0}/tests/support')
sys.dont_write_bytecode = True
import json, os
from simple_conv_net import *
mnist = '{0}/data/mnist'
x, t = digits(mnist, 't10k', 510)
os.makedirs(folder + '/digits', exist_ok=True)
for split in 'train', 't10k':
    write_idx(f'{{folder}}/digits/{{split}}-images-idx3-ubyte', np.round(x[:, 0] * 255).astype(np.uint8))
    write_idx(f'{{folder}}/digits/{{split}}-labels-idx1-ubyte', t)
)";
  return RunNumpy(fmt::format(kHead, OCELLUS_SOURCE_DIR) + std::string(program), folder);
}

Json ReadJson(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

void ExpectSameAsNumpy(const Json& found, const Json& expected) {
  EXPECT_EQ(found["samples"], expected["samples"]);
  EXPECT_NEAR(found["loss"].get<double>(), expected["loss"].get<double>(), 1e-6);
  EXPECT_NEAR(found["accuracy"].get<double>(), expected["accuracy"].get<double>(), 1e-9);
}

Json Evaluate(const std::string& params, const fs::path& folder,
              const std::string& precision = "float") {
  const ProgramResult eval = RunProgram({"eval", params, "--net", "simple-conv-net", "--data",
                                         "digits", "--precision", precision, "--json"},
                                        folder);
  EXPECT_EQ(eval.status, 0) << eval.err;
  return eval.status == 0 ? Json::parse(eval.out) : Json();
}

TEST(BookParams, EveryFormHasTheLossAndAccuracyOfNumpy) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  ASSERT_TRUE(RunJudge(R"(
params = make_params(*digits(mnist, 'train', 1000))
expected = {}
for dtype in 'f4', 'f8':
    rounded = {name: values.astype('<' + dtype) for name, values in params.items()}
    expected[dtype] = loss_and_accuracy(rounded, x, t)
    for order in 'C', 'F':
        ordered = {name: np.array(values, order=order) for name, values in rounded.items()}
        for protocol in 2, 3, 4, 5:
            for core in 'core', '_core':
                with open(f'{folder}/{dtype}{order}{protocol}{core}.pkl', 'wb') as file:
                    file.write(dumps(ordered, protocol, core))
json.dump(expected, open(folder + '/expected.json', 'w'))
)",
                       folder.path()));
  const Json expected = ReadJson(folder.path() / "expected.json");
  // What is compared tells something: the parameters are neither random nor perfect.
  EXPECT_GT(expected["f8"]["accuracy"], 0.7);
  EXPECT_LT(expected["f8"]["accuracy"], 0.99);
  for (const char* type : {"f4", "f8"}) {
    for (const char* order : {"C", "F"}) {
      for (const int protocol : {2, 3, 4, 5}) {
        for (const char* core : {"core", "_core"}) {
          const std::string name = fmt::format("{}{}{}{}.pkl", type, order, protocol, core);
          SCOPED_TRACE(name);
          ExpectSameAsNumpy(Evaluate(name, folder.path()), expected[type]);
        }
      }
    }
  }
  const Json textbook = Evaluate("f8F4core.pkl", folder.path(), "double");
  EXPECT_NEAR(textbook["loss"].get<double>(), expected["f8"]["loss"].get<double>(), 1e-8);
}

TEST(BookParams, NumpyFindsTheSameInWhatWasTrainedHere) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  ASSERT_TRUE(RunJudge("", folder.path()));
  const ProgramResult train = RunProgram(
      {"train", "--data", "digits", "--max-steps", "20", "--lr", "0.003"}, folder.path());
  ASSERT_EQ(train.status, 0) << train.err;
  const ProgramResult convert =
      RunProgram({"convert", "out/model.safetensors", "params.pkl"}, folder.path());
  ASSERT_EQ(convert.status, 0) << convert.err;
  ASSERT_TRUE(RunJudge(R"(
params = pickle.load(open(folder + '/params.pkl', 'rb'))
json.dump(loss_and_accuracy(params, x, t), open(folder + '/expected.json', 'w'))
)",
                       folder.path()));
  ExpectSameAsNumpy(Evaluate("params.pkl", folder.path()),
                    ReadJson(folder.path() / "expected.json"));
}

}  // namespace
}  // namespace ocellus
