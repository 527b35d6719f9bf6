// What changes arrays in place, in double: Add and the optimizers.
#include <gtest/gtest.h>

#include <limits>

#include "ocellus/reference/ada_grad_reference.h"
#include "ocellus/reference/adam_reference.h"
#include "ocellus/reference/add_reference.h"
#include "ocellus/reference/momentum_reference.h"
#include "ocellus/reference/rms_prop_reference.h"
#include "ocellus/reference/sgd_reference.h"
#include "ocellus/reference/sum_of_squares_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/special_values.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

TEST(AddReference, AddsToTheSum) {
  Tensor<double> sum = TensorOf({2, 2}, {1, 2, 3, 4});
  AccumulateAdd(TensorOf({2, 2}, {10, 20, -30, 40}), sum);
  EXPECT_TRUE(SameBits(sum, TensorOf({2, 2}, {11, 22, -27, 44})));
  AccumulateAdd(sum, sum);
  EXPECT_TRUE(SameBits(sum, TensorOf({2, 2}, {22, 44, -54, 88}))) << "with itself";
  EXPECT_THROW(AccumulateAdd(TensorOf({4}, {1, 2, 3, 4}), sum), CheckFailure);
}

TEST(AddReference, OverwritesTheSum) {
  const Tensor<double> a = TensorOf({2, 2}, {1, 2, 3, 4}), b = TensorOf({2, 2}, {10, 20, -30, 40});
  Tensor<double> sum({2, 2}, std::numeric_limits<double>::quiet_NaN());
  AddForward(a, b, sum);
  EXPECT_TRUE(SameBits(sum, TensorOf({2, 2}, {11, 22, -27, 44})));
  EXPECT_THROW(AddForward(TensorOf({4}, {1, 2, 3, 4}), b, sum), CheckFailure);
  EXPECT_THROW(AddForward(a, TensorOf({4}, {1, 2, 3, 4}), sum), CheckFailure);
}

// From NumPy, with the book's Adam and every constant another than its default:
//   p = np.array([1.0, -2.0, 0.5]); m = np.zeros(3); v = np.zeros(3); lr, b1, b2 = 0.01, 0.8, 0.99
//   for t, g in enumerate([np.array([0.1, -3.0, 0.0]), np.array([-0.4, 1e-4, 2.0])], 1):
//       lr_t = lr * np.sqrt(1 - b2**t) / (1 - b1**t)
//       m += (1 - b1) * (g - m); v += (1 - b2) * (g**2 - v); p -= lr_t * m / (np.sqrt(v) + 1e-3)
TEST(AdamReference, GivesTheNumbersOfTheBook) {
  Tensor<double> parameters = TensorOf({3}, {1.0, -2.0, 0.5});
  Tensor<double> mean({3}, 0.0), variance({3}, 0.0);
  AdamStep step{.learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-3, .step = 1};
  AdamUpdate(step, TensorOf({3}, {0.1, -3.0, 0.0}).span(), parameters.span(), mean.span(),
             variance.span());
  EXPECT_TRUE(AllNear(parameters, TensorOf({3}, {0.990909090909091, -1.9900332225913622, 0.5}),
                      8 * kEpsilon));
  step.step = 2;
  AdamUpdate(step, TensorOf({3}, {-0.4, 1e-4, 2.0}).span(), parameters.span(), mean.span(),
             variance.span());
  EXPECT_TRUE(AllNear(parameters,
                      TensorOf({3}, {0.9968492327159006, -1.9837532779265965, 0.4922019148813345}),
                      8 * kEpsilon));
  EXPECT_TRUE(AllNear(mean, TensorOf({3}, {-0.064, -0.47998, 0.4}), 8 * kEpsilon));
  EXPECT_TRUE(AllNear(variance, TensorOf({3}, {0.001699, 0.0891000001, 0.04}), 8 * kEpsilon));
}

TEST(AdamReference, TheFirstStepIsAboutTheLearningRateWhateverTheGradient) {
  Tensor<double> parameters({4}, 0.0), mean({4}, 0.0), variance({4}, 0.0);
  const Tensor<double> gradient = TensorOf({4}, {1, -1, 1e3, 0});
  AdamUpdate({}, gradient.span(), parameters.span(), mean.span(), variance.span());
  // epsilon is added to sqrt(variance) = |gradient| * sqrt(0.001).
  EXPECT_TRUE(AllNear(parameters, TensorOf({4}, {-0.001, 0.001, -0.001, 0}), 0.001 * 4e-6));
}

TEST(SgdReference, GoesDownTheGradient) {
  Tensor<double> parameters = TensorOf({3}, {1, 2, -3});
  SgdUpdate({.learning_rate = 0.25}, TensorOf({3}, {4, -8, 0}).span(), parameters.span());
  EXPECT_TRUE(SameBits(parameters, TensorOf({3}, {0, 4, -3})));
}

// Parameters and state after two steps from {1, -2, 0.5} and 0.
struct TwoSteps {
  Tensor<double> parameters = TensorOf({3}, {1.0, -2.0, 0.5});
  Tensor<double> state = Tensor<double>({3}, 0.0);

  template <typename Update, typename Step>
  TwoSteps(Update update, const Step& step) {
    for (const auto& gradient :
         {TensorOf({3}, {0.1, -3.0, 0.0}), TensorOf({3}, {-0.4, 1e-4, 2.0})}) {
      update(step, gradient.span(), parameters.span(), state.span());
    }
  }
};

constexpr GradientTerms kTerms{.scale = 0.5, .decay = 0.25};

// From NumPy, with the book's lines (Nesterov in its form with the old velocity):
//   p = np.array([1.0, -2.0, 0.5]); v = h = np.zeros(3); lr = 0.1
//   for g in [np.array([0.1, -3.0, 0.0]), np.array([-0.4, 1e-4, 2.0])]:
//       g = 0.5 * g + 0.25 * p
// and then for each optimizer
//       p = p - lr * g
//       v = 0.8 * v - lr * g; p = p + v
//       p = p + 0.8 * 0.8 * v - (1 + 0.8) * lr * g; v = 0.8 * v - lr * g
//       h = h + g * g; p = p - lr * g / (np.sqrt(h) + 1e-3)
//       h = 0.8 * h + (1 - 0.8) * g * g; p = p - lr * g / (np.sqrt(h) + 1e-3)
TEST(UpdateReferences, GiveTheNumbersOfTheBook) {
  const auto sgd = [](const SgdStep& step, auto gradient, auto parameters, auto) {
    SgdUpdate(step, gradient, parameters);
  };
  const TwoSteps s(sgd, SgdStep{.learning_rate = 0.1, .terms = kTerms});
  EXPECT_TRUE(AllNear(s.parameters, TensorOf({3}, {0.96575, -1.755005, 0.3753125}), 8 * kEpsilon));

  const MomentumStep momentum{.learning_rate = 0.1, .momentum = 0.8, .terms = kTerms};
  const TwoSteps m(MomentumUpdate, momentum);
  EXPECT_TRUE(AllNear(m.parameters, TensorOf({3}, {0.94175, -1.595005, 0.3653125}), 8 * kEpsilon));
  EXPECT_TRUE(AllNear(m.state, TensorOf({3}, {-0.02825, 0.204995, -0.1221875}), 8 * kEpsilon));

  const TwoSteps n(NesterovUpdate, momentum);
  EXPECT_TRUE(AllNear(n.parameters, TensorOf({3}, {0.92023, -1.438209, 0.2680125}), 8 * kEpsilon));
  EXPECT_TRUE(AllNear(n.state, TensorOf({3}, {-0.02765, 0.200995, -0.1219375}), 8 * kEpsilon));

  const TwoSteps a(AdaGradUpdate,
                   AdaGradStep{.learning_rate = 0.1, .epsilon = 1e-3, .terms = kTerms});
  EXPECT_TRUE(AllNear(a.parameters,
                      TensorOf({3}, {0.8920278642403401, -1.8769556937648764, 0.3015225502799494}),
                      8 * kEpsilon));
  EXPECT_TRUE(AllNear(a.state,
                      TensorOf({3}, {0.09062915972229886, 4.225589370472186, 1.226061547304107}),
                      8 * kEpsilon));

  const TwoSteps r(
      RmsPropUpdate,
      RmsPropStep{.learning_rate = 0.1, .decay_rate = 0.8, .epsilon = 1e-3, .terms = kTerms});
  EXPECT_TRUE(AllNear(r.parameters,
                      TensorOf({3}, {0.7825822302718589, -1.7228299530601878, 0.05838793924646346}),
                      8 * kEpsilon));
  EXPECT_TRUE(AllNear(
      r.state, TensorOf({3}, {0.014406023882225128, 0.6794468682358434, 0.23151455220038944}),
      8 * kEpsilon));
}

// From NumPy: the lines above AdamReference, with p -= 0.05 * p before the last one.
TEST(AdamReference, ShrinksParametersAsAdamWDoes) {
  Tensor<double> parameters = TensorOf({3}, {1.0, -2.0, 0.5});
  Tensor<double> mean({3}, 0.0), variance({3}, 0.0);
  AdamStep step{
      .learning_rate = 0.01, .beta1 = 0.8, .beta2 = 0.99, .epsilon = 1e-3, .shrinkage = 0.05};
  for (const auto& gradient : {TensorOf({3}, {0.1, -3.0, 0.0}), TensorOf({3}, {-0.4, 1e-4, 2.0})}) {
    AdamUpdate(step, gradient.span(), parameters.span(), mean.span(), variance.span());
    ++step.step;
  }
  EXPECT_TRUE(AllNear(parameters,
                      TensorOf({3}, {0.8998037781704461, -1.7892516167970283, 0.4434519148813345}),
                      8 * kEpsilon));
}

TEST(SumOfSquaresReference, AddsSquares) {
  EXPECT_EQ(SumOfSquares(TensorOf({3}, {3, -4, 0}).span()), 25);
  EXPECT_EQ(SumOfSquares({}), 0);
}

}  // namespace
}  // namespace ocellus::reference
