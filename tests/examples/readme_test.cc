// The C++ of README.md, as it stands there, with the first images of MNIST.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "ocellus/data/load_data.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/training/trainer.h"
#include "tests/support/small_mnist.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

void TrainAsInReadme() {
  const DataSplits mnist = LoadData("mnist");
  Network net({1, 28, 28});
  net.Add(Convolution{.filters = 30, .kernel_size = 5})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 100})
      .Add(Relu{})
      .Add(Affine{.units = 10});
  const Preprocessing pixels{.scale = 1.0 / 255};
  Trainer trainer(
      net, {.optimizer = Adam{.learning_rate = 0.001}, .epochs = 5, .preprocessing = pixels});
  trainer.Fit(*mnist.train, mnist.test.get());
  SaveModel({.network = net.Clone(), .preprocessing = pixels}, "model.safetensors");
}

int64_t PredictAsInReadme(Tensor<float> image) {
  const Model model = LoadModel("model.safetensors");
  Workspace<float> workspace(model.network, {.max_batch = 1, .constant_parameters = true});
  model.preprocessing.Apply(image.view());  // 1 x 1 x 28 x 28, from 0 to 255
  model.network.Forward(image, workspace);
  const TensorView<float> scores = workspace.output();  // 1 x 10
  return PredictedClass<float>(scores.span());
}

TEST(Readme, ExamplesTrainAndPredict) {
  const TemporaryFolder folder;
  const DataSplits whole = LoadData("mnist");
  WriteSmallMnist(folder / "mnist", 2000, 500);
  const fs::path before = fs::current_path();
  setenv("OCELLUS_DATA_DIR", folder.path().c_str(), /*overwrite=*/1);
  fs::current_path(folder.path());
  TrainAsInReadme();
  int64_t right = 0;
  for (int64_t n = 0; n < 20; ++n) {
    Tensor<float> image({1, 1, 28, 28});
    std::array<int32_t, 1> label;
    whole.test->Read(std::array{n}, image, label);
    if (PredictAsInReadme(std::move(image)) == label[0]) ++right;
  }
  EXPECT_GE(right, 15);
  fs::current_path(before);
  unsetenv("OCELLUS_DATA_DIR");

  const Model model = LoadModel(folder / "model.safetensors");
  const Evaluation result =
      Evaluate(model.network, *whole.test, {.preprocessing = model.preprocessing});
  EXPECT_GT(result.accuracy(), 0.8);
}

}  // namespace
}  // namespace ocellus
