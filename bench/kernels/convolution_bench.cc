// Each convolution of the networks alone: forward (with biases, and with weights that were packed
// before, as in prediction), the gradient of its input, and that of its weights and biases.
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "bench/benchmarks.h"
#include "bench/support/random_batch.h"
#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/convolution.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/nets/net_catalog.h"

namespace ocellus::bench {
namespace {

struct NetAndBatch {
  const char* net;
  int64_t batch;
};

constexpr std::array<NetAndBatch, 5> kCases = {{{"simple-conv-net", 100},
                                                {"lenet-modern", 100},
                                                {"deep-conv-net", 100},
                                                {"alexnet", 32},
                                                {"alexnet", 1}}};

constexpr std::array<const char*, 3> kDirections = {"forward", "input-gradient", "weight-gradient"};

// One convolution with its operands. Results are overwritten by each direction's function.
class ConvolutionWork {
 public:
  // `network` is that convolution and nothing else.
  ConvolutionWork(const Network& network, const ConvolutionGeometry& geometry, int64_t batch)
      : geometry_(geometry),
        weights_(ConvertTo<float>(network.parameter(0))),
        biases_(ConvertTo<float>(network.parameter(1))),
        input_(RandomValues(network.input_shape().Batch(batch), 0)),
        d_output_(RandomValues(network.output_shape().Batch(batch), 1)),
        output_(d_output_.shape()),
        d_input_(input_.shape()),
        d_weights_(weights_.shape()),
        d_biases_(biases_.shape()),
        packed_(PackedConvolutionElements(geometry, kMethod)) {
    PackConvolutionWeights(geometry, weights_, packed_.data(), SerialThreadPool(), kMethod);
  }

  const Tensor<float>& input() const { return input_; }
  const Tensor<float>& d_output() const { return d_output_; }

  int64_t ScratchBytes(int threads) const {
    const int64_t batch = input_.shape()[0];
    return std::max({ConvolutionForwardScratchBytes(geometry_, batch, threads),
                     ConvolutionInputGradientScratchBytes(geometry_, batch, threads),
                     ConvolutionWeightGradientScratchBytes(geometry_, batch, threads)});
  }

  void Run(std::string_view direction, const KernelContext& context) {
    if (direction == "forward") {
      ConvolutionForward(geometry_, input_, weights_, biases_, Activation::kNone, output_, context,
                         kMethod, packed_.size() > 0 ? packed_.data() : nullptr);
    } else if (direction == "input-gradient") {
      ConvolutionInputGradient(geometry_, d_output_, weights_, d_input_, context);
    } else {
      AccumulateConvolutionWeightGradient(geometry_, input_, d_output_, d_weights_, d_biases_,
                                          context);
    }
  }

  // Under the names of bench/peers/peer.py.
  Results ComputeResults(std::string_view direction, const KernelContext& context) {
    d_weights_.Fill(0);
    d_biases_.Fill(0);
    Run(direction, context);
    if (direction == "forward") return {{"output", output_.view()}};
    if (direction == "input-gradient") return {{"d_input", d_input_.view()}};
    return {{"d_weights", d_weights_.view()}, {"d_biases", d_biases_.view()}};
  }

 private:
  static constexpr ConvolutionMethod kMethod = ConvolutionMethod::kFastest;

  ConvolutionGeometry geometry_;
  Tensor<float> weights_, biases_, input_, d_output_;
  Tensor<float> output_, d_input_, d_weights_, d_biases_;
  AlignedBuffer<float> packed_;
};

void BenchConvolution(const std::string& name, const Node& node, const Shape& input, int64_t batch,
                      Bench& bench) {
  std::vector<std::string> wanted;
  for (const std::string direction : kDirections) {
    if (bench.rows.Wants(name + " " + direction)) wanted.push_back(direction);
  }
  if (wanted.empty()) return;

  const Json json = node.layer->OptionsToJson();
  OptionReader reader(json, name);
  const Convolution options = ConvolutionFromJson(reader);
  Network network(input);
  network.Add(options);
  network.Initialize(/*seed=*/1);
  const Window window{.size = options.kernel_size,
                      .stride = options.stride,
                      .padding = options.padding,
                      .dilation = options.dilation,
                      .rounding = options.rounding};
  const ConvolutionGeometry geometry = MakeConvolutionGeometry(
      input[0], {input[1], input[2]}, options.filters, options.groups, window, name);
  ConvolutionWork work(network, geometry, batch);
  const std::array<NamedArray, 2> arrays = {
      {{"images", work.input().Clone()}, {"d_output", work.d_output().Clone()}}};
  bench.peers.Load(&network, arrays);

  for (const std::string& direction : wanted) {
    for (const int threads : bench.options.thread_counts) {
      ThreadPool pool(threads);
      AlignedBuffer<std::byte> scratch(work.ScratchBytes(threads));
      const KernelContext context{pool, scratch.span()};
      bench.peers.ExpectSame(direction, work.ComputeResults(direction, context));
      const double flop = 2.0 * static_cast<double>(node.info.multiply_adds * batch);
      bench.Run({.name = name + " " + direction, .threads = threads, .images = batch, .flop = flop},
                direction, batch, [&](int64_t repetitions) {
                  return SecondsOf(repetitions, [&] { work.Run(direction, context); });
                });
    }
  }
}

}  // namespace

void BenchConvolutions(Bench& bench) {
  for (const NetAndBatch& c : kCases) {
    const Network network = LoadNet(c.net);
    for (const Node& node : network.nodes()) {
      if (node.layer->type() != "Convolution") continue;
      BenchConvolution(fmt::format("{} {}, batch {}", c.net, node.name, c.batch), node,
                       network.shape_of(node.inputs[0]), c.batch, bench);
    }
  }
}

}  // namespace ocellus::bench
