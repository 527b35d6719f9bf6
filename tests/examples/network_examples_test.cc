// The C++ at the beginning of the headers of ocellus/layers/, network/ and nets/, as it stands
// there.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/layers/add_layer.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/concat_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/flatten_layer.h"
#include "ocellus/layers/global_average_pooling_layer.h"
#include "ocellus/layers/layer_registry.h"
#include "ocellus/layers/leaky_relu_layer.h"
#include "ocellus/layers/local_response_norm_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/option_reader.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/sigmoid_layer.h"
#include "ocellus/layers/softmax_layer.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/layers/subsampling_layer.h"
#include "ocellus/layers/tanh_layer.h"
#include "ocellus/nets/alexnet.h"
#include "ocellus/nets/deep_conv_net.h"
#include "ocellus/nets/lenet.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/network/memory_plan.h"
#include "ocellus/network/network.h"
#include "ocellus/network/network_json.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/network/receptive_field.h"
#include "ocellus/network/subnetwork.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

TEST(LayerExamples, ImagesInImagesOut) {
  Network network({1, 64, 64});
  network.Add(Convolution{.filters = 30, .kernel_size = 5});
  network.Add(Relu{});
  network.Add(LocalResponseNorm{});  // the paper's constants
  network.Add(MaxPooling{.window = 2, .stride = 2});
  network.Add(Convolution{.filters = 8, .kernel_size = 3, .biases = false})
      .Add(BatchNorm{})
      .Add(Relu{});
  network.Add(LeakyRelu{.slope = 0.1});
  network.Add(AveragePooling{.window = 2});
  network.Add(Subsampling{.window = 2}).Add(Sigmoid{});
  network.Add(Sigmoid{});
  network.Add(Tanh{});
  network.Add(Dropout{.ratio = 0.5});
  EXPECT_EQ(network.output_shape(), (Shape{8, 7, 7}));
  network.Add(GlobalAveragePooling{}).Add(Flatten{});
  EXPECT_EQ(network.output_shape(), Shape{8});
}

TEST(LayerExamples, ImagesInNumbersOut) {
  Network network({2, 8, 8});
  network.Add(Flatten{});
  network.Add(Affine{.units = 100});
  network.Add(Affine{.units = 10}).Add(Softmax{});
  EXPECT_EQ(network.output_shape(), Shape{10});
}

TEST(LayerExamples, SeveralInputs) {
  Network network({2, 8, 8});
  network.Add(Convolution{.filters = 2, .kernel_size = 3, .padding = 1});
  network.Add(Convolution{.filters = 2, .kernel_size = 3, .padding = 1});
  network.Add(Add{}, {.name = "sum", .inputs = {"conv2", "input"}});
  network.Add(Concat{}, {.name = "both", .inputs = {"conv1", "conv2"}});
  EXPECT_EQ(network.output_shape(), (Shape{4, 8, 8}));
}

TEST(LayerExamples, FromJson) {
  const Json json = {{"filters", 30}, {"kernel_size", 5}};
  OptionReader options(json, "layers[0]");
  std::unique_ptr<Layer> layer = MakeLayerFromJson("Convolution", options);
  EXPECT_EQ(layer->type(), "Convolution");
}

TEST(LayerExamples, Options) {
  const Json json = {{"filters", 7}, {"stride", 2}};
  Convolution convolution;
  OptionReader options(json, "layers[2] (Convolution)");
  convolution.filters = options.Integer("filters");                     // must be there
  convolution.stride = options.ExtentOr("stride", convolution.stride);  // or keeps its default
  options.RefuseUnknown();
  EXPECT_EQ(convolution.filters, 7);
  EXPECT_EQ(convolution.stride, Extent(2));
}

Network SmallNetwork() {
  Network network({1, 12, 12});
  network.Add(Convolution{.filters = 3, .kernel_size = 3})
      .Add(Relu{})
      .Add(Convolution{.filters = 4, .kernel_size = 3})
      .Add(Affine{.units = 10});
  network.Initialize(/*seed=*/1);
  return network;
}

TEST(LayerExamples, SoftmaxWithLoss) {
  ThreadPool pool(1);
  const KernelContext context{pool, {}};
  const Tensor<float> scores = RandomTensor({2, 10}, 1);
  const std::vector<int32_t> labels = {3, 7};
  Tensor<float> probabilities({2, 10}), d_scores({2, 10});
  SoftmaxWithLoss<float> last_layer;
  double loss = last_layer.Forward(scores, labels, probabilities, context);
  last_layer.Backward(probabilities, labels, d_scores, context);
  EXPECT_GT(loss, 0);
  EXPECT_LT(d_scores[3], 0);
}

TEST(NetworkExamples, Workspace) {
  const Network network = SmallNetwork();
  const Tensor<float> images = RandomTensor({2, 1, 12, 12}, 1);
  const std::vector<int32_t> labels = {3, 7};
  const Tensor<float> probabilities({2, 10}, 0.1f);
  const SoftmaxWithLoss<float> loss;
  Workspace<float> workspace(network, {.max_batch = 100, .training = true});
  network.Forward(images, workspace);  // up to 100 images
  loss.Backward(probabilities, labels, workspace.d_output(), workspace.context());
  workspace.ClearGradients();
  network.Backward(workspace);  // adds to workspace.d_parameters()
  EXPECT_EQ(workspace.d_parameter(5)[0], 0.1f);

  const TensorView<const float> image = images.view().Samples(0, 1);
  Workspace<float> predictor(network, {.max_batch = 1, .constant_parameters = true});
  network.Forward(image, predictor);
  EXPECT_EQ(predictor.output().shape(), (Shape{1, 10}));
}

TEST(NetworkExamples, MemoryPlan) {
  const std::vector<BufferLife> lives = {{1000, 0, 1}, {500, 1, 2}, {1000, 2, 3}};
  MemoryPlan plan = PlanMemory(lives);  // the third takes the place of the first
  EXPECT_EQ(plan.offsets[2], plan.offsets[0]);
}

TEST(NetworkExamples, Network) {
  const Tensor<float> images = RandomTensor({3, 1, 28, 28}, 1);
  Network net({1, 28, 28});  // the shape of one sample: C, H, W
  net.Add(Convolution{.filters = 30, .kernel_size = 5})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Affine{.units = 10});
  net.Initialize(/*seed=*/1);
  Tensor<float> scores = net.Predict(images);  // N x 1 x 28 x 28 -> N x 10
  EXPECT_EQ(scores.shape(), (Shape{3, 10}));
}

TEST(NetworkExamples, LooksIntoANetwork) {
  const Network network = SmallNetwork();
  std::string table = ToTable(Summarize(network, /*batch_size=*/100));
  EXPECT_NE(table.find("conv2"), std::string::npos);
  const PixelBox field = ReceptiveField(network, network.FindNode("conv2"), {4, 7});
  EXPECT_EQ(field.size, Extent(5));
  const Network conv2 = NetworkUpTo(network, network.FindNode("conv2"));
  conv2.output_shape();
  EXPECT_EQ(conv2.output_shape(), (Shape{4, 8, 8}));
}

TEST(NetworkExamples, Preprocessing) {
  Tensor<float> images({1, 1, 2, 2}, 255);
  const TensorView<float> batch = images;
  Preprocessing preprocessing{.scale = 1.0 / 255};
  preprocessing.Apply(batch);
  EXPECT_EQ(batch[3], 1);
}

// In a folder with the files that the examples read.
class NetExamples : public testing::Test {
 protected:
  NetExamples() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~NetExamples() override { fs::current_path(before_); }

  const TemporaryFolder folder_;
  const fs::path before_;
};

TEST_F(NetExamples, Catalog) {
  WriteBytes("my-net.json", R"({"input": [4], "layers": [{"type": "Affine", "units": 5}]})");
  Network network = LoadNet("simple-conv-net");
  Network for_my_pictures = LoadNet("simple-conv-net", {.classes = 4});
  Network mine = LoadNet("my-net.json");
  Model with_preprocessing = LoadNetModel("alexnet");
  EXPECT_EQ(network.output_shape(), Shape{10});
  EXPECT_EQ(for_my_pictures.output_shape(), Shape{4});
  EXPECT_EQ(mine.output_shape(), Shape{5});
  EXPECT_EQ(with_preprocessing.preprocessing.mean, AlexnetPreprocessing().mean);
}

TEST_F(NetExamples, DeepConvNet) {
  Network trained = MakeDeepConvNet();
  trained.Initialize(/*seed=*/1);
  SaveParameters(trained, "deep_convnet_params.pkl");
  Network network = MakeDeepConvNet();
  LoadParameters("deep_convnet_params.pkl", network);  // the book's W1, b1, ... W8, b8
  EXPECT_TRUE(SameBits(network.parameter_values(), trained.parameter_values()));
}

TEST_F(NetExamples, AlexnetAndLenet) {
  Network network = MakeAlexnet(1000);
  Network classic = MakeLenet();
  Network modern = MakeLenetModern();
  EXPECT_EQ(network.output_shape(), Shape{1000});
  EXPECT_EQ(classic.output_shape(), modern.output_shape());
}

TEST_F(NetExamples, SimpleConvNet) {
  SimpleConvNet({}, /*seed=*/2).SaveParams();
  const Tensor<float> x = RandomTensor({2, 1, 28, 28}, 1);
  const std::vector<int32_t> t = {3, 7};
  SimpleConvNet net;  // 30 filters 5x5, 100 hidden units
  double loss = net.Loss(x, t);
  NamedGradients grads = net.Gradient(x, t);  // W1, b1, W2, b2, W3, b3
  net.LoadParams("params.pkl");
  double accuracy = net.Accuracy(x, t);
  EXPECT_GT(loss, 0);
  EXPECT_EQ(grads.size(), 6u);
  EXPECT_LE(accuracy, 1);
}

}  // namespace
}  // namespace ocellus
