// Products of few rows, as in an affine layer with a batch of one sample: the sums are in the
// first-level cache, and b streams past them, 8 rows side by side.
#include <algorithm>
#include <iterator>

#include "ocellus/kernels/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/skinny_product.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/matrix_product_tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {
namespace {

// The distance between rows of sums: a cache line more, so that they do not lie in the same set.
constexpr int64_t kSumStride = kMaxSkinnyColumns + 16;

// Calls body(column, its sums' offset) for vectors that cover all columns. The last one ends with
// the row; what it shares with the one before is computed twice, to the same bits.
template <typename D, typename Body>
HWY_INLINE void ForEachVector(D d, int64_t columns, const Body& body) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  for (int64_t c = 0; c < columns; c += lanes) body(std::min(c, columns - lanes), c);
}

// Adds kDepth rows of b, each times its element of a, to the sums: they are loaded and stored once
// for kDepth multiply-adds.
template <int kRows, int kDepth, typename D>
HWY_INLINE void AddRows(D d, const TileInput& in, int64_t depth, int64_t columns,
                        float* HWY_RESTRICT sums) {
  const float* HWY_RESTRICT a = in.a + depth * in.a_depth_stride;
  const float* HWY_RESTRICT b = in.b + depth * in.b_depth_stride;
  hn::Vec<D> factors[kRows][kDepth];
  for (int r = 0; r < kRows; ++r) {
    for (int k = 0; k < kDepth; ++k) {
      factors[r][k] = hn::Set(d, a[r * in.a_row_stride + k * in.a_depth_stride]);
    }
  }
  ForEachVector(d, columns, [&](int64_t column, int64_t offset) HWY_ATTR {
    hn::Vec<D> row_sums[kRows];
    for (int r = 0; r < kRows; ++r) row_sums[r] = hn::Load(d, sums + r * kSumStride + offset);
    for (int k = 0; k < kDepth; ++k) {
      const hn::Vec<D> row = hn::LoadU(d, b + k * in.b_depth_stride + column);
      for (int r = 0; r < kRows; ++r) row_sums[r] = hn::MulAdd(factors[r][k], row, row_sums[r]);
    }
    for (int r = 0; r < kRows; ++r) hn::Store(row_sums[r], d, sums + r * kSumStride + offset);
  });
}

template <int kRows, typename D>
HWY_INLINE void Multiply(D d, const TileInput& in, const TileOutput& out, int64_t columns) {
  HWY_ALIGN float sums[kRows * kSumStride];
  for (int r = 0; r < kRows; ++r) {
    const auto start = out.row_biases ? hn::Set(d, out.row_biases[r]) : hn::Zero(d);
    ForEachVector(d, columns, [&](int64_t column, int64_t offset) HWY_ATTR {
      const auto sum =
          out.column_biases ? hn::Add(start, hn::LoadU(d, out.column_biases + column)) : start;
      hn::Store(sum, d, sums + r * kSumStride + offset);
    });
  }
  // Factors are kept in registers where there are 32.
  constexpr int kDepth = kRows <= 2 ? 8 : 4;
  int64_t k = 0;
  for (; k + kDepth <= in.depth; k += kDepth) AddRows<kRows, kDepth>(d, in, k, columns, sums);
  for (; k < in.depth; ++k) AddRows<kRows, 1>(d, in, k, columns, sums);
  for (int r = 0; r < kRows; ++r) {
    float* HWY_RESTRICT to = out.output + r * out.row_stride;
    float* HWY_RESTRICT row = sums + r * kSumStride;
    // First all loads of the output, then all stores: vectors may overlap.
    ForEachVector(d, columns, [&](int64_t column, int64_t offset) HWY_ATTR {
      auto sum = hn::Load(d, row + offset);
      if (out.accumulates) sum = hn::Add(hn::LoadU(d, to + column), sum);
      if (out.relu) sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(d)), sum);
      hn::Store(sum, d, row + offset);
    });
    ForEachVector(d, columns, [&](int64_t column, int64_t offset) HWY_ATTR {
      hn::StoreU(hn::Load(d, row + offset), d, to + column);
    });
  }
}

template <int kRows>
void SkinnyProduct(const TileInput& in, const TileOutput& out, int64_t columns) {
  if (columns >= kLanes) {
    Multiply<kRows>(hn::ScalableTag<float>(), in, out, columns);
  } else if (columns >= static_cast<int64_t>(hn::MaxLanes(hn::CappedTag<float, 4>()))) {
    Multiply<kRows>(hn::CappedTag<float, 4>(), in, out, columns);
  } else {
    Multiply<kRows>(hn::CappedTag<float, 1>(), in, out, columns);
  }
}

}  // namespace

SkinnyFunction ChooseSkinny(int64_t rows) {
  static constexpr SkinnyFunction kFunctions[] = {SkinnyProduct<1>, SkinnyProduct<2>,
                                                  SkinnyProduct<3>, SkinnyProduct<4>};
  static_assert(std::size(kFunctions) == kSkinnyRows);
  return kFunctions[rows - 1];
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();
