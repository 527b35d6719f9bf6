// Occlusion maps: the picture once for each place of the square, in batches.
#include "ocellus/view/occlusion.h"

#include <algorithm>
#include <numeric>

#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"
#include "ocellus/kernels/softmax_with_loss.h"
#include "ocellus/network/receptive_field.h"
#include "ocellus/network/workspace.h"

namespace ocellus {
namespace {

constexpr int64_t kSquaresAlongASide = 28;

// Overwrites the part of `sample`, {C, H, W}, that lies in the box with the means of its channels.
void Hide(const PixelBox& box, TensorView<const float> means, TensorView<float> sample) {
  for (int64_t c = 0; c < sample.shape()[0]; ++c) {
    for (int64_t y = box.top; y < box.top + box.size.h; ++y) {
      std::fill_n(&sample.At(c, y, box.left), box.size.w, means[c]);
    }
  }
}

Tensor<float> ChannelMeans(TensorView<const float> sample) {
  Tensor<float> means({sample.shape()[0]});
  for (int64_t c = 0; c < means.elements(); ++c) {
    const std::span<const float> plane = sample.Sample(c).span();
    const double sum = std::accumulate(plane.begin(), plane.end(), 0.0);
    means[c] = static_cast<float>(sum / static_cast<double>(plane.size()));
  }
  return means;
}

}  // namespace

OcclusionMap Occlude(const Network& network, TensorView<const float> input, int64_t target,
                     const OcclusionOptions& options) {
  const Shape& shape = network.input_shape();
  const Shape& scores = network.output_shape();
  if (shape.rank() != 3 || scores.rank() != 1) {
    Fail("network: expected one from an image to a row of scores, found one from {} to {}",
         shape.ToString(), scores.ToString());
  }
  if (input.shape() != shape.Batch(1)) {
    Fail("occlusion: expected one sample of shape {}, found {}", shape.Batch(1).ToString(),
         input.shape().ToString());
  }
  if (target < 0 || target >= scores[0]) {
    Fail("class: expected 0 to {}, found {}", scores[0] - 1, target);
  }
  const int64_t shorter = std::min(shape[1], shape[2]);
  if (options.size < 0 || options.size > shorter) {
    Fail("occlusion: size of the square: expected 1 to {} pixels, found {}", shorter, options.size);
  }
  if (options.stride < 0 || options.stride > shorter) {
    Fail("occlusion: stride: expected 1 to {} pixels, found {}", shorter, options.stride);
  }
  if (options.run.batch_size < 1) {
    Fail("batch size: expected 1 or more, found {}", options.run.batch_size);
  }
  OcclusionMap map{.size = options.size > 0 ? options.size : std::max<int64_t>(1, shorter / 4),
                   .stride = options.stride > 0
                                 ? options.stride
                                 : std::max<int64_t>(1, shorter / kSquaresAlongASide)};
  map.occluded =
      Tensor<float>({CeilDivide(shape[1], map.stride), CeilDivide(shape[2], map.stride)});

  // The whole picture is the piece of work before the first square.
  const int64_t total = 1 + map.occluded.elements();
  const int64_t batch_size = std::min(options.run.batch_size, total);
  Workspace<float> workspace(
      network, {.max_batch = batch_size, .constant_parameters = true, .pool = options.run.pool});
  Tensor<float> batch(shape.Batch(batch_size));
  const Tensor<float> means = ChannelMeans(input.Sample(0));
  const Extent image{shape[1], shape[2]};
  for (int64_t first = 0; first < total; first += batch_size) {
    const int64_t n = std::min(batch_size, total - first);
    for (int64_t i = 0; i < n; ++i) {
      const TensorView<float> sample = batch.view().Sample(i);
      std::ranges::copy(input.span(), sample.data());
      const int64_t cell = first + i - 1;
      if (cell < 0) continue;
      const auto start = [&](int64_t index) {
        return index * map.stride + map.stride / 2 - map.size / 2;
      };
      const PixelBox square{.top = start(cell / map.occluded.shape()[1]),
                            .left = start(cell % map.occluded.shape()[1]),
                            .size = map.size};
      Hide(ClipToImage(square, image), means, sample);
    }
    network.Forward(batch.view().Samples(0, n), workspace);
    const TensorView<float> probabilities = workspace.output();
    SoftmaxForward(probabilities, probabilities, workspace.context());
    for (int64_t i = 0; i < n; ++i) {
      const float probability = probabilities.At(i, target);
      if (first + i == 0) {
        map.probability = probability;
      } else {
        map.occluded[first + i - 1] = probability;
      }
    }
    if (options.run.progress) options.run.progress(first + n, total);
  }
  return map;
}

}  // namespace ocellus
