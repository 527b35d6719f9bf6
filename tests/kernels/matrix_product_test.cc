// Products of matrices in memory: every transposition, strides, biases, and the order of sums.
#include "ocellus/kernels/matrix_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>

#include "ocellus/kernels/simd_target.h"
#include "ocellus/reference/matrix_product_reference.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {

void PrintTo(const ProductSize& size, std::ostream* out) {
  *out << size.rows << "x" << size.columns << "x" << size.depth;
}

namespace {

// Rows, columns and depth around tiles, vectors, panels and blocks; depths above 384 have several
// blocks. Up to four rows are skinny: with columns around vectors and around runs of 1024.
const ProductSize kProductSizes[] = {{1, 1, 1},     {5, 15, 3},    {8, 16, 16},   {9, 17, 31},
                                     {7, 47, 384},  {25, 48, 385}, {121, 49, 13}, {3, 385, 5},
                                     {13, 11, 769}, {1, 50, 1153}, {24, 6, 900},  {1, 840, 400},
                                     {2, 423, 19},  {3, 290, 33},  {4, 101, 500}, {1, 2085, 390},
                                     {3, 1030, 13}, {2, 3, 17},    {4, 1, 401}};

// A matrix whose rows are further apart than they are long; what lies between is NaN.
struct PaddedMatrix {
  PaddedMatrix(const Tensor<float>& from, int64_t gap)
      : stride(from.shape()[1] + gap), memory({from.shape()[0], stride}) {
    for (int64_t r = 0; r < from.shape()[0]; ++r) {
      std::copy_n(&from.At(r, 0), from.shape()[1], &memory.view().At(r, 0));
    }
  }
  int64_t stride;
  GuardedTensor memory;
};

Tensor<float> Transposed(const Tensor<float>& matrix) {
  return ConvertTo<float>(reference::Transpose(ConvertTo<double>(matrix.view())).view());
}

class MatrixProductKernel : public testing::TestWithParam<ProductSize> {
 protected:
  // All magnitudes are at most 1.
  Tolerance tolerance() const {
    return {.terms = size_.depth + 1, .magnitude = static_cast<double>(size_.depth + 1)};
  }

  ProductSize size_ = GetParam();
  Tensor<float> a_ = RandomTensor({size_.rows, size_.depth}, 1);
  Tensor<float> b_ = RandomTensor({size_.depth, size_.columns}, 2);
  Tensor<float> biases_ = RandomTensor({size_.columns}, 3);
};

TEST_P(MatrixProductKernel, MatchesTheReferenceInEveryTranspositionOnEveryTarget) {
  Tensor<double> expected =
      reference::MatrixProduct(ConvertTo<double>(a_.view()), ConvertTo<double>(b_.view()));
  for (int64_t i = 0; i < expected.elements(); ++i) {
    expected[i] = std::max(0.0, expected[i] + double{biases_[i % size_.columns]});
  }
  ThreadPool pool(2);
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        PaddedMatrix a(a_transposed ? Transposed(a_) : a_.Clone(), 3);
        PaddedMatrix b(b_transposed ? Transposed(b_) : b_.Clone(), 5);
        GuardedTensor result({size_.rows, size_.columns});
        RunKernel(pool, MatrixProductScratchBytes(size_, 2), [&](const KernelContext& context) {
          MatrixProduct(size_, {a.memory.view().data(), a.stride, a_transposed},
                        {b.memory.view().data(), b.stride, b_transposed},
                        {.data = result.view().data(),
                         .row_stride = size_.columns,
                         .column_biases = biases_.data(),
                         .activation = Activation::kRelu},
                        context);
        });
        EXPECT_TRUE(AllNear(result.span(), expected.span(), tolerance()))
            << target << (a_transposed ? ", a transposed" : "")
            << (b_transposed ? ", b transposed" : "");
        EXPECT_TRUE(result.GuardsAreIntact());
      }
    }
  }
  SetSimdTarget("");
}

TEST_P(MatrixProductKernel, AddsToTheResultAndLeavesWhatIsBetweenRows) {
  const int64_t stride = size_.columns + 7;
  const Tensor<double> product =
      reference::MatrixProduct(ConvertTo<double>(a_.view()), ConvertTo<double>(b_.view()));
  ThreadPool pool(2);
  for (const std::string& target : SupportedSimdTargets()) {
    SetSimdTarget(target);
    GuardedTensor result({size_.rows, stride});
    result.view().Fill(0.25f);
    RunKernel(pool, MatrixProductScratchBytes(size_, 2), [&](const KernelContext& context) {
      MatrixProduct(size_, {a_.data(), size_.depth}, {b_.data(), size_.columns},
                    {.data = result.view().data(), .row_stride = stride, .accumulates = true},
                    context);
    });
    Tensor<double> expected({size_.rows, stride}, 0.25);
    for (int64_t r = 0; r < size_.rows; ++r) {
      for (int64_t c = 0; c < size_.columns; ++c) expected.At(r, c) += product.At(r, c);
      for (int64_t c = size_.columns; c < stride; ++c) {
        ASSERT_EQ(result.view().At(r, c), 0.25f) << target << ", row " << r << ", column " << c;
      }
    }
    EXPECT_TRUE(AllNear(result.span(), expected.span(), tolerance())) << target;
    EXPECT_TRUE(result.GuardsAreIntact());
  }
  SetSimdTarget("");
}

// The promise of the header: a row depends neither on the threads nor on the other rows. These
// change how the product is cut: with few rows the depth is split, with many it is not.
TEST_P(MatrixProductKernel, ARowHasTheSameBitsForAnyThreadsAndAnyOtherRows) {
  constexpr int64_t kMoreRows = 961;  // more row blocks than a product with a split depth has
  const Tensor<float> more_a = RandomTensor({kMoreRows, size_.depth}, 4);
  for (const bool accumulates : {false, true}) {
    const auto multiply = [&](int64_t rows, int threads) {
      const ProductSize size{rows, size_.columns, size_.depth};
      ThreadPool pool(threads);
      Tensor<float> result({rows, size_.columns}, 0.3f);
      RunKernel(pool, MatrixProductScratchBytes(size, threads), [&](const KernelContext& context) {
        MatrixProduct(size, {more_a.data(), size_.depth}, {b_.data(), size_.columns},
                      {.data = result.data(),
                       .row_stride = size_.columns,
                       .column_biases = accumulates ? nullptr : biases_.data(),
                       .accumulates = accumulates},
                      context);
      });
      return result;
    };
    const Tensor<float> expected = multiply(size_.rows, 1);
    for (const int threads : {1, 2, 3, 7}) {
      EXPECT_TRUE(SameBits(multiply(size_.rows, threads).span(), expected.span()))
          << threads << " threads, accumulates " << accumulates;
    }
    const Tensor<float> more = multiply(kMoreRows, 2);
    EXPECT_TRUE(
        SameBits(more.span().first(static_cast<size_t>(expected.elements())), expected.span()))
        << "accumulates " << accumulates;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, MatrixProductKernel, testing::ValuesIn(kProductSizes));

// Complete vectors, the columns after them, and a depth in several blocks each have a store of
// their own.
TEST(MatrixProductResult, KeepsNanAndAppliesReluAfterTheBiases) {
  ThreadPool pool(1);
  for (const int64_t depth : {2, 900}) {
    const ProductSize size{2, 49, depth};
    Tensor<float> a({2, depth}, 0.0f), b({depth, 49}, 1.0f), biases({49}, -2.0f);
    a.At(0, 0) = std::nanf("");
    a.At(1, depth - 1) = 1;
    for (const std::string& target : SupportedSimdTargets()) {
      SetSimdTarget(target);
      GuardedTensor result({2, 49});
      result.view().Fill(7.0f);
      RunKernel(pool, MatrixProductScratchBytes(size, 1), [&](const KernelContext& context) {
        MatrixProduct(size, {a.data(), depth}, {b.data(), 49},
                      {.data = result.view().data(),
                       .row_stride = 49,
                       .column_biases = biases.data(),
                       .activation = Activation::kRelu},
                      context);
      });
      for (int64_t c = 0; c < 49; ++c) {
        EXPECT_TRUE(std::isnan(result.view().At(0, c))) << target << ", column " << c;
        EXPECT_EQ(result.view().At(1, c), 0.0f) << target << ", column " << c;  // max(1 - 2, 0)
      }
    }
  }
  SetSimdTarget("");
}

TEST(TransposeMatrix, PutsEachElementInItsPlace) {
  for (const auto& size :
       {std::pair(1, 1), {1, 9}, {16, 4}, {17, 3}, {33, 37}, {48, 64}, {15, 130}}) {
    const int64_t rows = size.first,
                  columns = size.second;  // Clang 14 cannot capture [rows, columns]
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const Tensor<float> from = RandomTensor({rows, columns}, 1);
    Tensor<double> expected({columns, rows});
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) expected.At(c, r) = from.At(r, c);
    }
    RunEverywhere(
        kNoScratch,
        [&](const KernelContext& context) {
          GuardedTensor to({columns, rows});
          TransposeMatrix(from.data(), rows, columns, to.view().data(), context.pool);
          return to;
        },
        [&](TensorView<const float> to) { return AllNear(to, expected, 0); });
  }
}

}  // namespace
}  // namespace ocellus
