// Gradient ascent on pictures: where the best picture is known, and what it promises.
#include "ocellus/view/activation_maximization.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/network/subnetwork.h"
#include "ocellus/view/gaussian_blur.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

using testing::HasSubstr;

// Without regularisation.
const ActivationMaximizationOptions kPlain{.steps = 300,
                                           .step_size = 0.05,
                                           .decay = 0,
                                           .contrast = 1,
                                           .blur = 0,
                                           .jitter = 0,
                                           .spread = 0};

TEST(MaximizeActivation, MakesTheFilterItselfForOneFilter) {
  Network net({2, 7, 8});
  net.Add(Convolution{.filters = 3, .kernel_size = {3, 2}});
  Tensor<float> filters({3, 2, 3, 2});
  for (int64_t i = 0; i < filters.elements(); ++i) {
    const auto value = static_cast<float>(i * 7 % 5 - 2);
    filters[i] = value == 0 ? 1 : value;
  }
  net.SetParameter(0, filters);
  net.SetParameter(1, Tensor<float>({3}, 0.25f));
  const Preprocessing preprocessing{.scale = 1.0 / 255, .mean = {0.5, 0.2}, .std = {0.25, 0.5}};
  const std::array<int64_t, 2> units = {2, 0};
  const ExcitingPictures best = MaximizeActivation(net, 0, units, preprocessing, kPlain);
  EXPECT_EQ(best.place.y, 2);
  EXPECT_EQ(best.place.x, 3);
  EXPECT_EQ(best.field, (PixelBox{.top = 2, .left = 3, .size = {3, 2}}));
  // The largest activation has white where the weight is positive and black where it is negative.
  const TensorView<const float> weights = net.parameter(0);
  for (size_t i = 0; i < units.size(); ++i) {
    for (int64_t c = 0; c < 2; ++c) {
      const double black = (0 - (c == 0 ? 0.5 : 0.2)) / (c == 0 ? 0.25 : 0.5);
      const double white = (1 - (c == 0 ? 0.5 : 0.2)) / (c == 0 ? 0.25 : 0.5);
      for (int64_t ky = 0; ky < 3; ++ky) {
        for (int64_t kx = 0; kx < 2; ++kx) {
          const float weight = weights.At(units[i], c, ky, kx);
          const float pixel = best.pictures.At(static_cast<int64_t>(i), c, 2 + ky, 3 + kx);
          EXPECT_NEAR(pixel, weight > 0 ? white : black, 1e-5) << "weight " << weight;
        }
      }
    }
    const Tensor<float> output =
        net.Predict(best.pictures.view().Samples(static_cast<int64_t>(i), 1));
    EXPECT_NEAR(best.activations[i], output.At(0, units[i], 2, 3), 1e-5);
  }
}

// How far each raw value is from the grey, {channels, 3, 4} of what the unit of a filter sees, in
// parts of black to white.
std::vector<double> FromNeutral(const Network& net, const Preprocessing& preprocessing,
                                const ActivationMaximizationOptions& options) {
  const std::array<int64_t, 1> unit = {0};
  const ExcitingPictures best = MaximizeActivation(net, 0, unit, preprocessing, options);
  std::vector<double> distances;
  for (int64_t c = 0; c < net.input_shape()[0]; ++c) {
    for (int64_t y = best.field.top; y < best.field.top + best.field.size.h; ++y) {
      for (int64_t x = best.field.left; x < best.field.left + best.field.size.w; ++x) {
        const double value = best.pictures.At(int64_t{0}, c, y, x);
        distances.push_back(value * preprocessing.std[static_cast<size_t>(c)] +
                            preprocessing.mean[static_cast<size_t>(c)] - options.neutral / 255);
      }
    }
  }
  return distances;
}

TEST(MaximizeActivation, LimitsTheContrastSoThatShadesRemain) {
  Network net({2, 7, 9});
  net.Add(Convolution{.filters = 1, .kernel_size = {3, 4}});
  net.Initialize(5);
  const Preprocessing preprocessing{.scale = 1.0 / 255, .mean = {0.5, 0.2}, .std = {0.25, 0.5}};
  const TensorView<const float> filter = net.parameter(0);
  const std::vector<double> weights(filter.span().begin(), filter.span().end());
  const auto norm = [](const std::vector<double>& values) {
    return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
  };
  ActivationMaximizationOptions options = kPlain;
  for (const double neutral : {127.5, 51.0, 204.0}) {
    options.neutral = neutral;
    options.contrast = 0.05;
    const std::vector<double> distances = FromNeutral(net, preprocessing, options);
    const double room = std::max(neutral, 255 - neutral) / 255;
    EXPECT_NEAR(norm(distances) / std::sqrt(24), 0.05 * room, 1e-5) << neutral;
    // As far as each weight is from zero: steps go along the gradient of the network's values.
    const double along = std::inner_product(weights.begin(), weights.end(), distances.begin(), 0.0);
    EXPECT_GT(along / (norm(weights) * norm(distances)), 0.999) << neutral;
  }
}

TEST(MaximizeActivation, RaisesTheContrastAtTheEndButNotOutOfNothing) {
  Network net({2, 7, 9});
  net.Add(Convolution{.filters = 1, .kernel_size = {3, 4}});
  net.Initialize(5);
  const Preprocessing preprocessing{.scale = 1.0 / 255, .mean = {0, 0}, .std = {1, 1}};
  ActivationMaximizationOptions options = kPlain;
  options.decay = 0.1;
  // A step and the decay after it are in balance at 0.9 / 0.1 steps from the grey.
  const auto contrast = [&](double step_size, double limit) {
    options.step_size = step_size;
    options.contrast = limit;
    const std::vector<double> distances = FromNeutral(net, preprocessing, options);
    return std::sqrt(
        std::inner_product(distances.begin(), distances.end(), distances.begin(), 0.0) / 24);
  };
  EXPECT_NEAR(contrast(0.01, 0.3), 0.3 * 0.5, 1e-5);
  EXPECT_NEAR(contrast(0.002, 0.3), 3 * 0.018, 1e-5);
  EXPECT_NEAR(contrast(0.01, 1), 0.09, 1e-5);
}

TEST(MaximizeActivation, MakesShadesAndNotBlackAndWhiteUnlessItIsTold) {
  const auto count_extremes = [](int64_t channels, const ActivationMaximizationOptions& options) {
    Network net({channels, 5, 5});
    net.Add(Convolution{.filters = 1, .kernel_size = 5});
    net.Initialize(2);
    const auto n = static_cast<size_t>(channels);
    const Preprocessing preprocessing{.scale = 1.0 / 255,
                                      .mean = std::vector<double>(n, 0.0),
                                      .std = std::vector<double>(n, 1.0)};
    const std::vector<double> distances = FromNeutral(net, preprocessing, options);
    const double grey = options.neutral / 255;
    return static_cast<double>(std::ranges::count_if(
               distances, [&](double d) { return d + grey < 0.01 || d + grey > 0.99; })) /
           static_cast<double>(distances.size());
  };
  for (const int64_t channels : {1, 3}) {
    EXPECT_LT(count_extremes(channels, {}), 0.2) << channels;
    EXPECT_GT(count_extremes(channels, {.contrast = 1}), 0.6) << channels;
  }
}

// One filter of one pixel, which it multiplies by `weight`; the unit is at the middle.
Network OnePixelNet(float weight, float bias) {
  Network net({1, 9, 9});
  net.Add(Convolution{.filters = 1, .kernel_size = 1}).Add(Relu{});
  net.SetParameter(0, Tensor<float>({1, 1, 1, 1}, weight));
  net.SetParameter(1, Tensor<float>({1}, bias));
  return net;
}

Tensor<float> MakeOnePixel(const Network& net, const ActivationMaximizationOptions& options) {
  const std::array<int64_t, 1> unit = {0};
  return MaximizeActivation(net, 1, unit, {.scale = 1.0 / 255}, options).pictures;
}

TEST(MaximizeActivation, StepsAsFarAsItIsToldWhateverTheGradient) {
  ActivationMaximizationOptions options = kPlain;
  const auto pixel = [&](float weight, int64_t steps) {
    options.steps = steps;
    return MakeOnePixel(OnePixelNet(weight, 0), options).At(0, 0, 4, 4);
  };
  for (const float weight : {0.01f, 1.0f, 30.0f}) {
    EXPECT_NEAR(pixel(weight, 5) - pixel(weight, 1), 4 * 0.05, 1e-5) << weight;
  }
  // One hundredth of the way back to the neutral grey, after each step.
  options.decay = 0.01;
  const float first = pixel(1, 1);
  EXPECT_NEAR(pixel(1, 2), 0.99 * (first + 0.05) + 0.01 * 0.5, 1e-5);
}

TEST(MaximizeActivation, JittersThePictureAndNotWhatItLearns) {
  // The unit is excited by pixels above the neutral grey. Moved by up to one pixel, it sees nine of
  // them; what it learns from one must not end up in another.
  const Network net = OnePixelNet(1, -0.5f);
  ActivationMaximizationOptions options = kPlain;
  options.jitter = 1;
  options.steps = 1;
  options.step_size = 1e-6;
  const Tensor<float> start = MakeOnePixel(net, options);
  options.steps = 1000;
  options.step_size = 0.05;
  const Tensor<float> end = MakeOnePixel(net, options);
  int64_t excited = 0;
  for (int64_t y = 0; y < 9; ++y) {
    for (int64_t x = 0; x < 9; ++x) {
      const bool seen = std::abs(y - 4) <= 1 && std::abs(x - 4) <= 1;
      const float before = start.At(0, 0, y, x);
      const bool learns = seen && before > 0.5f;
      excited += learns;
      EXPECT_NEAR(end.At(0, 0, y, x), learns ? 1 : before, 1e-5) << y << ", " << x;
    }
  }
  EXPECT_TRUE(excited > 0 && excited < 9) << "nothing was told apart";
}

Tensor<double> Blurred(const Tensor<double>& picture, double deviation) {
  Tensor<float> blurred = ConvertTo<float>(picture.view());
  GaussianBlur(deviation).Apply(blurred.view().Sample(0));
  return ConvertTo<double>(blurred.view());
}

TEST(MaximizeActivation, BlursAllOfThePictureLessAndLess) {
  Network net({2, 8, 11});
  net.Add(Convolution{.filters = 1, .kernel_size = {4, 9}});
  net.Initialize(3);
  const auto make = [&](int64_t steps, double blur) {
    ActivationMaximizationOptions options = kPlain;
    options.steps = steps;
    options.blur = blur;
    const std::array<int64_t, 1> unit = {0};
    const ExcitingPictures best = MaximizeActivation(net, 0, unit, {.scale = 1.0 / 255}, options);
    return ConvertTo<double>(best.pictures.view());
  };
  // The field's shorter side is 4, so the deviation is 2 x 0.6 in the first step, and less by 0.6
  // of how much of the way is done in the second.
  constexpr double kTolerance = 1e-6;
  const Tensor<double> first = make(1, 0);
  EXPECT_TRUE(AllNear(make(1, 0.6).view(), Blurred(first, 1.2).view(), kTolerance));
  // The gradient is the same everywhere; what it adds in a step is between the first two pictures.
  const Tensor<double> second = make(2, 0);
  Tensor<double> expected = Blurred(first, 1.2);
  for (int64_t i = 0; i < expected.elements(); ++i) expected[i] += second[i] - first[i];
  EXPECT_TRUE(
      AllNear(make(2, 0.6).view(), Blurred(expected, 1.2 * (1 - 0.6 * 0.5)).view(), kTolerance));
  // None of this was cut off at black or white.
  for (const double pixel : second.span()) EXPECT_TRUE(pixel > 0.05 && pixel < 0.95) << pixel;
}

TEST(MaximizeActivation, SpreadsTheGradientOverSeveralSizesButNotBeyondWhatIsSeen) {
  Network net({2, 8, 11});
  net.Add(Convolution{.filters = 1, .kernel_size = {4, 9}});
  net.Initialize(3);
  const auto make = [&](double step_size, double spread) {
    ActivationMaximizationOptions options = kPlain;
    options.steps = 1;
    options.step_size = step_size;
    options.spread = spread;
    const std::array<int64_t, 1> unit = {0};
    return MaximizeActivation(net, 0, unit, {.scale = 1.0 / 255}, options);
  };
  // The field's shorter side is 4: 0.7 and 1.4 are not above half of it, 2.8 is.
  for (const auto& [spread, blurs] : {std::pair{0.17, 0}, std::pair{0.3, 1}, std::pair{0.5, 2}}) {
    Tensor<float> gradient = ConvertTo<float>(net.parameter(0).Sample(0));
    Tensor<float> blurred = gradient.Clone();
    for (int k = 0; k < blurs; ++k) {
      GaussianBlur(0.7, k + 1).Apply(blurred.view());
      for (int64_t i = 0; i < gradient.elements(); ++i) gradient[i] += blurred[i];
    }
    const double rms = std::sqrt(std::inner_product(gradient.span().begin(), gradient.span().end(),
                                                    gradient.span().begin(), 0.0) /
                                 static_cast<double>(gradient.elements()));
    constexpr double kStep = 0.1;
    const ExcitingPictures best = make(kStep, spread);
    Tensor<double> expected = ConvertTo<double>(make(1e-6, 0).pictures.view());
    for (int64_t c = 0; c < 2; ++c) {
      for (int64_t y = 0; y < 4; ++y) {
        for (int64_t x = 0; x < 9; ++x) {
          expected.At(int64_t{0}, c, best.field.top + y, best.field.left + x) +=
              kStep / rms * gradient.At(c, y, x);
        }
      }
    }
    EXPECT_TRUE(AllNear(best.pictures.view(), expected.view(), 1e-5)) << spread;
  }
}

TEST(MaximizeActivation, MovesNoFurtherThanThePictureIsLarge) {
  // What a unit sees, padding included, is larger than the picture.
  Network net({1, 6, 7});
  net.Add(Convolution{.filters = 2, .kernel_size = 5, .padding = 2})
      .Add(Convolution{.filters = 1, .kernel_size = 5, .padding = 2});
  net.Initialize(1);
  const auto make = [&](double jitter) {
    const std::array<int64_t, 1> unit = {0};
    return MaximizeActivation(net, 1, unit, {.scale = 1.0 / 255}, {.steps = 9, .jitter = jitter})
        .pictures;
  };
  EXPECT_TRUE(SameBits(make(1).view(), make(5.0 / 9).view()));
}

TEST(MaximizeActivation, TellsHowManyPicturesAreMade) {
  Network net({1, 5, 5});
  net.Add(Convolution{.filters = 9, .kernel_size = 3});
  net.Initialize(3);
  const std::array<int64_t, 5> units = {8, 1, 3, 0, 5};
  std::vector<std::array<int64_t, 2>> told;
  ActivationMaximizationOptions options = kPlain;
  options.steps = 1;
  options.run = {.batch_size = 2, .progress = [&](int64_t done, int64_t all) {
                   told.push_back({done, all});
                 }};
  MaximizeActivation(net, 0, units, {.scale = 1.0 / 255}, options);
  EXPECT_THAT(told, testing::ElementsAre(std::array<int64_t, 2>{2, 5}, std::array<int64_t, 2>{4, 5},
                                         std::array<int64_t, 2>{5, 5}));
}

TEST(MaximizeActivation, GoesAlongTheColoursOfTheData) {
  Network net({3, 3, 3});
  net.Add(Convolution{.filters = 1, .kernel_size = 1});
  Tensor<float> filter({1, 3, 1, 1});
  filter[0] = 1.5f;
  filter[1] = -1;
  filter[2] = 2;
  net.SetParameter(0, filter);
  net.SetParameter(1, Tensor<float>({1}, 0.0f));
  // Of raw values: 1 / 255 times the weights of one channel, 2 / 255 and 4 / 255 of the others.
  const Preprocessing preprocessing{
      .scale = 1.0 / 255, .mean = {0.5, 0.2, 0}, .std = {1, 0.5, 0.25}};
  ActivationMaximizationOptions options = kPlain;
  options.steps = 5;
  // Two components, 100 x (0.6, 0.8, 0) and 25 x (-0.8, 0.6, 0): of the gradient (1.5, -2, 8),
  // there is -0.7 of the first and -2.4 of the second, which becomes -70 and -60: (6, -92, 0).
  options.colours = {60, 80, 0, -20, 15, 0, 0, 0, 0};
  const std::array<int64_t, 1> unit = {0};
  const ExcitingPictures best = MaximizeActivation(net, 0, unit, preprocessing, options);
  const auto raw = [&](int64_t c, double mean, double std) {
    return best.pictures.At(int64_t{0}, c, int64_t{1}, int64_t{1}) * std + mean;
  };
  const double step = options.step_size * 5 / std::sqrt((6.0 * 6 + 92 * 92) / 3);
  constexpr double kNoise = 0.07;  // more than three deviations of what the ascent starts from
  EXPECT_NEAR(raw(0, 0.5, 1), 0.5 + 6 * step, kNoise);
  EXPECT_NEAR(raw(1, 0.2, 0.5), 0.5 - 92 * step, kNoise);
  EXPECT_NEAR(raw(2, 0, 0.25), 0.5, kNoise);
}

Network DeepNet() {
  Network net({1, 12, 12});
  net.Add(Convolution{.filters = 4, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2})
      .Add(Convolution{.filters = 6, .kernel_size = 3, .padding = 1})
      .Add(Relu{})
      .Add(Affine{.units = 3});
  net.Initialize(1);
  return net;
}

TEST(MaximizeActivation, ExcitesMoreThanWhereItStarted) {
  const Network net = DeepNet();
  for (const int node : {0, 3, 5}) {
    const std::array<int64_t, 3> units = {0, 1, 2};
    const auto excite = [&](int64_t steps) {
      return MaximizeActivation(net, node, units, {.scale = 1.0 / 255}, {.steps = steps})
          .activations;
    };
    const std::vector<float> first = excite(1);
    const std::vector<float> last = excite(100);
    for (size_t i = 0; i < 3; ++i) EXPECT_GT(last[i], first[i] + 0.1) << node << " unit " << i;
  }
}

TEST(MaximizeActivation, IsAFunctionOfSeedAndUnit) {
  const Network net = DeepNet();
  const Preprocessing preprocessing{.scale = 1.0 / 255};
  const std::array<int64_t, 3> units = {4, 1, 5};
  const auto make = [&](std::span<const int64_t> which, uint64_t seed, int threads, int64_t batch) {
    ThreadPool pool(threads);
    return MaximizeActivation(
               net, 3, which, preprocessing,
               {.steps = 20, .seed = seed, .run = {.batch_size = batch, .pool = &pool}})
        .pictures;
  };
  const Tensor<float> one = make(units, 7, 1, 50);
  EXPECT_TRUE(SameBits(make(units, 7, 1, 50).view(), one.view()));
  for (const int threads : {2, 3, 7}) {
    EXPECT_TRUE(SameBits(make(units, 7, threads, 50).view(), one.view())) << threads;
  }
  EXPECT_FALSE(SameBits(make(units, 8, 1, 50).view(), one.view()));
  // Alone and in a batch of another size: the same picture, up to rounding.
  const Tensor<float> alone = make(std::span(units).subspan(1, 1), 7, 1, 50);
  EXPECT_TRUE(AllNear(alone.view(), ConvertTo<double>(one.view().Samples(1, 1)).view(), 1e-2));
  EXPECT_TRUE(AllNear(make(units, 7, 1, 2).view(), ConvertTo<double>(one.view()).view(), 1e-2));
}

TEST(MaximizeActivation, StaysWithinBlackAndWhiteAndNeutralWhereNothingIsSeen) {
  Network net({1, 9, 9});
  net.Add(Convolution{.filters = 1, .kernel_size = 3});
  net.Initialize(3);
  const std::array<int64_t, 1> unit = {0};
  const ExcitingPictures best = MaximizeActivation(net, 0, unit, {.scale = 1.0 / 255},
                                                   {.steps = 400, .decay = 0.05, .neutral = 51});
  for (int64_t y = 0; y < 9; ++y) {
    for (int64_t x = 0; x < 9; ++x) {
      const float pixel = best.pictures.At(0, 0, y, x);
      EXPECT_TRUE(pixel >= 0 && pixel <= 1) << pixel;
      const bool seen = y >= 3 && y < 6 && x >= 3 && x < 6;
      if (!seen) {
        EXPECT_NEAR(pixel, 0.2, 1e-3) << y << ", " << x;
      }
    }
  }
}

TEST(MaximizeActivation, LeavesTheStartForAUnitThatIsDead) {
  Network net({1, 5, 5});
  net.Add(Convolution{.filters = 1, .kernel_size = 3}).Add(Relu{});
  net.Initialize(3);
  net.SetParameter(1, Tensor<float>({1}, -1000.0f));
  const std::array<int64_t, 1> unit = {0};
  const ExcitingPictures best = MaximizeActivation(net, 1, unit, {.scale = 1.0 / 255});
  EXPECT_EQ(best.activations[0], 0);
  for (const float pixel : best.pictures.span()) EXPECT_NEAR(pixel, 0.5, 0.1);
}

TEST(MaximizeActivation, RefusesWhatIsNotThere) {
  const Network net = DeepNet();
  const auto error = [&](int node, int64_t unit, const ActivationMaximizationOptions& options) {
    const std::array<int64_t, 1> units = {unit};
    return ErrorText([&] { MaximizeActivation(net, node, units, {}, options); });
  };
  EXPECT_EQ(error(3, 6, {}), "conv2: unit: expected 0 to 5, found 6");
  EXPECT_EQ(error(5, -1, {}), "affine1: unit: expected 0 to 2, found -1");
  EXPECT_THAT(error(kNetworkInput, 0, {}), HasSubstr("expected a layer"));
  EXPECT_THAT(error(3, 0, {.steps = 0}), HasSubstr("steps: expected 1"));
  EXPECT_THAT(error(3, 0, {.step_size = -1}), HasSubstr("step size: expected"));
  EXPECT_THAT(error(3, 0, {.decay = 2}), HasSubstr("decay: expected 0 to 1, found 2"));
  EXPECT_THAT(error(3, 0, {.contrast = 0}), HasSubstr("contrast: expected 0.001 to 1, found 0"));
  EXPECT_THAT(error(3, 0, {.blur = NAN}), HasSubstr("blur: expected 0 to 10, found nan"));
  EXPECT_THAT(error(3, 0, {.jitter = -0.1}), HasSubstr("jitter: expected 0 to 1"));
  EXPECT_THAT(error(3, 0, {.spread = 1.5}), HasSubstr("spread: expected 0 to 1, found 1.5"));
  EXPECT_THAT(error(3, 0, {.neutral = 256}), HasSubstr("neutral: expected 0 to 255"));
  EXPECT_THAT(error(3, 0, {.colours = {1, 2}}),
              HasSubstr("colours: expected none or 1 x 1 numbers, found 2"));
}

}  // namespace
}  // namespace ocellus
