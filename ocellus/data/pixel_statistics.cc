// Sums over all pixels. Those of bytes are whole numbers below 2^53, so they are exact.
#include "ocellus/data/pixel_statistics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ocellus/base/check.h"
#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

constexpr int64_t kMaxSamples = 100'000;
constexpr int64_t kSamplesPerPiece = 64;

// Of some pixels x: their number, sum of x[c] and sum of x[c] * x[d].
struct Sums {
  explicit Sums(int64_t channels)
      : values(static_cast<size_t>(channels)), products(static_cast<size_t>(channels * channels)) {}

  void AccumulateImage(TensorView<const float> image) {
    const int64_t channels = image.shape()[0];
    const int64_t pixels = image.elements() / channels;
    for (int64_t c = 0; c < channels; ++c) {
      const float* x = image.data() + c * pixels;
      values[static_cast<size_t>(c)] += std::accumulate(x, x + pixels, 0.0);
      for (int64_t d = 0; d <= c; ++d) {
        const float* y = image.data() + d * pixels;
        double sum = 0;
        for (int64_t i = 0; i < pixels; ++i) {
          sum += static_cast<double>(x[i]) * static_cast<double>(y[i]);
        }
        products[static_cast<size_t>(c * channels + d)] += sum;
      }
    }
    count += static_cast<double>(pixels);
  }

  void Accumulate(const Sums& other) {
    count += other.count;
    for (size_t i = 0; i < values.size(); ++i) values[i] += other.values[i];
    for (size_t i = 0; i < products.size(); ++i) products[i] += other.products[i];
  }

  double count = 0;
  std::vector<double> values;
  std::vector<double> products;  // d <= c only
};

Sums SumPixels(const Dataset& dataset, ThreadPool& pool) {
  const int64_t channels = dataset.image_shape()[0];
  const int64_t samples = std::min(dataset.size(), kMaxSamples);
  const int64_t pieces = CeilDivide(samples, kSamplesPerPiece);
  std::vector<Sums> sums(static_cast<size_t>(pieces), Sums(channels));
  std::vector<Tensor<float>> scratch;
  scratch.reserve(static_cast<size_t>(pool.threads()));
  for (int i = 0; i < pool.threads(); ++i) scratch.emplace_back(dataset.image_shape().Batch(1));
  pool.ParallelFor(pieces, [&](int64_t piece, int worker) {
    Tensor<float>& image = scratch[static_cast<size_t>(worker)];
    std::array<int32_t, 1> label{};
    const int64_t end = std::min(samples, (piece + 1) * kSamplesPerPiece);
    for (int64_t i = piece * kSamplesPerPiece; i < end; ++i) {
      // Every size / samples-th one, in 128 bits.
      __extension__ using Wide = __int128;
      const auto sample = static_cast<int64_t>(Wide{i} * dataset.size() / samples);
      dataset.Read(std::array<int64_t, 1>{sample}, image, label);
      sums[static_cast<size_t>(piece)].AccumulateImage(image.view().Sample(0));
    }
  });
  Sums total(channels);
  for (const Sums& piece : sums) total.Accumulate(piece);
  return total;
}

}  // namespace

PixelStatistics MeasurePixels(const Dataset& dataset, ThreadPool* pool) {
  const Sums sums = SumPixels(dataset, pool != nullptr ? *pool : DefaultThreadPool());
  const auto channels = static_cast<size_t>(dataset.image_shape()[0]);
  PixelStatistics statistics{
      .channels = dataset.image_shape()[0], .mean = {}, .std = {}, .components = {}};
  for (const double sum : sums.values) statistics.mean.push_back(sum / sums.count);
  std::vector<double> covariance(channels * channels);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t d = 0; d <= c; ++d) {
      covariance[c * channels + d] = covariance[d * channels + c] =
          sums.products[c * channels + d] / sums.count - statistics.mean[c] * statistics.mean[d];
    }
    statistics.std.push_back(std::sqrt(std::max(0.0, covariance[c * channels + c])));
  }
  Eigensystem system = SymmetricEigensystem(std::move(covariance), statistics.channels);
  statistics.components = std::move(system.vectors);
  for (size_t k = 0; k < channels; ++k) {
    const auto row = std::span(statistics.components).subspan(k * channels, channels);
    const double sign = std::accumulate(row.begin(), row.end(), 0.0) < 0 ? -1 : 1;
    for (double& element : row) element *= sign * std::sqrt(std::max(0.0, system.values[k]));
  }
  return statistics;
}

Preprocessing NormalisePixels(const PixelStatistics& pixels, double scale, std::string_view where) {
  Preprocessing preprocessing{.scale = scale, .mean = {}, .std = {}};
  for (size_t c = 0; c < pixels.mean.size(); ++c) {
    if (!(pixels.std[c] > 0)) {
      Fail("{}: cannot be normalised: all pixels of channel {} are {}", where, c, pixels.mean[c]);
    }
    preprocessing.mean.push_back(pixels.mean[c] * scale);
    preprocessing.std.push_back(pixels.std[c] * scale);
  }
  return preprocessing;
}

Eigensystem SymmetricEigensystem(std::vector<double> matrix, int64_t n) {
  const auto size = static_cast<size_t>(n);
  OCELLUS_CHECK(matrix.size() == size * size, "{} elements, n = {}", matrix.size(), n);
  std::vector<double> vectors(size * size);
  for (size_t i = 0; i < size; ++i) vectors[i * size + i] = 1;
  const auto a = [&](size_t i, size_t j) -> double& { return matrix[i * size + j]; };
  // Each rotation makes one element beside the diagonal 0; what grows elsewhere is less. Ten rounds
  // are more than enough for double precision.
  for (int round = 0; round < 10; ++round) {
    for (size_t p = 0; p < size; ++p) {
      for (size_t q = p + 1; q < size; ++q) {
        if (a(p, q) == 0) continue;
        const double theta = (a(q, q) - a(p, p)) / (2 * a(p, q));
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
        const double cosine = 1 / std::hypot(t, 1.0);
        const double sine = t * cosine;
        const auto rotate = [&](double& x, double& y) {
          const double old = x;
          x = cosine * old - sine * y;
          y = sine * old + cosine * y;
        };
        for (size_t k = 0; k < size; ++k) rotate(a(k, p), a(k, q));
        for (size_t k = 0; k < size; ++k) rotate(a(p, k), a(q, k));
        for (size_t k = 0; k < size; ++k) rotate(vectors[p * size + k], vectors[q * size + k]);
      }
    }
  }
  std::vector<size_t> order(size);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::ranges::greater{}, [&](size_t i) { return a(i, i); });
  Eigensystem system;
  for (const size_t i : order) {
    system.values.push_back(a(i, i));
    system.vectors.insert(system.vectors.end(), vectors.begin() + static_cast<ptrdiff_t>(i * size),
                          vectors.begin() + static_cast<ptrdiff_t>((i + 1) * size));
  }
  return system;
}

}  // namespace ocellus
