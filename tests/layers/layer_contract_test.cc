// What every registered layer promises, checked over one table. A layer of the library that is not
// in the table is a failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "ocellus/base/json.h"
#include "ocellus/layers/layer_registry.h"
#include "tests/support/compare.h"
#include "tests/support/finite_difference.h"
#include "tests/support/layer_run.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

constexpr int64_t kBatch = 3;
const RandomKey kKey{.seed = 7, .stream = 11};

// The known layers before any test could register one of its own.
const std::vector<std::string> kLibraryTypes = LayerTypes();

struct LayerCase {
  std::string type;
  std::string options;  // JSON
  std::vector<Shape> inputs;

  std::unique_ptr<Layer> Make() const {
    const Json json = Json::parse(options);
    OptionReader reader(json, type);
    return MakeLayerFromJson(type, reader);
  }
};

// Every option with a value that is not its default, height unlike width, and the smallest sizes.
const LayerCase kCases[] = {
    {"Convolution", R"({"filters":3,"kernel_size":[3,2]})", {{2, 5, 6}}},
    {"Convolution",
     R"({"filters":4,"kernel_size":[2,3],"stride":[2,1],"padding":[1,0],"dilation":[1,2],)"
     R"("groups":2,"rounding":"floor"})",
     {{2, 5, 7}}},
    {"Convolution", R"({"filters":1,"kernel_size":1})", {{1, 1, 1}}},
    {"MaxPooling", R"({"window":[2,3]})", {{2, 4, 6}}},
    {"MaxPooling",
     R"({"window":[3,2],"stride":[1,2],"padding":[1,0],"dilation":[2,1],"rounding":"ceil"})",
     {{2, 7, 5}}},
    {"AveragePooling", R"({"window":[2,3]})", {{2, 4, 6}}},
    {"AveragePooling",
     R"({"window":[3,2],"stride":[1,2],"padding":[1,0],"dilation":[2,1],"rounding":"ceil",)"
     R"("padding_count":"include"})",
     {{2, 7, 5}}},
    {"Convolution",
     R"({"filters":3,"kernel_size":[2,1],"padding":[0,1],"connections":[[0,2],[1],[0,1,2]]})",
     {{3, 4, 3}}},
    {"GlobalAveragePooling", "{}", {{3, 2, 5}}},
    {"Subsampling", R"({"window":2})", {{3, 4, 6}}},
    {"Subsampling", R"({"window":[3,2],"stride":[1,2]})", {{2, 5, 6}}},
    {"LocalResponseNorm", R"({"alpha":1})", {{7, 3, 6}}},
    {"LocalResponseNorm",
     R"({"size":4,"alpha":2,"beta":1.5,"k":1,"alpha_mode":"mean"})",
     {{3, 2, 5}}},
    {"Affine", R"({"units":5})", {{2, 3, 3}}},
    {"Affine", R"({"units":1})", {{1}}},
    {"Affine", R"({"units":3,"biases":false})", {{2, 2, 3}}},
    {"Convolution", R"({"filters":3,"kernel_size":2,"biases":false})", {{2, 4, 5}}},
    {"Convolution",
     R"({"filters":2,"kernel_size":2,"biases":false,"connections":[[0,2],[1]]})",
     {{3, 4, 5}}},
    {"Relu", "{}", {{2, 3, 7}}},
    {"LeakyRelu", "{}", {{2, 3, 7}}},
    {"LeakyRelu", R"({"slope":0.25})", {{17}}},
    {"Sigmoid", "{}", {{2, 3, 7}}},
    {"Tanh", "{}", {{2, 3, 7}}},
    {"Softmax", "{}", {{11}}},
    {"Dropout", "{}", {{2, 3, 7}}},
    {"Dropout", R"({"ratio":0.25,"scaling":"prediction"})", {{19}}},
    {"BatchNorm", "{}", {{2, 3, 7}}},
    {"BatchNorm", R"({"momentum":0.5,"epsilon":0.125})", {{5}}},
    {"Flatten", "{}", {{2, 3, 4}}},
    {"Add", "{}", {{2, 3, 7}, {2, 3, 7}}},
    {"Add", "{}", {{5}, {5}, {5}}},
    {"Concat", "{}", {{2, 3, 5}, {1, 3, 5}, {4, 3, 5}}},
    {"Concat", "{}", {{3}, {2}}},
};

void PrintTo(const LayerCase& layer_case, std::ostream* out) {
  *out << layer_case.type << " " << layer_case.options;
}

TEST(LayerContract, EveryLayerOfTheLibraryHasACase) {
  std::vector<std::string> types;
  for (const LayerCase& layer_case : kCases) types.push_back(layer_case.type);
  EXPECT_THAT(types, testing::IsSupersetOf(kLibraryTypes));
}

TEST(LayerContract, EveryLayerOfTheLibraryIsInTheDocuments) {
  const std::string text = ReadBytes(std::string(OCELLUS_SOURCE_DIR) + "/docs/layers.md");
  for (const std::string& type : kLibraryTypes) {
    EXPECT_THAT(text, testing::HasSubstr("\n| `" + type + "` |"));
  }
}

// The largest magnitude, and not less than the least that counts.
double Scale(const Tensor<double>& tensor) { return std::max(Largest(tensor), 1e-3); }

class LayerContractTest : public testing::TestWithParam<LayerCase> {
 protected:
  template <typename T>
  LayerRun<T> Run(const LayerRunOptions& options) const {
    return LayerRun<T>(GetParam().Make(), GetParam().inputs, options);
  }

  // Calls body with options for training and for prediction.
  template <typename Body>
  static void InBothModes(const Body& body) {
    for (const bool training : {true, false}) {
      SCOPED_TRACE(training ? "training" : "prediction");
      LayerRunOptions options{.batch = kBatch};
      if (training) options.training = kKey;
      body(options);
    }
  }
};

// A sum of some hundred terms is rounded to about 1e-14, which the quotient multiplies by 1e5; the
// formula is off by h^2 = 1e-10 times a third derivative.
TEST_P(LayerContractTest, BackwardIsTheDifferenceQuotient) {
  InBothModes([&](const LayerRunOptions& options) {
    LayerRun<double> run = Run<double>(options);
    run.Forward();
    run.Backward();
    LayerRun<double> moved = Run<double>(options);
    const auto loss = [&] { return moved.Loss(); };
    for (size_t i = 0; i < GetParam().inputs.size(); ++i) {
      const Tensor<double> numerical = NumericalGradient(moved.input(i), loss);
      EXPECT_GT(Largest(numerical), 0);
      EXPECT_TRUE(AllNear(run.d_input(i), numerical, 1e-7 * Scale(numerical))) << "input " << i;
    }
    for (size_t i = 0; i < run.info().parameters.size(); ++i) {
      const ParameterInfo& info = run.info().parameters[i];
      if (!info.is_trained()) continue;
      const Tensor<double> numerical = NumericalGradient(moved.parameter(i), loss);
      EXPECT_GT(Largest(numerical), 0);
      EXPECT_TRUE(AllNear(run.d_parameter(i), numerical, 1e-7 * Scale(numerical))) << info.name;
    }
  });
}

// Up to some hundred roundings of 6e-8 each, most of which cancel.
TEST_P(LayerContractTest, FloatIsDoubleRounded) {
  constexpr double kRelative = 1e-5;
  InBothModes([&](const LayerRunOptions& options) {
    LayerRun<double> exact = Run<double>(options);
    LayerRun<float> run = Run<float>(options);
    exact.Forward();
    run.Forward();
    const Tensor<double> output = ConvertTo<double>(exact.output());
    EXPECT_TRUE(AllNear(run.output(), output, kRelative * Scale(output))) << "output";
    exact.Backward();
    run.Backward();
    for (size_t i = 0; i < GetParam().inputs.size(); ++i) {
      const Tensor<double> expected = ConvertTo<double>(exact.d_input(i));
      EXPECT_TRUE(AllNear(run.d_input(i), expected, kRelative * Scale(expected))) << "input " << i;
    }
    for (size_t i = 0; i < run.info().parameters.size(); ++i) {
      const Tensor<double> expected = exact.d_parameter(i);
      EXPECT_TRUE(AllNear(run.d_parameter(i), expected, kRelative * Scale(expected)))
          << run.info().parameters[i].name;
    }
  });
}

// What receptive fields follow from: no output changes with an input outside of its window.
TEST_P(LayerContractTest, ReadsOnlyItsWindow) {
  LayerRun<double> run = Run<double>({.batch = 1});
  if (!run.info().window || run.info().output.rank() != 3) return;
  const Window& window = *run.info().window;
  const Shape& output = run.info().output;
  for (size_t input = 0; input < GetParam().inputs.size(); ++input) {
    const Shape& shape = GetParam().inputs[input];
    EXPECT_EQ(OutputExtent({shape[1], shape[2]}, window, "window"), Extent(output[1], output[2]));
    run.Forward();
    const Tensor<double> before = ConvertTo<double>(run.output());
    const Tensor<double> values = ConvertTo<double>(run.input(input));
    for (int64_t i = 0; i < shape[1] * shape[2]; ++i) {
      const int64_t iy = i / shape[2];
      const int64_t ix = i % shape[2];
      for (int64_t c = 0; c < shape[0]; ++c) run.input(input).At(0, c, iy, ix) += 3;
      run.Forward();
      for (int64_t j = 0; j < output.elements(); ++j) {
        const int64_t y = iy - (j / output[2] % output[1] * window.stride.h - window.padding.h);
        const int64_t x = ix - (j % output[2] * window.stride.w - window.padding.w);
        const bool is_read = y >= 0 && y < window.span().h && x >= 0 && x < window.span().w;
        EXPECT_TRUE(is_read || run.output()[j] == before[j]) << "input " << i << ", output " << j;
      }
      std::ranges::copy(values.span(), run.input(input).data());
    }
  }
}

TEST_P(LayerContractTest, AnyNumberOfThreadsGivesTheSameBits) {
  InBothModes([&](LayerRunOptions options) {
    LayerRun<float> one = Run<float>(options);
    one.Forward();
    const Tensor<float> output = ConvertTo<float>(one.output());
    one.Backward();
    for (const int threads : {2, 3, 7}) {
      options.threads = threads;
      LayerRun<float> run = Run<float>(options);
      run.Forward();
      EXPECT_TRUE(SameBits(run.output(), output)) << threads;
      run.Backward();
      for (size_t i = 0; i < GetParam().inputs.size(); ++i) {
        EXPECT_TRUE(SameBits(run.d_input(i), one.d_input(i))) << threads;
      }
      for (size_t i = 0; i < run.info().parameters.size(); ++i) {
        EXPECT_TRUE(SameBits(run.d_parameter(i), one.d_parameter(i))) << threads;
      }
    }
  });
}

template <typename T>
void ExpectTheSameParameterGradients(LayerRun<T> with, LayerRun<T> without) {
  for (LayerRun<T>* run : {&with, &without}) {
    run->Forward();
    run->Backward();
  }
  for (size_t i = 0; i < with.info().parameters.size(); ++i) {
    EXPECT_TRUE(SameBits(with.d_parameter(i), without.d_parameter(i)));
  }
}

TEST_P(LayerContractTest, GradientsOfInputsAreComputedOnlyIfWanted) {
  InBothModes([&](const LayerRunOptions& options) {
    LayerRunOptions without = options;
    without.input_gradients = false;
    ExpectTheSameParameterGradients(Run<double>(options), Run<double>(without));
    ExpectTheSameParameterGradients(Run<float>(options), Run<float>(without));
  });
}

TEST_P(LayerContractTest, AFusedActivationIsThatOfTheOutput) {
  InBothModes([&](const LayerRunOptions& options) {
    LayerRun<float> plain = Run<float>(options), fused = Run<float>(options);
    EXPECT_TRUE(plain.layer().CanFuse(Activation::kNone));
    if (!plain.layer().CanFuse(Activation::kRelu)) return;
    plain.Forward();
    fused.Forward(Activation::kRelu);
    Tensor<float> expected = ConvertTo<float>(plain.output());
    for (float& value : expected.span()) value = value > 0 ? value : 0.0f;
    EXPECT_TRUE(SameBits(fused.output(), expected));
  });
}

TEST_P(LayerContractTest, PackedParametersGiveTheSameBits) {
  for (const int threads : {1, 3}) {
    const LayerRunOptions options{.batch = kBatch, .threads = threads};
    LayerRunOptions with_packed = options;
    with_packed.packs_parameters = true;
    LayerRun<float> plain = Run<float>(options), packed = Run<float>(with_packed);
    plain.Forward();
    packed.Forward();
    EXPECT_TRUE(SameBits(packed.output(), plain.output())) << threads;
  }
}

TEST_P(LayerContractTest, OptionsSurviveJsonAndCloning) {
  const std::unique_ptr<Layer> layer = GetParam().Make();
  EXPECT_EQ(layer->type(), GetParam().type);
  EXPECT_EQ(layer->OptionsToJson(), Json::parse(GetParam().options));
  EXPECT_EQ(layer->Clone()->OptionsToJson(), layer->OptionsToJson());
}

INSTANTIATE_TEST_SUITE_P(Layers, LayerContractTest, testing::ValuesIn(kCases),
                         [](const auto& test) {
                           return test.param.type + std::to_string(test.index);
                         });

}  // namespace
}  // namespace ocellus
