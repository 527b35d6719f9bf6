// Affine kernels (and with them the matrix product, in all its transpositions) against the
// reference.
#include "ocellus/kernels/affine.h"

#include <gtest/gtest.h>

#include "ocellus/kernels/simd_target.h"
#include "ocellus/reference/affine_reference.h"
#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

struct Sizes {
  int64_t batch;
  int64_t in;
  int64_t out;
};

const Sizes kAffineSizes[] = {{1, 1, 1},     {1, 17, 10},    {2, 7, 16},   {3, 16, 17},
                              {5, 47, 15},   {8, 49, 48},    {9, 383, 49}, {7, 385, 47},
                              {100, 90, 33}, {1, 1000, 100}, {130, 5, 97}, {25, 800, 3}};

TEST(AffineKernels, MatchTheReferenceOnEveryTarget) {
  for (const auto& [batch, in, out] : kAffineSizes) {
    SCOPED_TRACE(testing::Message() << batch << "x" << in << "x" << out);
    const Tensor<float> input = RandomTensor({batch, in}, 1), weights = RandomTensor({in, out}, 2);
    const Tensor<float> biases = RandomTensor({out}, 3), d_output = RandomTensor({batch, out}, 4);
    const Tensor<double> x = ConvertTo<double>(input.view()), w = ConvertTo<double>(weights.view());
    const Tensor<double> b = ConvertTo<double>(biases.view());
    const Tensor<double> d = ConvertTo<double>(d_output.view());
    Tensor<double> y({batch, out}), plain({batch, out}), dx({batch, in});
    Tensor<double> dw({in, out}, 0.5), db({out}, 0.5);
    reference::AffineForward(x, w, b, Activation::kRelu, y);
    reference::AffineForward(x, w, {}, Activation::kNone, plain);
    reference::AffineInputGradient(d, w, dx);
    reference::AccumulateAffineWeightGradient(x, d, dw, db);
    Tensor<double> fresh_dw({in, out}, 0.0), fresh_db({out}, 0.0);
    reference::AccumulateAffineWeightGradient(x, d, fresh_dw, fresh_db);
    for (const std::string& target : SupportedSimdTargets()) {
      SetSimdTarget(target);
      SCOPED_TRACE(target);
      ThreadPool pool(2);
      const int64_t forward = AffineForwardScratchBytes(batch, in, out, 2);
      const int64_t backward = AffineBackwardScratchBytes(batch, in, out, 2);
      const auto sum = [](int64_t terms) {
        return Tolerance{.terms = terms, .magnitude = static_cast<double>(terms)};
      };
      GuardedTensor found_y({batch, out}), found_plain({batch, out}), found_dx({batch, in});
      GuardedTensor found_dw({in, out}), found_db({out});
      GuardedTensor found_fresh_dw({in, out}), found_fresh_db({out});
      found_dw.view().Fill(0.5f);
      found_db.view().Fill(0.5f);
      RunKernel(pool, forward, [&](const KernelContext& context) {
        AffineForward(input, weights, biases, Activation::kRelu, found_y.view(), context);
        AffineForward(input, weights, {}, Activation::kNone, found_plain.view(), context);
      });
      RunKernel(pool, backward, [&](const KernelContext& context) {
        AffineInputGradient(d_output, weights, found_dx.view(), context);
        AccumulateAffineWeightGradient(input, d_output, found_dw.view(), found_db.view(), context);
        AffineWeightGradient(input, d_output, found_fresh_dw.view(), found_fresh_db.view(),
                             context);
      });
      EXPECT_TRUE(AllNear(found_y.span(), y.span(), sum(in + 1)));
      EXPECT_TRUE(AllNear(found_plain.span(), plain.span(), sum(in)));
      EXPECT_TRUE(AllNear(found_dx.span(), dx.span(), sum(out)));
      EXPECT_TRUE(AllNear(found_dw.span(), dw.span(), sum(batch + 1)));
      EXPECT_TRUE(AllNear(found_db.span(), db.span(), sum(batch + 1)));
      EXPECT_TRUE(AllNear(found_fresh_dw.span(), fresh_dw.span(), sum(batch)));
      EXPECT_TRUE(AllNear(found_fresh_db.span(), fresh_db.span(), sum(batch)));
      for (const GuardedTensor* t : {&found_y, &found_plain, &found_dx, &found_dw, &found_db,
                                     &found_fresh_dw, &found_fresh_db}) {
        EXPECT_TRUE(t->GuardsAreIntact());
      }
    }
    SetSimdTarget("");
  }
}

TEST(AffineKernels, GiveTheSameBitsForAnyNumberOfThreads) {
  for (const auto& [batch, in, out] : kAffineSizes) {
    const Tensor<float> input = RandomTensor({batch, in}, 1), weights = RandomTensor({in, out}, 2);
    const Tensor<float> biases = RandomTensor({out}, 3), d_output = RandomTensor({batch, out}, 4);
    Tensor<float> y[2], dx[2], dw[2], db[2];
    for (const int threads : {1, 2, 3, 7}) {
      const int i = threads == 1 ? 0 : 1;
      ThreadPool pool(threads);
      y[i] = Tensor<float>({batch, out});
      dx[i] = Tensor<float>({batch, in});
      dw[i] = Tensor<float>({in, out}, 0.5f);
      db[i] = Tensor<float>({out}, 0.5f);
      const int64_t scratch = std::max(AffineForwardScratchBytes(batch, in, out, threads),
                                       AffineBackwardScratchBytes(batch, in, out, threads));
      RunKernel(pool, scratch, [&](const KernelContext& context) {
        AffineForward(input, weights, biases, Activation::kRelu, y[i], context);
        AffineInputGradient(d_output, weights, dx[i], context);
        AccumulateAffineWeightGradient(input, d_output, dw[i], db[i], context);
      });
      if (i == 0) continue;
      EXPECT_TRUE(SameBits(y[1].span(), y[0].span()));
      EXPECT_TRUE(SameBits(dx[1].span(), dx[0].span()));
      EXPECT_TRUE(SameBits(dw[1].span(), dw[0].span()));
      EXPECT_TRUE(SameBits(db[1].span(), db[0].span()));
    }
  }
}

}  // namespace
}  // namespace ocellus
