// Dropout: both forms, in training and in prediction, and what the masks depend on.
#include "ocellus/layers/dropout_layer.h"

#include <gtest/gtest.h>

#include <limits>

#include "ocellus/tensor/dropout_mask.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"
#include "tests/support/layer_run.h"

namespace ocellus {
namespace {

// More than two pieces of work for threads.
const Shape kShape{3, 5, 1111};
constexpr int64_t kDropoutBatch = 3;
const RandomKey kDropoutKey{.seed = 7, .stream = 11};

// Factor times the input where the mask keeps it; the factor alone for the gradient.
template <typename T>
void ExpectForwardAndBackward(const Dropout& options, bool training, T factor) {
  LayerRunOptions run_options{.batch = kDropoutBatch};
  if (training) run_options.training = kDropoutKey;
  LayerRun<T> run(MakeLayer(options), {kShape}, run_options);
  std::vector<uint8_t> kept(static_cast<size_t>(run.output().elements()), 1);
  if (training) DropoutMask(options.ratio, kDropoutKey.seed, kDropoutKey.stream, 0, kept);
  Tensor<T> output(kShape.Batch(kDropoutBatch)), d_input(kShape.Batch(kDropoutBatch));
  for (int64_t i = 0; i < output.elements(); ++i) {
    const bool keep = kept[static_cast<size_t>(i)] != 0;
    output[i] = keep ? run.input(0)[i] * factor : T{0};
    d_input[i] = keep ? run.d_output()[i] * factor : T{0};
  }
  run.Forward();
  EXPECT_TRUE(SameBits(run.output(), output));
  run.Backward();
  EXPECT_TRUE(SameBits(run.d_input(0), d_input));
}

template <typename T>
void ExpectBothForms() {
  const Dropout inverted{.ratio = 0.2};
  ExpectForwardAndBackward<T>(inverted, true, static_cast<T>(1 / 0.8));
  ExpectForwardAndBackward<T>(inverted, false, 1);
  const Dropout plain{.ratio = 0.2, .scaling = DropoutScaling::kPrediction};
  ExpectForwardAndBackward<T>(plain, true, 1);
  ExpectForwardAndBackward<T>(plain, false, static_cast<T>(0.8));
}

TEST(Dropout, ScalesInTrainingOrInPrediction) {
  ExpectBothForms<float>();
  ExpectBothForms<double>();
}

TEST(Dropout, ARatioOfZeroPassesEverythingOn) {
  for (const auto scaling : {DropoutScaling::kTraining, DropoutScaling::kPrediction}) {
    LayerRun<float> run(MakeLayer(Dropout{.ratio = 0, .scaling = scaling}), {{4, 5}},
                        {.batch = 2, .training = kDropoutKey});
    run.Forward();
    EXPECT_TRUE(SameBits(run.output(), run.input(0)));
  }
}

TEST(Dropout, ADroppedNumberIsZeroEvenIfItIsNotFinite) {
  LayerRun<float> run(MakeLayer(Dropout{}), {{200}}, {.training = kDropoutKey});
  run.input(0).Fill(std::numeric_limits<float>::quiet_NaN());
  run.Forward();
  int64_t zeros = 0;
  for (const float value : run.output().span()) zeros += value == 0.0f ? 1 : 0;
  EXPECT_GT(zeros, 50);
  EXPECT_LT(zeros, 150);
}

TEST(Dropout, RefusesARatioThatIsNoProbability) {
  const Shape shape{4};
  for (const double ratio : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(ErrorText([&] {
                MakeLayer(Dropout{.ratio = ratio})->Prepare("drop", {&shape, 1});
              }),
              fmt::format("drop: ratio: expected 0 or more and less than 1, found {}", ratio));
  }
}

}  // namespace
}  // namespace ocellus
