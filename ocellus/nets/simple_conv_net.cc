// The chapter's network.
#include "ocellus/nets/simple_conv_net.h"

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/formats/book_names.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"

namespace ocellus {
namespace {

// The loss of one network for one batch.
template <typename T>
class BatchLoss {
 public:
  BatchLoss(const BasicNetwork<T>& network, TensorView<const float> x, std::span<const int32_t> t)
      : network_(network),
        x_(ocellus::ConvertTo<T>(x)),
        t_(t),
        workspace_(network, {.max_batch = x.shape()[0], .training = true}) {
    CheckLabels(network.output_shape().Batch(x.shape()[0]), t);
  }

  Workspace<T>& workspace() { return workspace_; }

  double Forward() {
    network_.Forward(x_, workspace_);
    return last_layer_.Forward(workspace_.output(), t_, workspace_.d_output(),
                               workspace_.context());
  }

  void Backward() {
    const TensorView<T> d_scores = workspace_.d_output();
    last_layer_.Backward(d_scores, t_, d_scores, workspace_.context());
    workspace_.ClearGradients();
    network_.Backward(workspace_);
  }

 private:
  const BasicNetwork<T>& network_;
  Tensor<T> x_;
  std::span<const int32_t> t_;
  Workspace<T> workspace_;
  SoftmaxWithLoss<T> last_layer_;
};

}  // namespace

Network MakeSimpleConvNet(const SimpleConvNetOptions& options) {
  const Initializer init = Normal(options.weight_init_std);
  Network network(options.input_dim);
  network
      .Add(Convolution{.filters = options.filter_num,
                       .kernel_size = options.filter_size,
                       .stride = options.stride,
                       .padding = options.pad,
                       .weight_init = init})
      .Add(Relu{})
      .Add(MaxPooling{.window = 2, .stride = 2})
      .Add(Affine{.units = options.hidden_size, .weight_init = init})
      .Add(Relu{})
      .Add(Affine{.units = options.output_size, .weight_init = init});
  return network;
}

SimpleConvNet::SimpleConvNet(const SimpleConvNetOptions& options, uint64_t seed)
    : network_(MakeSimpleConvNet(options)) {
  network_.Initialize(seed);
}

Tensor<float> SimpleConvNet::Predict(TensorView<const float> x) const {
  return network_.Predict(x);
}

double SimpleConvNet::Loss(TensorView<const float> x, std::span<const int32_t> t) const {
  return BatchLoss<float>(network_, x, t).Forward();
}

NamedGradients SimpleConvNet::Gradient(TensorView<const float> x,
                                       std::span<const int32_t> t) const {
  BatchLoss<float> loss(network_, x, t);
  loss.Forward();
  loss.Backward();
  NamedGradients gradients;
  const std::vector<std::string> names = BookNames(network_);
  for (size_t i = 0; i < names.size(); ++i) {
    gradients.emplace_back(names[i],
                           ConvertTo<double>(loss.workspace().d_parameter(static_cast<int>(i))));
  }
  return gradients;
}

NamedGradients SimpleConvNet::NumericalGradient(TensorView<const float> x,
                                                std::span<const int32_t> t) const {
  constexpr double kStep = 1e-4;
  auto network = network_.ConvertTo<double>();
  BatchLoss<double> loss(network, x, t);
  NamedGradients gradients;
  const std::vector<std::string> names = BookNames(network);
  for (size_t i = 0; i < names.size(); ++i) {
    const TensorView<double> parameter = network.parameter(static_cast<int>(i));
    Tensor<double> gradient(parameter.shape());
    for (int64_t j = 0; j < parameter.elements(); ++j) {
      const double value = parameter[j];
      parameter[j] = value + kStep;
      const double above = loss.Forward();
      parameter[j] = value - kStep;
      const double below = loss.Forward();
      parameter[j] = value;
      gradient[j] = (above - below) / (2 * kStep);
    }
    gradients.emplace_back(names[i], std::move(gradient));
  }
  return gradients;
}

double SimpleConvNet::Accuracy(TensorView<const float> x, std::span<const int32_t> t,
                               int64_t batch_size) const {
  if (batch_size < 1) Fail("batch size: expected 1 or more, found {}", batch_size);
  const int64_t count = x.shape()[0];
  CheckLabels(network_.output_shape().Batch(count), t);
  Workspace<float> workspace(
      network_, {.max_batch = std::min(batch_size, count), .constant_parameters = true});
  int64_t right = 0;
  for (int64_t first = 0; first < count; first += batch_size) {
    const int64_t n = std::min(batch_size, count - first);
    network_.Forward(x.Samples(first, n), workspace);
    for (int64_t i = 0; i < n; ++i) {
      const std::span<const float> scores = workspace.output().Sample(i).span();
      if (std::ranges::any_of(scores, [](float score) { return std::isnan(score); })) continue;
      const auto best = std::ranges::max_element(scores) - scores.begin();
      if (best == t[static_cast<size_t>(first + i)]) ++right;
    }
  }
  return static_cast<double>(right) / static_cast<double>(count);
}

void SimpleConvNet::SaveParams(const std::filesystem::path& file_name) const {
  SaveParameters(network_, file_name);
}

void SimpleConvNet::LoadParams(const std::filesystem::path& file_name) {
  LoadParameters(file_name, network_);
}

}  // namespace ocellus
