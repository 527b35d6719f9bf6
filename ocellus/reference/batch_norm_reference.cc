// See batch_norm_reference.h.
#include "ocellus/reference/batch_norm_reference.h"

#include <cmath>
#include <initializer_list>

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {
namespace {

// Calls body(i) for each element i of channel c in the whole batch.
template <typename Body>
void ForEachOfChannel(const Shape& shape, int64_t c, const Body& body) {
  const int64_t channels = shape[1];
  const int64_t plane = shape.Sample().elements() / channels;
  for (int64_t n = 0; n < shape[0]; ++n) {
    for (int64_t i = 0; i < plane; ++i) body((n * channels + c) * plane + i);
  }
}

void CheckChannels(const Shape& input, std::initializer_list<Shape> shapes) {
  for (const Shape& shape : shapes) CheckShape("of a channel", shape, {input[1]});
}

double ElementsOfChannel(const Shape& shape) {
  const int64_t elements = shape.elements() / shape[1];  // exact
  return static_cast<double>(elements);
}

}  // namespace

void BatchNormStatistics(TensorView<const double> input, TensorView<double> mean,
                         TensorView<double> variance) {
  const Shape& shape = input.shape();
  CheckChannels(shape, {mean.shape(), variance.shape()});
  const double m = ElementsOfChannel(shape);
  for (int64_t c = 0; c < shape[1]; ++c) {
    double sum = 0;
    ForEachOfChannel(shape, c, [&](int64_t i) { sum += input[i]; });
    mean[c] = sum / m;
    double squares = 0;
    ForEachOfChannel(shape, c, [&](int64_t i) {
      const double centred = input[i] - mean[c];
      squares += centred * centred;
    });
    variance[c] = squares / m;
  }
}

void BatchNormForward(TensorView<const double> input, TensorView<const double> mean,
                      TensorView<const double> variance, TensorView<const double> scale,
                      TensorView<const double> shift, double epsilon, TensorView<double> output) {
  CheckShape("output", output.shape(), input.shape());
  CheckChannels(input.shape(), {mean.shape(), variance.shape(), scale.shape(), shift.shape()});
  for (int64_t c = 0; c < input.shape()[1]; ++c) {
    const double deviation = std::sqrt(variance[c] + epsilon);
    ForEachOfChannel(input.shape(), c, [&](int64_t i) {
      const double normalized = (input[i] - mean[c]) / deviation;
      output[i] = scale[c] * normalized + shift[c];
    });
  }
}

void AccumulateBatchNormParameterGradients(TensorView<const double> input,
                                           TensorView<const double> mean,
                                           TensorView<const double> variance, double epsilon,
                                           TensorView<const double> d_output,
                                           TensorView<double> d_scale, TensorView<double> d_shift) {
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckChannels(input.shape(), {mean.shape(), variance.shape(), d_scale.shape(), d_shift.shape()});
  for (int64_t c = 0; c < input.shape()[1]; ++c) {
    const double deviation = std::sqrt(variance[c] + epsilon);
    ForEachOfChannel(input.shape(), c, [&](int64_t i) {
      d_scale[c] += d_output[i] * (input[i] - mean[c]) / deviation;
      d_shift[c] += d_output[i];
    });
  }
}

void BatchNormInputGradient(TensorView<const double> input, TensorView<const double> mean,
                            TensorView<const double> variance, TensorView<const double> scale,
                            double epsilon, TensorView<const double> d_output,
                            TensorView<double> d_input) {
  CheckShape("d_output", d_output.shape(), input.shape());
  CheckShape("d_input", d_input.shape(), input.shape());
  CheckChannels(input.shape(), {mean.shape(), variance.shape(), scale.shape()});
  const Shape& shape = input.shape();
  const double m = ElementsOfChannel(shape);
  for (int64_t c = 0; c < shape[1]; ++c) {
    const double deviation = std::sqrt(variance[c] + epsilon);
    double sum = 0;
    double product_sum = 0;
    ForEachOfChannel(shape, c, [&](int64_t i) {
      sum += d_output[i];
      product_sum += d_output[i] * (input[i] - mean[c]) / deviation;
    });
    ForEachOfChannel(shape, c, [&](int64_t i) {
      const double normalized = (input[i] - mean[c]) / deviation;
      d_input[i] = scale[c] / deviation * (d_output[i] - sum / m - normalized * product_sum / m);
    });
  }
}

void BatchNormFrozenInputGradient(TensorView<const double> variance, TensorView<const double> scale,
                                  double epsilon, TensorView<const double> d_output,
                                  TensorView<double> d_input) {
  CheckShape("d_input", d_input.shape(), d_output.shape());
  CheckChannels(d_output.shape(), {variance.shape(), scale.shape()});
  for (int64_t c = 0; c < d_output.shape()[1]; ++c) {
    const double factor = scale[c] / std::sqrt(variance[c] + epsilon);
    ForEachOfChannel(d_output.shape(), c, [&](int64_t i) { d_input[i] = factor * d_output[i]; });
  }
}

}  // namespace ocellus::reference
