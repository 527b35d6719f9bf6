// Comparisons and random tensors.
#include "tests/support/compare.h"

#include <fmt/core.h>

#include <bit>
#include <cstdlib>
#include <string>
#include <type_traits>

#include "ocellus/base/random.h"

namespace ocellus {
namespace {

// The index of element i along each axis: "[1, 0, 2]".
std::string IndexText(const Shape& shape, int64_t i) {
  std::string text;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const int64_t size = shape[axis];
    text = fmt::format("{}{}{}", i % size, text.empty() ? "" : ", ", text);
    i /= size;
  }
  return fmt::format("[{}]", text);
}

testing::AssertionResult Differs(const Shape& shape, int64_t worst, double found, double expected,
                                 int64_t count, const std::string& allowed) {
  return testing::AssertionFailure() << fmt::format(
             "{} of {} elements differ, the worst at {} of {}: found {:.17g}, expected "
             "{:.17g}, difference {:.3g}, {}; OCELLUS_TEST_SEED={}",
             count, shape.elements(), IndexText(shape, worst), shape.ToString(), found, expected,
             found - expected, allowed, TestSeed());
}

testing::AssertionResult ShapesDiffer(const Shape& found, const Shape& expected) {
  return testing::AssertionFailure()
         << fmt::format("found shape {}, expected {}", found.ToString(), expected.ToString());
}

testing::AssertionResult SizesDiffer(size_t found, size_t expected) {
  return testing::AssertionFailure()
         << fmt::format("found {} elements, expected {}", found, expected);
}

// Infinite for NaN and for infinities that differ.
double Distance(double found, double expected) {
  if (found == expected) return 0;
  const double distance = std::abs(found - expected);
  return std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance;
}

template <typename T>
testing::AssertionResult CompareNear(TensorView<const T> found, TensorView<const double> expected,
                                     double bound) {
  if (found.shape() != expected.shape()) return ShapesDiffer(found.shape(), expected.shape());
  if (!std::isfinite(bound)) {
    return testing::AssertionFailure() << fmt::format("the bound {} is no number", bound);
  }
  int64_t worst = 0;
  double worst_distance = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < found.elements(); ++i) {
    const double distance = Distance(double{found[i]}, expected[i]);
    if (!(distance <= bound)) ++count;
    if (distance > worst_distance) {
      worst = i;
      worst_distance = distance;
    }
  }
  if (count == 0) return testing::AssertionSuccess();
  return Differs(found.shape(), worst, double{found[worst]}, expected[worst], count,
                 fmt::format("bound {:.3g}", bound));
}

template <typename T>
testing::AssertionResult CompareBits(TensorView<const T> a, TensorView<const T> b) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  if (a.shape() != b.shape()) return ShapesDiffer(a.shape(), b.shape());
  int64_t first = -1;
  int64_t count = 0;
  for (int64_t i = 0; i < a.elements(); ++i) {
    if (std::bit_cast<Bits>(a[i]) == std::bit_cast<Bits>(b[i])) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return testing::AssertionSuccess();
  return Differs(a.shape(), first, double{a[first]}, double{b[first]}, count,
                 "the bits must be the same");
}

template <typename T>
TensorView<const T> AsTensor(std::span<const T> array) {
  return {array.data(), Shape{std::ssize(array)}};
}

}  // namespace

double Tolerance::bound() const {
  const double epsilon = std::numeric_limits<float>::epsilon();
  return static_cast<double>(terms + 2) * epsilon * magnitude;
}

testing::AssertionResult AllNear(TensorView<const float> found, TensorView<const double> expected,
                                 double bound) {
  return CompareNear(found, expected, bound);
}

testing::AssertionResult AllNear(TensorView<const double> found, TensorView<const double> expected,
                                 double bound) {
  return CompareNear(found, expected, bound);
}

testing::AssertionResult SameBits(TensorView<const float> a, TensorView<const float> b) {
  return CompareBits(a, b);
}

testing::AssertionResult SameBits(TensorView<const double> a, TensorView<const double> b) {
  return CompareBits(a, b);
}

testing::AssertionResult AllNear(std::span<const float> found, std::span<const double> expected,
                                 const Tolerance& tolerance) {
  if (found.size() != expected.size()) return SizesDiffer(found.size(), expected.size());
  if (found.empty()) return testing::AssertionSuccess();
  return AllNear(AsTensor(found), AsTensor(expected), tolerance.bound());
}

testing::AssertionResult SameBits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return SizesDiffer(a.size(), b.size());
  if (a.empty()) return testing::AssertionSuccess();
  return SameBits(AsTensor(a), AsTensor(b));
}

uint64_t TestSeed() {
  const char* seed = std::getenv("OCELLUS_TEST_SEED");
  return seed == nullptr ? 0 : std::strtoull(seed, nullptr, 10);
}

template <typename T>
Tensor<T> RandomTensor(const Shape& shape, uint64_t seed) {
  Tensor<T> tensor(shape);
  Random random(seed + TestSeed(), 0);
  for (T& value : tensor.span()) {
    value = random.Below(8) == 0 ? T{0} : static_cast<T>(2 * random.Uniform() - 1);
  }
  return tensor;
}

template <typename T>
Tensor<T> RandomWholeNumbers(const Shape& shape, uint64_t seed) {
  Tensor<T> tensor(shape);
  Random random(seed + TestSeed(), 0);
  for (T& value : tensor.span()) value = static_cast<T>(random.Below(5)) - T{2};
  return tensor;
}

template Tensor<float> RandomTensor(const Shape&, uint64_t);
template Tensor<double> RandomTensor(const Shape&, uint64_t);
template Tensor<float> RandomWholeNumbers(const Shape&, uint64_t);
template Tensor<double> RandomWholeNumbers(const Shape&, uint64_t);

}  // namespace ocellus
