// Comparisons and guarded memory.
#include "tests/support/compare.h"

#include <bit>
#include <cmath>
#include <limits>

namespace ocellus {
namespace {

const uint32_t kGuardBits = 0x7fc0dead;  // a NaN that no arithmetic makes

}  // namespace

double Tolerance::bound() const {
  const double epsilon = std::numeric_limits<float>::epsilon();
  return static_cast<double>(terms + 2) * epsilon * (magnitude + 1e-30);
}

testing::AssertionResult AllNear(std::span<const float> found, std::span<const double> expected,
                                 const Tolerance& tolerance) {
  if (found.size() != expected.size()) {
    return testing::AssertionFailure() << found.size() << " and " << expected.size() << " elements";
  }
  const double bound = tolerance.bound();
  double worst = -1;
  size_t where = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double difference = std::abs(static_cast<double>(found[i]) - expected[i]);
    if (difference <= worst) continue;  // a NaN is never skipped
    worst = difference;
    where = i;
    if (std::isnan(difference)) break;
  }
  if (found.empty() || worst <= bound) return testing::AssertionSuccess();
  return testing::AssertionFailure()
         << "element " << where << " of " << found.size() << ": found " << found[where]
         << ", expected " << expected[where] << ", difference " << worst << ", tolerance " << bound;
}

testing::AssertionResult SameBits(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) {
    return testing::AssertionFailure() << a.size() << " and " << b.size() << " elements";
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<uint32_t>(a[i]) != std::bit_cast<uint32_t>(b[i])) {
      return testing::AssertionFailure() << "element " << i << ": " << a[i] << " and " << b[i];
    }
  }
  return testing::AssertionSuccess();
}

Tensor<float> RandomTensor(const Shape& shape, uint64_t seed) {
  Tensor<float> tensor(shape);
  Random random(seed, 0);
  for (float& value : tensor.span()) {
    value = random.Below(8) == 0 ? 0.0f : static_cast<float>(2 * random.Uniform() - 1);
  }
  return tensor;
}

GuardedTensor::GuardedTensor(const Shape& shape)
    : shape_(shape), buffer_(shape.elements() + 2 * kGuard) {
  for (float& value : buffer_.span()) value = std::bit_cast<float>(kGuardBits);
}

TensorView<float> GuardedTensor::view() { return {buffer_.data() + kGuard, shape_}; }

testing::AssertionResult GuardsAreIntact(std::span<const float> guard) {
  for (const float value : guard) {
    if (std::bit_cast<uint32_t>(value) != kGuardBits) {
      return testing::AssertionFailure() << "written outside: " << value;
    }
  }
  return testing::AssertionSuccess();
}

testing::AssertionResult GuardedTensor::GuardsAreIntact() const {
  const auto before = ocellus::GuardsAreIntact(buffer_.span().first(kGuard));
  return before ? ocellus::GuardsAreIntact(buffer_.span().last(kGuard)) : before;
}

}  // namespace ocellus
