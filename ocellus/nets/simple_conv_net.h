// SimpleConvNet, the chapter's network: Convolution - ReLU - Pooling - Affine - ReLU - Affine.
//
//   SimpleConvNet net;                              // 30 filters 5x5, 100 hidden units
//   double loss = net.Loss(x, t);
//   NamedGradients grads = net.Gradient(x, t);      // W1, b1, W2, b2, W3, b3
//   net.LoadParams("params.pkl");
//   double accuracy = net.Accuracy(x, t);
//
// It can do what the Python class can, under the same words: predict, loss, gradient,
// numerical_gradient, accuracy, save_params, load_params. To train it, use Trainer on network().
//
// x is a batch {N, C, H, W}, pixels from 0 to 1; t holds N labels.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ocellus/network/network.h"

namespace ocellus {

// The hyper-parameters, with the chapter's names and values.
struct SimpleConvNetOptions {
  Shape input_dim{1, 28, 28};
  int64_t filter_num = 30;
  int64_t filter_size = 5;
  int64_t pad = 0;
  int64_t stride = 1;
  int64_t hidden_size = 100;
  int64_t output_size = 10;
  double weight_init_std = 0.01;
};

// The network alone, without parameter values. Throws Error if a size is out of range or the stride
// or the pooling does not divide.
Network MakeSimpleConvNet(const SimpleConvNetOptions& options = {});

// Gradients under the chapter's names, in the order W1, b1, W2, ...
using NamedGradients = std::vector<std::pair<std::string, Tensor<double>>>;

class SimpleConvNet {
 public:
  // Throws Error as MakeSimpleConvNet does. The seed decides the initial weights.
  explicit SimpleConvNet(const SimpleConvNetOptions& options = {}, uint64_t seed = 1);

  Network& network() { return network_; }
  const Network& network() const { return network_; }

  // predict: the scores {N, output_size}, before the softmax.
  Tensor<float> Predict(TensorView<const float> x) const;

  // loss: the mean over the batch of softmax with cross entropy. Throws Error for labels out of
  // range, as all functions below do.
  double Loss(TensorView<const float> x, std::span<const int32_t> t) const;

  // gradient: by backpropagation, in float.
  NamedGradients Gradient(TensorView<const float> x, std::span<const int32_t> t) const;

  // numerical_gradient: by central differences with h = 1e-4, in double, as in the chapter. Two
  // forward passes for every single parameter: for small networks.
  NamedGradients NumericalGradient(TensorView<const float> x, std::span<const int32_t> t) const;

  // accuracy: the share of right predictions. Every sample counts, the last partial batch too; one
  // with a score that is NaN is wrong.
  double Accuracy(TensorView<const float> x, std::span<const int32_t> t,
                  int64_t batch_size = 100) const;

  // save_params, load_params: the book's pickle; or .npz or .safetensors, by the name's ending.
  // Throw Error as SaveParameters and LoadParameters (formats/model_file.h) do.
  void SaveParams(const std::filesystem::path& file_name = "params.pkl") const;
  void LoadParams(const std::filesystem::path& file_name = "params.pkl");

 private:
  Network network_;
};

}  // namespace ocellus
