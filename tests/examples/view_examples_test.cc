// The C++ at the beginning of the headers of ocellus/view/, as it stands there.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/training/evaluate.h"
#include "ocellus/view/activation_maximization.h"
#include "ocellus/view/attention_picture.h"
#include "ocellus/view/axis.h"
#include "ocellus/view/canvas.h"
#include "ocellus/view/colour_map.h"
#include "ocellus/view/confusion_picture.h"
#include "ocellus/view/curves.h"
#include "ocellus/view/dataset_scan.h"
#include "ocellus/view/explain_convolution.h"
#include "ocellus/view/feature_maps.h"
#include "ocellus/view/features_picture.h"
#include "ocellus/view/filters.h"
#include "ocellus/view/gaussian_blur.h"
#include "ocellus/view/grad_cam.h"
#include "ocellus/view/mistakes.h"
#include "ocellus/view/mistakes_picture.h"
#include "ocellus/view/occlusion.h"
#include "ocellus/view/page.h"
#include "ocellus/view/pixel_range.h"
#include "ocellus/view/plot.h"
#include "ocellus/view/probability_bars.h"
#include "ocellus/view/text_lines.h"
#include "ocellus/view/top_patches.h"
#include "ocellus/view/unit_pictures.h"
#include "ocellus/view/value_range.h"
#include "tests/support/compare.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

// Runs each example in an empty folder, for the pictures that it writes.
class ViewExamples : public testing::Test {
 protected:
  ViewExamples() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~ViewExamples() override { fs::current_path(before_); }

  const TemporaryFolder folder_;
  const fs::path before_;
};

// The layer that is looked at.
constexpr int node = 2;  // NOLINT(readability-identifier-naming): its name in the examples

Model SmallModel() {
  Network net({1, 9, 8});
  net.Add(Convolution{.filters = 4, .kernel_size = 3})
      .Add(Relu{})
      .Add(Convolution{.filters = 16, .kernel_size = 3})
      .Add(Affine{.units = 5});
  net.Initialize(/*seed=*/1);
  return {.network = std::move(net),
          .preprocessing = {.scale = 1.0 / 255},
          .class_names = {"a", "b", "c", "d", "e"}};
}

DataSplits SmallData() {
  Tensor<float> images({20, 1, 9, 8});
  for (int64_t i = 0; i < images.elements(); ++i) images[i] = static_cast<float>(i * 37 % 256);
  std::vector<int32_t> labels(20);
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int32_t>(i % 5);
  return {.train = nullptr,
          .test = std::make_unique<InMemoryDataset>(std::move(images), std::move(labels),
                                                    SmallModel().class_names, "small")};
}

const std::vector<float> kProbabilities = {0.1f, 0.05f, 0.05f, 0.7f, 0.1f};

TEST_F(ViewExamples, ActivationMaximization) {
  const Model model = SmallModel();
  const PixelRange range = PixelRangeOf(model.preprocessing, 1);
  const std::array<int64_t, 2> units = {0, 12};
  const ExcitingPictures best = MaximizeActivation(model.network, node, units, model.preprocessing);
  WritePng(ToPicture(best.pictures.view().Sample(0), range), "unit0.png");
  EXPECT_EQ(ReadImage("unit0.png").height, 9);
}

TEST_F(ViewExamples, AttentionPicture) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  const PixelRange range = PixelRangeOf(model.preprocessing, 1);
  const std::vector<float>& probabilities = kProbabilities;
  const Attention attention{.title = "mnist:test:42",
                            .picture = ToPicture(input.view().Sample(0), range),
                            .input_size = {28, 28},
                            .cam_layer = model.network.name_of(node),
                            .cam = GradCam(model.network, input, node, /*target=*/3),
                            .occlusion = Occlude(model.network, input, /*target=*/3),
                            .target = 3,
                            .probabilities = probabilities,
                            .class_names = model.class_names};
  WritePng(DrawAttention(attention), "attention.png");
  EXPECT_TRUE(fs::exists("attention.png"));
}

TEST_F(ViewExamples, Axis) {
  Canvas canvas({.width = 400, .height = 300});
  const Axis axis = MakeLinearAxis(0, 20, AxisEnds::kRound, "%");
  const double place = axis.Place(15);  // 0 at the low end, 1 at the high end: 0.75
  for (const Tick& tick : axis.ticks) {
    canvas.Text(tick.label, {300 * axis.Place(tick.value), 200}, {.size = 17});
  }
  EXPECT_EQ(place, 0.75);
}

TEST_F(ViewExamples, Canvas) {
  Canvas canvas({.width = 400, .height = 300});
  canvas.FillRectangle({.x = 10, .y = 10, .width = 50, .height = 20}, colours::kBlue);
  canvas.Text("conv1", {.x = 35, .y = 50}, {.size = 20, .align = Align::kCentre});
  WritePng(canvas.ToImage(), "picture.png");
  EXPECT_EQ(ReadImage("picture.png").width, 400);
}

TEST_F(ViewExamples, ColourMap) {
  constexpr double activation = -2, largest = 2, probability = 1;
  const Colour colour = SignedColour(activation / largest);  // blue, white, orange
  const Colour heat = HeatColour(probability);               // black, red, yellow
  EXPECT_GT(colour.blue, colour.red);
  EXPECT_GT(heat.red, heat.blue);
}

TEST_F(ViewExamples, ConfusionPicture) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  const Evaluation result =
      Evaluate(model.network, *data.test, {.preprocessing = model.preprocessing});
  WritePng(DrawConfusion(result.confusion, model.class_names, "lenet"), "confusion.png");
  EXPECT_TRUE(fs::exists("confusion.png"));
}

TEST_F(ViewExamples, Curves) {
  TrainingCurves curves;
  curves.loss.push_back({.x = 0.01, .y = 2.30});         // after step 1 of 100 an epoch
  curves.test_accuracy.push_back({.x = 1, .y = 0.956});  // after epoch 1
  WritePng(DrawCurves(curves, {.title = "simple-conv-net on mnist"}), "curves.png");
  EXPECT_TRUE(fs::exists("curves.png"));
}

TEST_F(ViewExamples, DatasetScan) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  float highest = 0;
  const auto look = [&](const ScannedBatch& batch) {
    for (const float score : batch.outputs.span()) highest = std::max(highest, score);
  };
  ScanDataset(model.network, *data.test, model.preprocessing, {}, look);
  EXPECT_GT(highest, 0);
}

TEST_F(ViewExamples, ExplainConvolution) {
  const ConvolutionExample example = MakeConvolutionExample(
      {.channels = 2, .input = 4, .filters = 3, .window = {.size = 3}}, /*seed=*/1);
  const std::string text = ExplainConvolution(example);
  EXPECT_THAT(text, testing::HasSubstr("3 filters of 2x3x3"));
}

TEST_F(ViewExamples, FeatureMaps) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  testing::internal::CaptureStdout();
  for (const LayerOutput& layer : ComputeFeatures(model.network, input)) {
    fmt::print("{}: {}\n", layer.name, layer.values.shape().ToString());
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "input: 1x9x8\nconv1: 4x7x6\nrelu1: 4x7x6\nconv2: 16x5x4\naffine1: 5\n");
}

TEST_F(ViewExamples, FeaturesPicture) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  const std::vector<LayerOutput> layers = ComputeFeatures(model.network, input);
  const PixelRange pixels = PixelRangeOf(model.preprocessing, /*channels=*/1);
  WritePng(DrawFeatures(layers, {.title = "mnist:test:42", .pixels = pixels}), "features.png");
  EXPECT_TRUE(fs::exists("features.png"));
}

TEST_F(ViewExamples, Filters) {
  const Tensor<float> initial = RandomTensor({30, 1, 5, 5}, 1), learned = initial.Clone();
  const Image picture = DrawFiltersBeforeAfter(initial, learned, {.title = "conv1"});
  WritePng(picture, "filters.png");
  EXPECT_TRUE(fs::exists("filters.png"));
}

TEST_F(ViewExamples, GaussianBlur) {
  Tensor<float> picture({1, 9, 1}, 0.0f);
  picture[4] = 1;
  GaussianBlur(1.5).Apply(picture.view());
  EXPECT_TRUE(picture[0] < picture[2] && picture[2] < picture[4] && picture[4] < 1);
}

TEST_F(ViewExamples, GradCam) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  const int layer = CamLayer(model.network);
  const Tensor<float> map = GradCam(model.network, input, layer, /*target=*/3);
  EXPECT_EQ(map.shape(), (Shape{5, 4}));
}

TEST_F(ViewExamples, Mistakes) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  testing::internal::CaptureStdout();
  const Mistakes mistakes = FindMistakes(model.network, *data.test, model.preprocessing, 40);
  for (const Mistake& mistake : mistakes.worst) {
    fmt::print("{}: is {}, taken for {} with {:.1f}%\n", mistake.sample, mistake.label,
               mistake.predicted, 100 * mistake.probability);
  }
  EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::HasSubstr("taken for"));
}

TEST_F(ViewExamples, MistakesPicture) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  const Mistakes mistakes = FindMistakes(model.network, *data.test, model.preprocessing, 40);
  const Image sheet = DrawMistakes(mistakes, *data.test, model.preprocessing, "lenet on mnist");
  WritePng(sheet, "mistakes.png");
  EXPECT_TRUE(fs::exists("mistakes.png"));
}

TEST_F(ViewExamples, Occlusion) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  constexpr int64_t y = 2, x = 3;
  const OcclusionMap map = Occlude(model.network, input, /*target=*/3);
  const double need = map.probability - map.occluded.At(y, x);  // of the class for what is there
  EXPECT_TRUE(need > -1 && need < 1);
}

TEST_F(ViewExamples, Page) {
  const Image a(1, 5, 5, 30), b(1, 5, 5, 200);
  const Block maps = Row({PictureBlock(a, 4), PictureBlock(b, 4)}, 12);
  const Block body = Column({TextBlock("conv1", page::kHeading), maps}, 10);
  WritePng(DrawPage("What conv1 sees", {"16 maps"}, body), "conv1.png");
  EXPECT_TRUE(fs::exists("conv1.png"));
}

TEST_F(ViewExamples, PixelRange) {
  const Model model = SmallModel();
  const Tensor<float> input({1, 1, 9, 8}, 1.0f);
  const PixelRange range = PixelRangeOf(model.preprocessing, /*channels=*/1);
  const Image picture = ToPicture(input.view().Sample(0), range);
  EXPECT_EQ(picture, Image(1, 9, 8, 255));
}

TEST_F(ViewExamples, Plot) {
  const Plot plot{.heading = "loss",
                  .x_label = "epoch",
                  .x_axis = MakeLinearAxis(0, 2, AxisEnds::kExact),
                  .y_axis = MakeLinearAxis(0, 2.3, AxisEnds::kRound),
                  .curves = {{"training", {{0, 2.3}, {1, 0.4}, {2, 0.1}}, colours::kBlue}}};
  WritePng(DrawPage("How it went", {}, PlotBlock(plot)), "plot.png");
  EXPECT_TRUE(fs::exists("plot.png"));
}

TEST_F(ViewExamples, ProbabilityBars) {
  const Model model = SmallModel();
  const std::vector<float>& probabilities = kProbabilities;
  const Block bars = ProbabilityBars(probabilities, model.class_names, /*top=*/5);
  WritePng(DrawPage("mnist:test:42", {}, bars), "probabilities.png");
  EXPECT_TRUE(fs::exists("probabilities.png"));
}

TEST_F(ViewExamples, RunOptions) {
  const Model model = SmallModel();
  const Tensor<float> input = RandomTensor({1, 1, 9, 8}, 1);
  testing::internal::CaptureStdout();
  ThreadPool pool(2);
  const auto tell = [](int64_t done, int64_t total) { fmt::print("{} of {}\n", done, total); };
  const RunOptions options{.batch_size = 100, .pool = &pool, .progress = tell};
  const OcclusionMap map = Occlude(model.network, input, /*target=*/3, {.run = options});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "73 of 73\n");
  EXPECT_EQ(map.occluded.elements(), 72);
}

TEST_F(ViewExamples, TextLines) {
  testing::internal::CaptureStdout();
  const Lines left = {" channel 0", Cell("3", 2, Mark::kBrackets) + Cell("10", 2, Mark::kNone)};
  const Lines right = {" channel 1", Cell("5", 2, Mark::kNone) + Cell("-1", 2, Mark::kNone)};
  NarrowText text("explain conv", /*max_width=*/80);
  text.Add("input");
  text.Add(Beside({left, right}, " | "), "the input", "take a narrower input");
  fmt::print("{}", text.text());
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "input\n channel 0 |  channel 1\n[ 3] 10    |   5  -1\n");
}

TEST_F(ViewExamples, TopPatches) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  const auto top = FindTopPatches(model.network, node, *data.test, model.preprocessing, 9);
  const Excitation& best = top[12][0];  // of all images, best.sample excites unit 12 most,
  const PixelBox seen = ReceptiveField(model.network, node, best.place);  // by what it has there
  EXPECT_EQ(seen.size, Extent(5));
}

TEST_F(ViewExamples, UnitPictures) {
  const Model model = SmallModel();
  const DataSplits data = SmallData();
  const LayerUnits conv2 = ExploreUnits(model, node, *data.test, {.units = {0, 1, 2}});
  WritePng(DrawUnits({&conv2, 1}, "conv2 of simple-conv-net"), "units.png");
  EXPECT_TRUE(fs::exists("units.png"));
}

TEST_F(ViewExamples, ValueRange) {
  const std::vector<float> weights = {-0.5f, 0.25f};
  testing::internal::CaptureStdout();
  const ValueRange range(weights);
  if (!range.empty()) fmt::print("from {:.3g} to {:.3g}\n", range.low, range.high);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "from -0.5 to 0.25\n");
}

}  // namespace
}  // namespace ocellus
