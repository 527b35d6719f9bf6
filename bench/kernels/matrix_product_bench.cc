// Matrix products: square ones, as everybody measures them, and the skinny ones of networks.
#include <fmt/core.h>

#include <array>

#include "bench/benchmarks.h"
#include "bench/support/random_batch.h"
#include "ocellus/base/aligned_buffer.h"
#include "ocellus/kernels/matrix_product.h"

namespace ocellus::bench {
namespace {

// Below the square ones, affine layers: SimpleConvNet's first at batch 100 and 1, AlexNet's second
// at batch 32 and 1; and a product as deep as a filter of 5 x 5 is large.
constexpr std::array<ProductSize, 9> kSizes = {{{128, 128, 128},
                                                {256, 256, 256},
                                                {512, 512, 512},
                                                {1024, 1024, 1024},
                                                {100, 100, 4320},
                                                {1, 100, 4320},
                                                {32, 4096, 4096},
                                                {1, 4096, 4096},
                                                {30, 57600, 25}}};

void BenchProduct(const ProductSize& size, Bench& bench) {
  const std::string name =
      fmt::format("product {} x {}, depth {}", size.rows, size.columns, size.depth);
  if (!bench.rows.Wants(name)) return;
  const Tensor<float> a = RandomValues({size.rows, size.depth}, 0);
  const Tensor<float> b = RandomValues({size.depth, size.columns}, 1);
  Tensor<float> product({size.rows, size.columns});
  const std::array<NamedArray, 2> arrays = {{{"a", a.Clone()}, {"b", b.Clone()}}};
  bench.peers.Load(nullptr, arrays);
  for (const int threads : bench.options.thread_counts) {
    ThreadPool pool(threads);
    AlignedBuffer<std::byte> scratch(MatrixProductScratchBytes(size, threads));
    const KernelContext context{pool, scratch.span()};
    const auto multiply = [&] {
      MatrixProduct(size, {a.data(), size.depth}, {b.data(), size.columns},
                    {.data = product.data(), .row_stride = size.columns}, context);
    };
    multiply();
    bench.peers.ExpectSame("product", {{"product", product.view()}});
    const double flop = 2.0 * static_cast<double>(size.rows * size.columns * size.depth);
    bench.Run({.name = name, .threads = threads, .flop = flop}, "product", /*batch=*/0,
              [&](int64_t repetitions) { return SecondsOf(repetitions, multiply); });
  }
}

}  // namespace

void BenchProducts(Bench& bench) {
  for (const ProductSize& size : kSizes) BenchProduct(size, bench);
}

}  // namespace ocellus::bench
