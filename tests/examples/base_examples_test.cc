// The C++ at the beginning of the headers of ocellus/base/, tensor/ and reference/, as it stands
// there.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/check.h"
#include "ocellus/base/error.h"
#include "ocellus/base/parallel.h"
#include "ocellus/base/random.h"
#include "ocellus/base/sha256.h"
#include "ocellus/reference/convolution_reference.h"
#include "ocellus/reference/im2col_reference.h"
#include "ocellus/reference/matrix_product_reference.h"
#include "ocellus/tensor/check_shape.h"
#include "ocellus/tensor/dropout_mask.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/shape.h"
#include "ocellus/tensor/tensor.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

TEST(BaseExamples, AlignedBuffer) {
  AlignedBuffer<float> scratch(1000);  // not initialised
  scratch[0] = 1.0f;
  EXPECT_EQ(scratch[0], 1.0f);
}

TEST(BaseExamples, Check) {
  const Tensor<float> view({2, 3});
  constexpr int64_t size = 6;
  OCELLUS_CHECK(view.elements() == size, "view has {} elements, buffer {}", view.elements(), size);
}

TEST(BaseExamples, Error) {
  const std::string name = "conv1";
  constexpr int64_t stride = 0;
  EXPECT_EQ(ErrorText([&] {
              if (stride < 1)
                Fail("{} (Convolution): stride must be at least 1, found {}", name, stride);
            }),
            "conv1 (Convolution): stride must be at least 1, found 0");
}

TEST(BaseExamples, Parallel) {
  constexpr int64_t rows = 10;
  std::array<std::vector<int64_t>, 2> scratch;
  const auto Work = [](int64_t row, std::vector<int64_t>& done) { done.push_back(row); };
  ThreadPool pool(2);
  pool.ParallelFor(rows, [&](int64_t row, int worker) { Work(row, scratch[worker]); });
  EXPECT_EQ(scratch[0].size() + scratch[1].size(), 10u);
}

TEST(BaseExamples, Random) {
  constexpr uint64_t seed = 1;
  Random random(seed, /*stream=*/0);
  double weight = 0.01 * random.Normal();
  EXPECT_LT(std::abs(weight), 0.1);
}

TEST(BaseExamples, Sha256) {
  const std::string bytes;
  Sha256 sha256;
  sha256.Update(bytes);
  sha256.Hexadecimal();  // "e3b0c442..."
}

TEST(TensorExamples, CheckShape) {
  const ConvolutionGeometry geometry = MakeConvolutionGeometry(2, 5, 3, 1, {.size = 3}, "test");
  const Tensor<float> d_output({4, 2, 5, 5});
  constexpr int64_t batch = 4;
  CheckShape("d_output", d_output.shape(), InputShape(geometry, batch));
}

TEST(TensorExamples, DropoutMask) {
  constexpr uint64_t seed = 1, stream = 2;
  std::vector<uint8_t> kept(100, 7);
  DropoutMask(/*ratio=*/0.5, seed, stream, /*first=*/0, kept);
  for (const uint8_t is_kept : kept) EXPECT_LE(is_kept, 1);
}

TEST(TensorExamples, Geometry) {
  Window window{.size = {6, 5}, .stride = {2, 1}, .padding = 2};
  Extent output = OutputExtent({28, 28}, window, "conv1 (Convolution)");
  EXPECT_EQ(output, (Extent{14, 28}));
}

TEST(TensorExamples, Shape) {
  Shape batch{100, 1, 28, 28};  // N, C, H, W
  batch.elements();             // 78400
  batch.ToString();             // "100x1x28x28"
  EXPECT_EQ(batch.elements(), 78400);
  EXPECT_EQ(batch.ToString(), "100x1x28x28");
}

TEST(TensorExamples, Tensor) {
  Tensor<float> image({1, 28, 28});  // owns its memory, not initialised
  image.Fill(0.0f);
  TensorView<const float> view = image;  // refers to it
  float corner = view.At(0, 27, 27);
  EXPECT_EQ(corner, 0.0f);
}

TEST(ReferenceExamples, Convolution) {
  const Tensor<double> input = RandomTensor<double>({2, 1, 28, 28}, 1);
  const Tensor<double> weights = RandomTensor<double>({30, 1, 5, 5}, 2);
  const Tensor<double> biases = RandomTensor<double>({30}, 3);
  Tensor<double> output({2, 30, 24, 24}, 0.25);
  const ConvolutionGeometry geometry =
      MakeConvolutionGeometry(1, {28, 28}, 30, 1, {.size = 5}, "conv1 (Convolution)");
  reference::ConvolutionForward(geometry, input, weights, biases, Activation::kNone, output);
  EXPECT_NE(output[0], 0.25);
}

TEST(ReferenceExamples, Im2colAndMatrixProduct) {
  Tensor<double> x({1, 3, 7, 7}, 0.5);
  Tensor<double> col = reference::Im2col(x, 5, 5, /*stride=*/1, /*pad=*/0);  // 9x75
  Tensor<double> sums = reference::Col2im(col, x.shape(), 5, 5);             // 1x3x7x7
  EXPECT_EQ(col.shape(), (Shape{9, 75}));
  EXPECT_EQ(sums.shape(), x.shape());
  const Tensor<double> weights({4, 75}, 0.5);
  Tensor<double> out = reference::MatrixProduct(col, reference::Transpose(weights));
  EXPECT_EQ(out.shape(), (Shape{9, 4}));
}

}  // namespace
}  // namespace ocellus
