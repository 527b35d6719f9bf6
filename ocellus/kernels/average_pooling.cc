// Average pooling in plain loops, one plane (image and channel) at a time. Along each axis the part
// of a window that lies in the image is worked out once, so the inner loops have no conditions.
#include "ocellus/kernels/average_pooling.h"

#include <algorithm>

#include "ocellus/base/checked_math.h"
#include "ocellus/tensor/check_shape.h"

namespace ocellus {
namespace {

// The window at one output position along one axis: input elements first, first + dilation, ...,
// `inside` of them, and how many count for the mean.
struct Part {
  int64_t first;
  int64_t inside;
  int64_t counted;
};

struct Axis {
  int64_t input;
  int64_t size;
  int64_t stride;
  int64_t padding;
  int64_t dilation;
};

// How many of begin, begin + step, ... (at most `count`) are below `end`.
int64_t CountBelow(int64_t begin, int64_t step, int64_t count, int64_t end) {
  return begin >= end ? 0 : std::min(count, CeilDivide(end - begin, step));
}

Part WindowPart(const Axis& axis, int64_t position, PaddingCount padding_count) {
  const int64_t begin = position * axis.stride - axis.padding;
  const int64_t before = begin >= 0 ? 0 : CeilDivide(-begin, axis.dilation);
  const int64_t first = begin + before * axis.dilation;
  const int64_t inside =
      before >= axis.size ? 0 : CountBelow(first, axis.dilation, axis.size - before, axis.input);
  const int64_t counted =
      padding_count == PaddingCount::kExclude
          ? inside
          : CountBelow(begin, axis.dilation, axis.size, axis.input + axis.padding);
  return {first, inside, counted};
}

// Calls body(index of the output element, row part, column part) for each output of a plane.
template <typename Body>
void ForEachWindow(const PoolingGeometry& g, PaddingCount padding_count, const Body& body) {
  const Window& w = g.window;
  const Axis rows{g.input.h, w.size.h, w.stride.h, w.padding.h, w.dilation.h};
  const Axis columns{g.input.w, w.size.w, w.stride.w, w.padding.w, w.dilation.w};
  int64_t index = 0;
  for (int64_t oy = 0; oy < g.output.h; ++oy) {
    const Part row = WindowPart(rows, oy, padding_count);
    for (int64_t ox = 0; ox < g.output.w; ++ox, ++index) {
      body(index, row, WindowPart(columns, ox, padding_count));
    }
  }
}

}  // namespace

void AveragePoolingForward(const PoolingGeometry& geometry, PaddingCount padding_count,
                           TensorView<const float> input, TensorView<float> output,
                           const KernelContext& context) {
  const int64_t batch = input.shape()[0];
  CheckShape("input", input.shape(), InputShape(geometry, batch));
  CheckShape("output", output.shape(), OutputShape(geometry, batch));
  const Extent dilation = geometry.window.dilation;
  const int64_t width = geometry.input.w;
  context.pool.ParallelFor(batch * geometry.channels, [&](int64_t plane, int) {
    const float* from = input.data() + plane * geometry.input.area();
    float* to = output.data() + plane * geometry.output.area();
    ForEachWindow(geometry, padding_count, [&](int64_t index, const Part& row, const Part& column) {
      float sum = 0;
      for (int64_t y = 0; y < row.inside; ++y) {
        const float* line = from + (row.first + y * dilation.h) * width + column.first;
        for (int64_t x = 0; x < column.inside; ++x) sum += line[x * dilation.w];
      }
      to[index] = sum / static_cast<float>(row.counted * column.counted);
    });
  });
}

void AveragePoolingInputGradient(const PoolingGeometry& geometry, PaddingCount padding_count,
                                 TensorView<const float> d_output, TensorView<float> d_input,
                                 const KernelContext& context) {
  const int64_t batch = d_output.shape()[0];
  CheckShape("d_output", d_output.shape(), OutputShape(geometry, batch));
  CheckShape("d_input", d_input.shape(), InputShape(geometry, batch));
  const Extent dilation = geometry.window.dilation;
  const int64_t width = geometry.input.w;
  context.pool.ParallelFor(batch * geometry.channels, [&](int64_t plane, int) {
    const float* from = d_output.data() + plane * geometry.output.area();
    float* to = d_input.data() + plane * geometry.input.area();
    std::fill_n(to, geometry.input.area(), 0.0f);
    ForEachWindow(geometry, padding_count, [&](int64_t index, const Part& row, const Part& column) {
      const float share = from[index] / static_cast<float>(row.counted * column.counted);
      for (int64_t y = 0; y < row.inside; ++y) {
        float* line = to + (row.first + y * dilation.h) * width + column.first;
        for (int64_t x = 0; x < column.inside; ++x) line[x * dilation.w] += share;
      }
    });
  });
}

}  // namespace ocellus
