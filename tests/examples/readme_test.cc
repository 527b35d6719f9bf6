// The C++ of README.md: the same lines, with less to train.
#include <gtest/gtest.h>

#include <filesystem>

#include "ocellus/data/load_data.h"
#include "ocellus/data/subset.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/training/trainer.h"
#include "tests/support/program_run.h"

namespace ocellus {
namespace {

TEST(Readme, ExampleTrainsAndSaves) {
  const TemporaryFolder folder;
  const DataSplits mnist = LoadData("mnist");
  Network net({1, 28, 28});
  net.Add(Convolution{.filters = 30, .kernel_size = 5})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 100})
      .Add(Relu{})
      .Add(Affine{.units = 10});
  const Preprocessing pixels{.scale = 1.0 / 255};
  Trainer trainer(net, {.optimizer = Adam{.learning_rate = 0.001},
                        .epochs = 5,
                        .max_steps = 30,
                        .preprocessing = pixels});
  const auto test = FirstSamples(*mnist.test, 500);
  const TrainingResult result = trainer.Fit(*mnist.train, test.get());
  EXPECT_GT(result.last_epoch->test->accuracy(), 0.5);
  const std::filesystem::path path = folder.path() / "model.safetensors";
  SaveModel({.network = net.Clone(), .preprocessing = pixels}, path);
  EXPECT_EQ(LoadModel(path).preprocessing, pixels);
}

}  // namespace
}  // namespace ocellus
