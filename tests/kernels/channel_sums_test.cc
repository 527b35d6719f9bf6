// Channel sums against sums in double, for rows shorter and longer than the vectors.
#include "ocellus/kernels/channel_sums.h"

#include <gtest/gtest.h>

#include "tests/support/compare.h"
#include "tests/support/kernel_run.h"

namespace ocellus {
namespace {

TEST(ChannelSums, AreAddedForEveryNumberOfPixels) {
  for (const int64_t width : {1, 3, 4, 7, 8, 16, 31, 33, 65}) {
    SCOPED_TRACE(width);
    const Tensor<float> images = RandomTensor({3, 5, 1, width}, 1);
    Tensor<double> expected({5}, 0.5);
    for (int64_t i = 0; i < images.elements(); ++i) {
      expected[i / width % 5] += double{images[i]};
    }
    RunEverywhere(
        kNoScratch,
        [&](const KernelContext& context) {
          GuardedTensor sums({5});
          sums.view().Fill(0.5f);
          AccumulateChannelSums(images, sums.view(), context.pool);
          return sums;
        },
        [&](TensorView<const float> sums) {
          return AllNear(sums, expected, SumBound<float>(3 * width + 1, 1));
        });
  }
}

}  // namespace
}  // namespace ocellus
