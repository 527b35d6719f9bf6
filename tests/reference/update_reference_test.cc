// What changes arrays in place, in double: Add, Adam, SGD.
#include <gtest/gtest.h>

#include <limits>

#include "ocellus/reference/adam_reference.h"
#include "ocellus/reference/add_reference.h"
#include "ocellus/reference/sgd_reference.h"
#include "tests/support/check_failure.h"
#include "tests/support/compare.h"
#include "tests/support/tensor_of.h"

namespace ocellus::reference {
namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

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
  SgdUpdate(0.25, TensorOf({3}, {4, -8, 0}).span(), parameters.span());
  EXPECT_TRUE(SameBits(parameters, TensorOf({3}, {0, 4, -3})));
}

}  // namespace
}  // namespace ocellus::reference
