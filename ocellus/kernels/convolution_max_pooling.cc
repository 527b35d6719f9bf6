// Chunks of samples, and whose scratch memory they use.
#include "ocellus/kernels/convolution_max_pooling.h"

#include <algorithm>
#include <cstddef>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/checked_math.h"
#include "ocellus/base/function_ref.h"
#include "ocellus/kernels/max_pooling.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus {
namespace {

// The part of a second-level cache (512 KiB or more) that the output of the convolution may take.
constexpr int64_t kChunkBytes = 256 << 10;

int64_t OutputBytes(const PooledConvolution& both, int64_t samples) {
  return RoundUp(
      CheckedMultiply(samples, both.convolution.output_elements() * int64_t{sizeof(float)},
                      "convolution"),
      kAlignmentBytes);
}

// How many samples are convolved, then pooled, at a time.
int64_t SamplesAtATime(const PooledConvolution& both, int64_t batch, int threads) {
  if (batch < 2 * threads) return batch;
  const int64_t in_cache = kChunkBytes / std::max<int64_t>(OutputBytes(both, 1), 1);
  return std::clamp<int64_t>(in_cache, 1, CeilDivide(batch, 4 * threads));
}

// Scratch memory, with that of the convolution alone: convolution_bytes(samples, threads).
int64_t ScratchBytes(const PooledConvolution& both, int64_t batch, int threads,
                     FunctionRef<int64_t(int64_t samples, int threads)> convolution_bytes) {
  // The largest batch that is convolved as a whole.
  const int64_t whole = std::min<int64_t>(batch, 2 * threads - 1);
  const int64_t bytes = OutputBytes(both, whole) + convolution_bytes(whole, threads);
  if (whole == batch) return bytes;
  const int64_t chunk = SamplesAtATime(both, batch, threads);
  const int64_t chunk_bytes =
      OutputBytes(both, chunk) + RoundUp(convolution_bytes(chunk, 1), kAlignmentBytes);
  return std::max(bytes, threads * chunk_bytes);
}

// Calls body(first sample, number of samples, memory for the output of their convolution, context).
void ForEachChunk(
    const PooledConvolution& both, int64_t batch, const KernelContext& context,
    FunctionRef<void(int64_t first, int64_t samples, float* output, const KernelContext& context)>
        body) {
  const auto run = [&](int64_t first, int64_t samples, ThreadPool& pool,
                       std::span<std::byte> scratch) {
    const auto output_bytes = static_cast<size_t>(OutputBytes(both, samples));
    body(first, samples, reinterpret_cast<float*>(scratch.data()),
         {pool, scratch.subspan(output_bytes)});
  };
  const int64_t chunk = SamplesAtATime(both, batch, context.pool.threads());
  if (chunk == batch) return run(0, batch, context.pool, context.scratch);
  constexpr auto kUnit = static_cast<size_t>(kAlignmentBytes);
  const size_t each =
      context.scratch.size() / static_cast<size_t>(context.pool.threads()) / kUnit * kUnit;
  context.pool.ParallelFor(CeilDivide(batch, chunk), [&](int64_t piece, int worker) {
    const int64_t first = piece * chunk;
    run(first, std::min(chunk, batch - first), SerialThreadPool(),
        context.scratch.subspan(static_cast<size_t>(worker) * each, each));
  });
}

// The samples' part of what has `each` elements for one sample; empty if there is none.
template <typename T>
std::span<T> SamplesOf(std::span<T> all, int64_t first, int64_t samples, int64_t each) {
  if (all.empty()) return {};
  return all.subspan(static_cast<size_t>(first * each), static_cast<size_t>(samples * each));
}

}  // namespace

int64_t PooledConvolutionForwardScratchBytes(const PooledConvolution& both, int64_t batch,
                                             int threads) {
  return ScratchBytes(both, batch, threads, [&](int64_t n, int t) {
    return ConvolutionForwardScratchBytes(both.convolution, n, t, both.method);
  });
}

void PooledConvolutionForward(const PooledConvolution& both, TensorView<const float> input,
                              TensorView<const float> weights, TensorView<const float> biases,
                              Activation activation, TensorView<float> output,
                              std::span<int32_t> winners, const KernelContext& context,
                              const float* packed) {
  ForEachChunk(both, input.shape()[0], context,
               [&](int64_t first, int64_t n, float* memory, const KernelContext& chunk) {
                 const TensorView<float> convolved(memory, OutputShape(both.convolution, n));
                 ConvolutionForward(both.convolution, input.Samples(first, n), weights, biases,
                                    Activation::kNone, convolved, chunk, both.method, packed);
                 MaxPoolingForward(both.pooling, convolved, activation, output.Samples(first, n),
                                   SamplesOf(winners, first, n, both.pooling.output_elements()),
                                   chunk);
               });
}

}  // namespace ocellus
