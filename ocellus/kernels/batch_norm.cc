// See batch_norm.h. A plane is one channel of one image: contiguous.
#include "ocellus/kernels/batch_norm.h"

#include <cmath>
#include <initializer_list>

#include "ocellus/kernels/highway_targets.h"
#include "ocellus/tensor/check_shape.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/batch_norm.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/elementwise-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

float SumPlane(const float* x, int64_t size) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= size; i += lanes) sum = hn::Add(sum, hn::LoadU(d, x + i));
  float tail = 0;
  for (; i < size; ++i) tail += x[i];
  return hn::GetLane(hn::SumOfLanes(d, sum)) + tail;
}

// The sum of (x - a) * (y - b). With b = 0 and a the mean it gives the products of a gradient, with
// y = x and b = a the squares of a variance.
float SumPlaneProducts(const float* x, float a, const float* y, float b, int64_t size) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto va = hn::Set(d, a);
  const auto vb = hn::Set(d, b);
  auto sum = hn::Zero(d);
  int64_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    sum = hn::MulAdd(hn::Sub(hn::LoadU(d, x + i), va), hn::Sub(hn::LoadU(d, y + i), vb), sum);
  }
  float tail = 0;
  for (; i < size; ++i) tail += (x[i] - a) * (y[i] - b);
  return hn::GetLane(hn::SumOfLanes(d, sum)) + tail;
}

// output = (x - mean) * factor + shift
void NormalizePlane(const float* x, float mean, float factor, float shift, float* output,
                    int64_t size) {
  ForEachVector(0, size, [&](auto d, int64_t i) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    hn::StoreU(hn::MulAdd(centred, hn::Set(d, factor), hn::Set(d, shift)), d, output + i);
  });
}

// d_x = factor * (d_y - mean_d_y - (x - mean) * slope)
void PlaneGradient(const float* x, float mean, const float* d_y, float mean_d_y, float slope,
                   float factor, float* d_x, int64_t size) {
  ForEachVector(0, size, [&](auto d, int64_t i) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, x + i), hn::Set(d, mean));
    const auto change = hn::Sub(hn::LoadU(d, d_y + i), hn::Set(d, mean_d_y));
    const auto sum = hn::NegMulAdd(centred, hn::Set(d, slope), change);
    hn::StoreU(hn::Mul(sum, hn::Set(d, factor)), d, d_x + i);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {
namespace {

HWY_EXPORT(SumPlane);
HWY_EXPORT(SumPlaneProducts);
HWY_EXPORT(NormalizePlane);
HWY_EXPORT(PlaneGradient);

// How a batch is made of planes.
struct Planes {
  explicit Planes(const Shape& shape)
      : batch(shape[0]), channels(shape[1]), size(shape.elements() / (batch * channels)) {}

  double elements_of_channel() const { return static_cast<double>(batch * size); }
  int64_t offset(int64_t n, int64_t c) const { return (n * channels + c) * size; }

  int64_t batch;
  int64_t channels;
  int64_t size;
};

double InverseDeviation(float variance, double epsilon) {
  return 1 / std::sqrt(static_cast<double>(variance) + epsilon);
}

void CheckChannels(const Planes& planes, std::initializer_list<Shape> shapes) {
  for (const Shape& shape : shapes) CheckShape("of a channel", shape, {planes.channels});
}

}  // namespace

void BatchNormStatistics(TensorView<const float> input, TensorView<float> mean,
                         TensorView<float> variance, const KernelContext& context) {
  const Planes planes(input.shape());
  CheckChannels(planes, {mean.shape(), variance.shape()});
  context.pool.ParallelFor(planes.channels, [&](int64_t c, int) {
    double sum = 0;
    for (int64_t n = 0; n < planes.batch; ++n) {
      sum += HWY_DYNAMIC_DISPATCH(SumPlane)(input.data() + planes.offset(n, c), planes.size);
    }
    mean[c] = static_cast<float>(sum / planes.elements_of_channel());
    double squares = 0;
    for (int64_t n = 0; n < planes.batch; ++n) {
      const float* x = input.data() + planes.offset(n, c);
      squares += HWY_DYNAMIC_DISPATCH(SumPlaneProducts)(x, mean[c], x, mean[c], planes.size);
    }
    variance[c] = static_cast<float>(squares / planes.elements_of_channel());
  });
}

void BatchNormForward(TensorView<const float> input, TensorView<const float> mean,
                      TensorView<const float> variance, TensorView<const float> scale,
                      TensorView<const float> shift, double epsilon, TensorView<float> output,
                      const KernelContext& context) {
  const Planes planes(input.shape());
  CheckShape("output", output.shape(), input.shape());
  CheckChannels(planes, {mean.shape(), variance.shape(), scale.shape(), shift.shape()});
  context.pool.ParallelFor(planes.channels, [&](int64_t c, int) {
    const auto factor = static_cast<float>(scale[c] * InverseDeviation(variance[c], epsilon));
    for (int64_t n = 0; n < planes.batch; ++n) {
      const int64_t at = planes.offset(n, c);
      HWY_DYNAMIC_DISPATCH(NormalizePlane)
      (input.data() + at, mean[c], factor, shift[c], output.data() + at, planes.size);
    }
  });
}

void BatchNormParameterGradients(TensorView<const float> input, TensorView<const float> mean,
                                 TensorView<const float> variance, double epsilon,
                                 TensorView<const float> d_output, TensorView<float> d_scale,
                                 TensorView<float> d_shift, const KernelContext& context) {
  const Planes planes(input.shape());
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckChannels(planes, {mean.shape(), variance.shape(), d_scale.shape(), d_shift.shape()});
  context.pool.ParallelFor(planes.channels, [&](int64_t c, int) {
    double products = 0;
    double sum = 0;
    for (int64_t n = 0; n < planes.batch; ++n) {
      const int64_t at = planes.offset(n, c);
      const float* d_y = d_output.data() + at;
      products += HWY_DYNAMIC_DISPATCH(SumPlaneProducts)(input.data() + at, mean[c], d_y, 0.0f,
                                                         planes.size);
      sum += HWY_DYNAMIC_DISPATCH(SumPlane)(d_y, planes.size);
    }
    d_scale[c] = static_cast<float>(products * InverseDeviation(variance[c], epsilon));
    d_shift[c] = static_cast<float>(sum);
  });
}

void BatchNormInputGradient(TensorView<const float> input, TensorView<const float> mean,
                            TensorView<const float> variance, TensorView<const float> scale,
                            double epsilon, TensorView<const float> d_output,
                            TensorView<const float> d_scale, TensorView<const float> d_shift,
                            TensorView<float> d_input, const KernelContext& context) {
  const Planes planes(input.shape());
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckShape("d_input", d_input.shape(), input.shape());
  CheckChannels(planes,
                {mean.shape(), variance.shape(), scale.shape(), d_scale.shape(), d_shift.shape()});
  context.pool.ParallelFor(planes.channels, [&](int64_t c, int) {
    const double m = planes.elements_of_channel();
    const double inverse = InverseDeviation(variance[c], epsilon);
    const auto mean_d_y = static_cast<float>(d_shift[c] / m);
    const auto slope = static_cast<float>(d_scale[c] / m * inverse);
    const auto factor = static_cast<float>(scale[c] * inverse);
    for (int64_t n = 0; n < planes.batch; ++n) {
      const int64_t at = planes.offset(n, c);
      HWY_DYNAMIC_DISPATCH(PlaneGradient)
      (input.data() + at, mean[c], d_output.data() + at, mean_d_y, slope, factor,
       d_input.data() + at, planes.size);
    }
  });
}

void BatchNormFrozenInputGradient(TensorView<const float> variance, TensorView<const float> scale,
                                  double epsilon, TensorView<const float> d_output,
                                  TensorView<float> d_input, const KernelContext& context) {
  const Planes planes(d_output.shape());
  CheckShape("d_input", d_input.shape(), d_output.shape());
  CheckChannels(planes, {variance.shape(), scale.shape()});
  context.pool.ParallelFor(planes.channels, [&](int64_t c, int) {
    const auto factor = static_cast<float>(scale[c] * InverseDeviation(variance[c], epsilon));
    for (int64_t n = 0; n < planes.batch; ++n) {
      const int64_t at = planes.offset(n, c);
      HWY_DYNAMIC_DISPATCH(NormalizePlane)
      (d_output.data() + at, 0.0f, factor, 0.0f, d_input.data() + at, planes.size);
    }
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
