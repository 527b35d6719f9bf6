// The tiles, and products of matrices in memory.
#include "ocellus/kernels/matrix_product.h"

#include <algorithm>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/kernels/highway_targets.h"
#include "ocellus/kernels/worker_scratch.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ocellus/kernels/matrix_product.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ocellus/kernels/matrix_product-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ocellus {
namespace HWY_NAMESPACE {

// A tile of kRows x (kVectors vectors) sums, all in registers. The loops over rows and vectors have
// constant bounds and are unrolled completely.
template <int kRows, int kVectors, TileOperands kOperands>
void Tile(const TileInput& in, const TileOutput& out) {
  const hn::ScalableTag<float> d;
  using V = hn::Vec<decltype(d)>;
  // Copies, since the compiler has to reckon with stores that change what `out` refers to.
  const bool accumulates = out.accumulates, relu = out.relu;
  float* const output = out.output;
  const int64_t output_stride = out.row_stride;
  V sums[kRows][kVectors];
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    const V start = out.row_biases ? hn::Set(d, out.row_biases[r]) : hn::Zero(d);
#pragma GCC unroll 24
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] =
          out.column_biases ? hn::Add(start, hn::LoadU(d, out.column_biases + v * kLanes)) : start;
    }
  }

  if (accumulates) {  // what the sums are added to arrives meanwhile
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 24
      for (int v = 0; v < kVectors; ++v) hwy::Prefetch(output + r * output_stride + v * kLanes);
    }
  }

  using enum TileOperands;
  constexpr bool kShiftsA = kOperands == kShiftedA || kOperands == kLine;
  constexpr bool kShiftsB = kOperands == kShiftedB;
  int64_t a_row_stride = in.a_row_stride, a_depth_stride = in.a_depth_stride;
  if (kOperands == kPackedRows || kOperands == kShiftedB) {
    a_row_stride = kPackedRowStride;
    a_depth_stride = 1;
  } else if (kOperands == kPackedColumns || kOperands == kLine) {
    a_row_stride = 1;
    a_depth_stride = kTileRows;
  }
  const int64_t b_depth_stride = kOperands == kStrided ? in.b_depth_stride : kVectors * kLanes;
  const float* HWY_RESTRICT a = in.a;
  const float* HWY_RESTRICT b = in.b;
  const float* a_rows[kRows];
  if (kOperands == kShiftedA) {
    // volatile, so that it is read for each row: GCC, which sees multiples of one number, would add
    // them up in each step instead of keeping addresses in registers.
    const volatile int64_t stride = in.a_row_stride;
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) a_rows[r] = a + r * stride;
  }
  // Four steps in one turn, by the compiler: written down one after the other, they make GCC move
  // the sums between registers.
#pragma GCC unroll 4
  for (int64_t k = 0; k < in.depth; ++k) {
    const float* b_row = kShiftsB ? b + in.offsets[k] : b;
    const float* a_column = kShiftsA ? a + in.offsets[k] : a;
    V columns[kVectors];
#pragma GCC unroll 24
    for (int v = 0; v < kVectors; ++v) columns[v] = hn::LoadU(d, b_row + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      const float* element =
          kOperands == kShiftedA ? a_rows[r] + in.offsets[k] : a_column + r * a_row_stride;
      const V row = hn::Set(d, *element);
#pragma GCC unroll 24
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(row, columns[v], sums[r][v]);
    }
    if (!kShiftsA) a += a_depth_stride;
    if (!kShiftsB) b += b_depth_stride;
  }

#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r) {
    float* HWY_RESTRICT to = output + r * output_stride;
#pragma GCC unroll 24
    for (int v = 0; v < kVectors; ++v) {
      V sum = sums[r][v];
      if (accumulates) sum = hn::Add(hn::LoadU(d, to + v * kLanes), sum);
      if (relu) sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(d)), sum);
      hn::StoreU(sum, d, to + v * kLanes);
    }
  }
}

// The tiles of 1, 2, ... rows.
template <int kVectors, TileOperands kOperands, size_t... kRow>
TileFunction ChooseRows(int64_t rows, std::index_sequence<kRow...>) {
  static constexpr TileFunction kTiles[] = {
      Tile<static_cast<int>(kRow) + 1, kVectors, kOperands>...};
  return kTiles[rows - 1];
}

template <TileOperands kOperands>
TileFunction Choose(int64_t rows, int64_t vectors) {
  constexpr bool kIsLine = kOperands == TileOperands::kLine;
  constexpr int kMaxVectors = kIsLine ? kLineVectors : kTileVectors;
  static_assert(kMaxVectors == 2 || kMaxVectors == 3);
  constexpr size_t kMaxRows = kIsLine ? kLineRows : kTileRows;
  constexpr auto kRows = std::make_index_sequence<kMaxRows>();
  if (vectors == 1) return ChooseRows<1, kOperands>(rows, kRows);
  if (vectors == 2) return ChooseRows<2, kOperands>(rows, kRows);
  return ChooseRows<kMaxVectors, kOperands>(rows, kRows);
}

TileFunction ChooseTile(int64_t rows, int64_t vectors, TileOperands operands) {
  using enum TileOperands;
  switch (operands) {
    case kPackedRows:
      return Choose<kPackedRows>(rows, vectors);
    case kPackedColumns:
      return Choose<kPackedColumns>(rows, vectors);
    case kLine:
      return Choose<kLine>(rows, vectors);
    case kShiftedA:
      return Choose<kShiftedA>(rows, vectors);
    case kShiftedB:
      return Choose<kShiftedB>(rows, vectors);
    case kStrided:
      break;
  }
  return Choose<kStrided>(rows, vectors);
}

// One piece of a product: see ProductPlan.
template <typename A, typename B>
HWY_INLINE void MultiplyPiece(const ProductPlan& plan, int64_t piece, const A& a, const B& b,
                              const BlockOutput& output, float* packing) {
  const int64_t column_block = piece % plan.column_blocks();
  const int64_t row_block = piece / plan.column_blocks() % plan.row_blocks();
  const int64_t depth_piece = piece / plan.column_blocks() / plan.row_blocks();
  const Range depths = plan.splits_depth
                           ? BlockRange(plan.size.depth, plan.depth_block, depth_piece)
                           : Range{0, plan.size.depth};
  BlockOutput block = output;
  block.matrix.data += depth_piece * plan.size.rows * plan.size.columns;
  MultiplyBlock(a, b, BlockRange(plan.size.rows, plan.row_block, row_block),
                BlockRange(plan.size.columns, plan.column_block, column_block), depths,
                plan.depth_block, block, packing);
}

void MatrixProductPiece(const ProductPlan& plan, int64_t piece, const MatrixFactor& a,
                        const MatrixFactor& b, const MatrixResult& result, float* packing) {
  const Matrix<const float> a_matrix{.data = a.data, .row_stride = a.row_stride};
  const Matrix<const float> b_matrix{.data = b.data, .row_stride = b.row_stride};
  const BlockOutput output{.matrix = {.data = result.data, .row_stride = result.row_stride},
                           .column_biases = result.column_biases,
                           .accumulates = result.accumulates,
                           .relu = result.activation == Activation::kRelu};
  if (a.is_transposed && b.is_transposed) {
    MultiplyPiece(plan, piece, ColumnLanes{a_matrix}, RowLanes{b_matrix}, output, packing);
  } else if (a.is_transposed) {
    MultiplyPiece(plan, piece, ColumnLanes{a_matrix}, ColumnLanes{b_matrix}, output, packing);
  } else if (b.is_transposed) {
    MultiplyPiece(plan, piece, RowLanes{a_matrix}, RowLanes{b_matrix}, output, packing);
  } else {
    MultiplyPiece(plan, piece, RowLanes{a_matrix}, ColumnLanes{b_matrix}, output, packing);
  }
}

// Adds up the results of the depth's blocks, in their order, for one row.
void AddPartialRow(const ProductPlan& plan, int64_t row, const float* HWY_RESTRICT partial,
                   const MatrixResult& result) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> single;
  const int64_t columns = plan.size.columns;
  const int64_t part_stride = plan.size.rows * columns;
  const float* HWY_RESTRICT from = partial + row * columns;
  float* HWY_RESTRICT to = result.data + row * result.row_stride;
  const auto add = [&](auto tag, int64_t c) HWY_ATTR {
    auto sum = hn::LoadU(tag, from + c);
    // What is there comes first, as when the depth is not split.
    if (result.accumulates) sum = hn::Add(hn::LoadU(tag, to + c), sum);
    for (int64_t part = 1; part < plan.depth_blocks(); ++part) {
      sum = hn::Add(sum, hn::LoadU(tag, from + part * part_stride + c));
    }
    if (result.activation == Activation::kRelu) {
      sum = hn::IfThenZeroElse(hn::Lt(sum, hn::Zero(tag)), sum);
    }
    hn::StoreU(sum, tag, to + c);
  };
  int64_t c = 0;
  for (; c + kLanes <= columns; c += kLanes) add(d, c);
  for (; c < columns; ++c) add(single, c);
}

void TransposePiece(const float* from, int64_t rows, int64_t columns, Range piece, float* to) {
  Transpose<kLanes>(from + piece.begin * columns, columns, piece.size(), columns, to + piece.begin,
                    rows);
}

}  // namespace HWY_NAMESPACE
}  // namespace ocellus
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ocellus {

HWY_EXPORT(MatrixProductPiece);
HWY_EXPORT(AddPartialRow);
HWY_EXPORT(TransposePiece);

int64_t MatrixProductScratchBytes(const ProductSize& size, int threads) {
  const int64_t pieces = EnoughPieces(threads);
  int64_t partial = PlanProduct(size, pieces).partial_elements();
  if (size.rows <= kSkinnyRows) {
    partial = std::max(partial, PlanSkinnyProduct(size, pieces).partial_elements());
  }
  return WorkerScratchBytes(PackingElements(size.columns, size.depth), partial, threads);
}

int64_t LargestProductScratchBytes(int64_t batch, int threads,
                                   FunctionRef<ProductSize(int64_t samples)> size) {
  int64_t bytes = 0;
  for (int64_t n = 1; n <= batch; ++n) {
    bytes = std::max(bytes, MatrixProductScratchBytes(size(n), threads));
  }
  return bytes;
}

void MatrixProduct(const ProductSize& size, const MatrixFactor& a, const MatrixFactor& b,
                   const MatrixResult& result, const KernelContext& context) {
  const int64_t pieces_wanted = EnoughPieces(context.pool.threads());
  const ProductPlan plan = size.rows <= kSkinnyRows && !b.is_transposed
                               ? PlanSkinnyProduct(size, pieces_wanted)
                               : PlanProduct(size, pieces_wanted);
  const WorkerScratch scratch(context, PackingElements(size.columns, size.depth),
                              plan.partial_elements());
  MatrixResult pieces = result;
  if (plan.splits_depth) {
    pieces.data = scratch.shared();
    pieces.row_stride = size.columns;
    pieces.activation = Activation::kNone;
    pieces.accumulates = false;
  }
  context.pool.ParallelFor(plan.pieces(), [&](int64_t piece, int worker) {
    HWY_DYNAMIC_DISPATCH(MatrixProductPiece)
    (plan, piece, a, b, pieces, scratch.of_worker(worker));
  });
  if (!plan.splits_depth) return;
  context.pool.ParallelFor(size.rows, [&](int64_t row, int) {
    HWY_DYNAMIC_DISPATCH(AddPartialRow)(plan, row, scratch.shared(), result);
  });
}

void TransposeMatrix(const float* from, int64_t rows, int64_t columns, float* to,
                     ThreadPool& pool) {
  constexpr int64_t kRows = 16;  // a cache line of the result, and the largest vector
  pool.ParallelFor(CeilDivide(rows, kRows), [&](int64_t piece, int) {
    HWY_DYNAMIC_DISPATCH(TransposePiece)(from, rows, columns, BlockRange(rows, kRows, piece), to);
  });
}

}  // namespace ocellus
#endif  // HWY_ONCE
