// Grad-CAM by one forward and one backward pass.
#include "ocellus/view/grad_cam.h"

#include <algorithm>

#include "ocellus/base/error.h"
#include "ocellus/network/workspace.h"

namespace ocellus {
namespace {

// The sum over k of alpha_k A_k, negative values cut off.
Tensor<float> WeightedMaps(TensorView<const float> maps, TensorView<const float> d_maps) {
  const Shape& shape = maps.shape();
  const int64_t area = shape[1] * shape[2];
  std::vector<double> sum(static_cast<size_t>(area));
  for (int64_t k = 0; k < shape[0]; ++k) {
    const std::span<const float> map = maps.Sample(k).span();
    double alpha = 0;
    for (const float gradient : d_maps.Sample(k).span()) alpha += gradient;
    alpha /= static_cast<double>(area);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += alpha * map[i];
  }
  Tensor<float> result({shape[1], shape[2]});
  std::ranges::transform(sum, result.data(),
                         [](double value) { return static_cast<float>(std::max(value, 0.0)); });
  return result;
}

}  // namespace

Tensor<float> GradCam(const Network& network, TensorView<const float> input, int node,
                      int64_t target, ThreadPool* pool) {
  if (node == kNetworkInput || network.shape_of(node).rank() != 3) {
    Fail("{}: expected a layer whose output is maps (C, H, W), found shape {}",
         network.name_of(node), network.shape_of(node).ToString());
  }
  const Shape& scores = network.output_shape();
  if (scores.rank() != 1) {
    Fail("network: expected one row of scores as output, found shape {}", scores.ToString());
  }
  if (target < 0 || target >= scores[0]) {
    Fail("class: expected 0 to {}, found {}", scores[0] - 1, target);
  }
  // Without fusion, every layer has a gradient of its own; with the gradient of the input, also
  // those layers that have no parameters before them.
  Workspace<float> workspace(network, {.max_batch = 1,
                                       .training = true,
                                       .input_gradient = true,
                                       .frozen = true,
                                       .fusion = false,
                                       .pool = pool});
  Tensor<float> maps;
  network.Forward(input, workspace, [&](int number, TensorView<const float> output) {
    if (number == node) maps = ConvertTo<float>(output.Sample(0));
  });
  workspace.d_output().Fill(0.0f);
  workspace.d_output()[target] = 1.0f;
  Tensor<float> result;
  network.Backward(workspace, [&](int number, TensorView<const float> d_output) {
    if (number == node) result = WeightedMaps(maps, d_output.Sample(0));
  });
  return result;
}

int CamLayer(const Network& network) {
  const std::span<const Node> nodes = network.nodes();
  int layer = kNetworkInput;
  for (size_t node = 0; node < nodes.size(); ++node) {
    const bool is_convolution = nodes[node].layer->type() == "Convolution";
    const bool goes_on = layer != kNetworkInput && nodes[node].info.window == Window{} &&
                         nodes[node].inputs == std::vector<int>{layer};
    if (is_convolution || goes_on) layer = static_cast<int>(node);
  }
  if (layer == kNetworkInput) Fail("the network has no convolution");
  return layer;
}

}  // namespace ocellus
