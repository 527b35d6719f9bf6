// Gradient ascent on pictures, several units together as a batch.
#include "ocellus/view/activation_maximization.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ocellus/base/error.h"
#include "ocellus/base/parallel.h"
#include "ocellus/base/random.h"
#include "ocellus/network/subnetwork.h"
#include "ocellus/network/workspace.h"
#include "ocellus/view/gaussian_blur.h"
#include "ocellus/view/pixel_range.h"
#include "ocellus/view/top_patches.h"

namespace ocellus {
namespace {

// How strong the first noise is, in parts of black to white: just enough for a gradient to differ
// from place to place.
constexpr double kFirstNoise = 0.02;

// The smallest blur of the gradient that is added to it, in pixels.
constexpr double kFirstSpread = 0.7;

// How many times the contrast of the last picture may be raised, up to the limit: blur and decay
// take much of it from some units, those of classic LeNet's C5 for example. More would make
// something of what a dead unit leaves.
constexpr double kMostGain = 3;

// Which part of the blur is gone at the end. If all of it were, the last steps would bring the
// noise back.
constexpr double kBlurFades = 0.6;

void CheckOptions(const Network& network, int node, std::span<const int64_t> units,
                  const ActivationMaximizationOptions& options) {
  if (network.input_shape().rank() != 3) {
    Fail("network: expected an input with axes C, H, W, found shape {}",
         network.input_shape().ToString());
  }
  const int64_t count = UnitCount(network, node);
  for (const int64_t unit : units) {
    if (unit < 0 || unit >= count) {
      Fail("{}: unit: expected 0 to {}, found {}", network.name_of(node), count - 1, unit);
    }
  }
  const auto expect = [](const char* option, double value, double low, double high) {
    if (!(value >= low && value <= high)) {
      Fail("activation maximisation: {}: expected {} to {}, found {}", option, low, high, value);
    }
  };
  expect("steps", static_cast<double>(options.steps), 1, 1e6);
  expect("step size", options.step_size, 1e-6, 1);
  expect("decay", options.decay, 0, 1);
  expect("contrast", options.contrast, 0.001, 1);
  expect("blur", options.blur, 0, 10);
  expect("jitter", options.jitter, 0, 1);
  expect("spread", options.spread, 0, 1);
  expect("neutral", options.neutral, 0, 255);
  const int64_t channels = network.input_shape()[0];
  const int64_t colours = std::ssize(options.colours);
  if (colours != 0 && colours != channels * channels) {
    Fail("activation maximisation: colours: expected none or {} x {} numbers, found {}", channels,
         channels, colours);
  }
  if (options.run.batch_size < 1) {
    Fail("batch size: expected 1 or more, found {}", options.run.batch_size);
  }
}

// to(y, x) = from(y - dy, x - dx), going round at the edges, in each plane of {C, H, W}.
void Move(TensorView<const float> from, int64_t dy, int64_t dx, TensorView<float> to) {
  const int64_t height = from.shape()[1];
  const int64_t width = from.shape()[2];
  for (int64_t c = 0; c < from.shape()[0]; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      const float* row = &from.At(c, (y - dy + height) % height, int64_t{0});
      float* moved = &to.At(c, y, int64_t{0});
      std::rotate_copy(row, row + (width - dx) % width, row + width, moved);
    }
  }
}

// The square root of the covariance matrix of the data's colours: it stretches along each main
// colour by its standard deviation. Between the network's values, not raw ones: a network that sees
// negatives has rows and columns of the other sign. Empty if there are no colours.
std::vector<double> ColourStretch(const std::vector<double>& colours, const PixelRange& range) {
  const size_t channels = range.black.size();
  std::vector<double> stretch(colours.size(), 0.0);
  for (size_t k = 0; k * channels < colours.size(); ++k) {
    const std::span<const double> colour = std::span(colours).subspan(k * channels, channels);
    const double deviation =
        std::sqrt(std::inner_product(colour.begin(), colour.end(), colour.begin(), 0.0));
    if (deviation == 0) continue;
    for (size_t c = 0; c < channels; ++c) {
      for (size_t from = 0; from < channels; ++from) {
        const auto unit = [&](size_t i) { return double{range.white[i]} - range.black[i]; };
        const double sign = unit(c) < 0 ? -1 : 1;
        stretch[c * channels + from] += sign * colour[c] * colour[from] / deviation * unit(from);
      }
    }
  }
  return stretch;
}

// The ascent of one batch of units in a network that ends with their layer.
class Ascent {
 public:
  Ascent(const Network& part, const PixelRange& range, const ExcitingPictures& setting,
         const ActivationMaximizationOptions& options, int64_t batch_size)
      : part_(part),
        range_(range),
        field_(setting.field),
        seen_(ClipToImage(field_, {part.input_shape()[1], part.input_shape()[2]})),
        options_(options),
        stretch_(ColourStretch(options.colours, range)),
        unit_stride_(
            part.output_shape().rank() == 3 ? part.output_shape()[1] * part.output_shape()[2] : 1),
        unit_offset_(part.output_shape().rank() == 3
                         ? setting.place.y * part.output_shape()[2] + setting.place.x
                         : 0),
        workspace_(part, {.max_batch = batch_size,
                          .training = true,
                          .input_gradient = true,
                          .frozen = true,
                          .pool = options.run.pool}),
        pool_(options.run.pool != nullptr ? *options.run.pool : DefaultThreadPool()),
        moved_(part.input_shape().Batch(batch_size)) {}

  // Overwrites `pictures`, one for each unit, and their activations.
  void Run(std::span<const int64_t> units, TensorView<float> pictures,
           std::span<float> activations) {
    std::vector<Random> random;
    for (const int64_t unit : units) {
      random.emplace_back(options_.seed, static_cast<uint64_t>(unit));
    }
    for (size_t i = 0; i < units.size(); ++i) {
      Start(random[i], pictures.Sample(static_cast<int64_t>(i)));
    }
    for (int64_t step = 0; step < options_.steps; ++step) {
      Step(step, units, random, pictures);
    }
    for (size_t i = 0; i < units.size(); ++i) {
      SetContrast(pictures.Sample(static_cast<int64_t>(i)), kMostGain);
    }
    part_.Forward(pictures, workspace_);
    for (size_t i = 0; i < units.size(); ++i) {
      activations[i] = workspace_.output().Sample(static_cast<int64_t>(i))[Place(units[i])];
    }
  }

 private:
  // Where the unit's activation is in the output of one sample.
  int64_t Place(int64_t unit) const { return unit * unit_stride_ + unit_offset_; }

  double Side() const { return static_cast<double>(std::min(field_.size.h, field_.size.w)); }

  void Start(Random& random, TensorView<float> picture) const {
    for (int64_t c = 0; c < picture.shape()[0]; ++c) {
      for (float& pixel : picture.Sample(c).span()) {
        const double raw = options_.neutral + 255 * kFirstNoise * random.Normal();
        pixel = range_.FromRaw(static_cast<size_t>(c), std::clamp(raw, 0.0, 255.0));
      }
    }
  }

  void Step(int64_t step, std::span<const int64_t> units, std::vector<Random>& random,
            TensorView<float> pictures) {
    const auto n = static_cast<int64_t>(units.size());
    const int64_t reach = std::min<int64_t>(std::lround(options_.jitter * Side()),
                                            std::min(pictures.shape()[2], pictures.shape()[3]) - 1);
    std::vector<GridPoint> moves(units.size());
    for (int64_t i = 0; i < n; ++i) {
      GridPoint& move = moves[static_cast<size_t>(i)];
      const auto range = static_cast<uint64_t>(2 * reach + 1);
      move.y = static_cast<int64_t>(random[static_cast<size_t>(i)].Below(range)) - reach;
      move.x = static_cast<int64_t>(random[static_cast<size_t>(i)].Below(range)) - reach;
      Move(pictures.Sample(i), move.y, move.x, moved_.view().Sample(i));
    }
    part_.Forward(moved_.view().Samples(0, n), workspace_);
    workspace_.d_output().Fill(0.0f);
    for (int64_t i = 0; i < n; ++i) {
      workspace_.d_output().Sample(i)[Place(units[static_cast<size_t>(i)])] = 1.0f;
    }
    workspace_.ClearGradients();
    part_.Backward(workspace_);

    const double done = static_cast<double>(step) / static_cast<double>(options_.steps);
    const double sigma = options_.blur * std::sqrt(Side()) * (1 - kBlurFades * done);
    pool_.ParallelFor(n, [&](int64_t i, int) {
      const GridPoint& move = moves[static_cast<size_t>(i)];
      const TensorView<float> picture = pictures.Sample(i);
      Tensor<float> seen = Seen(workspace_.d_input().Sample(i));
      if (!stretch_.empty()) StretchColours(seen.view());
      Spread(seen.view());
      Climb(seen.view(), {seen_.top - move.y, seen_.left - move.x}, picture);
      SetContrast(picture, 1);
      constexpr double kNoBlur = 0.2;  // its neighbours would get less than 1e-5
      if (sigma > kNoBlur) GaussianBlur(sigma).Apply(picture);
    });
  }

  // The part of {C, H, W} that the unit sees; the gradient is zero elsewhere.
  Tensor<float> Seen(TensorView<const float> d_picture) const {
    Tensor<float> seen({d_picture.shape()[0], seen_.size.h, seen_.size.w});
    for (int64_t c = 0; c < seen.shape()[0]; ++c) {
      for (int64_t y = 0; y < seen_.size.h; ++y) {
        std::copy_n(&d_picture.At(c, seen_.top + y, seen_.left), seen_.size.w,
                    &seen.At(c, y, int64_t{0}));
      }
    }
    return seen;
  }

  // Multiplies the gradient of each pixel by the matrix of the colours.
  void StretchColours(TensorView<float> gradient) const {
    const auto channels = static_cast<size_t>(gradient.shape()[0]);
    const int64_t plane = gradient.elements() / gradient.shape()[0];
    std::vector<double> pixel(channels);
    for (int64_t i = 0; i < plane; ++i) {
      float* const first = gradient.data() + i;
      for (size_t c = 0; c < channels; ++c) pixel[c] = first[static_cast<int64_t>(c) * plane];
      for (size_t c = 0; c < channels; ++c) {
        first[static_cast<int64_t>(c) * plane] = static_cast<float>(
            std::inner_product(pixel.begin(), pixel.end(),
                               stretch_.begin() + static_cast<int64_t>(c * channels), 0.0));
      }
    }
  }

  // Adds to the gradient what it is when blurred by a little, by twice as much, and so on: each
  // time the last one is blurred again, by weights twice as far apart.
  void Spread(TensorView<float> gradient) const {
    Tensor<float> blurred = ConvertTo<float>(gradient);
    for (int64_t spacing = 1;
         kFirstSpread * static_cast<double>(spacing) <= options_.spread * Side(); spacing *= 2) {
      GaussianBlur(kFirstSpread, spacing).Apply(blurred.view());
      for (int64_t i = 0; i < gradient.elements(); ++i) gradient[i] += blurred[i];
    }
  }

  // One step up the gradient of what the unit sees, which lies at `corner` and goes round at the
  // edges; then decay of all pixels.
  void Climb(TensorView<const float> gradient, GridPoint corner, TensorView<float> picture) const {
    double squares = 0;
    for (const float element : gradient.span()) squares += double{element} * element;
    const double seen = static_cast<double>(picture.shape()[0] * field_.size.area());
    const double rms = std::sqrt(squares / seen);
    const int64_t height = picture.shape()[1];
    const int64_t width = picture.shape()[2];
    for (int64_t c = 0; c < picture.shape()[0]; ++c) {
      const auto channel = static_cast<size_t>(c);
      const double unit = std::abs(double{range_.white[channel]} - range_.black[channel]);
      const double neutral = range_.FromRaw(channel, options_.neutral);
      // A unit without gradient (rms 0) is dead; its picture fades.
      const double rate = rms > 0 ? options_.step_size * unit / rms : 0.0;
      for (int64_t y = 0; y < seen_.size.h; ++y) {
        for (int64_t x = 0; x < seen_.size.w; ++x) {
          picture.At(c, (corner.y + y + height) % height, (corner.x + x + width) % width) +=
              static_cast<float>(rate * gradient.At(c, y, x));
        }
      }
      for (float& pixel : picture.Sample(c).span()) {
        pixel = static_cast<float>(pixel + options_.decay * (neutral - pixel));
      }
    }
  }

  // Draws all pixels alike towards the neutral grey if those that the unit sees are further from it
  // than the options say, or moves them away from it, at most so many times as far, if they are
  // nearer; then keeps each between black and white.
  void SetContrast(TensorView<float> picture, double most_gain) const {
    const double wanted =
        options_.contrast * std::max(options_.neutral, 255 - options_.neutral) / 255;
    const double contrast = ContrastOf(picture);
    double gain = 1;
    if (options_.contrast < 1) gain = contrast * most_gain > wanted ? wanted / contrast : most_gain;
    for (int64_t c = 0; c < picture.shape()[0]; ++c) {
      const auto channel = static_cast<size_t>(c);
      const double neutral = range_.FromRaw(channel, options_.neutral);
      const double black = range_.black[channel];
      const double white = range_.white[channel];
      for (float& pixel : picture.Sample(c).span()) {
        pixel = static_cast<float>(std::clamp(neutral + gain * (pixel - neutral),
                                              std::min(black, white), std::max(black, white)));
      }
    }
  }

  // The root mean square distance from the neutral grey of what the unit sees, in parts of black to
  // white.
  double ContrastOf(TensorView<const float> picture) const {
    double squares = 0;
    for (int64_t c = 0; c < picture.shape()[0]; ++c) {
      const auto channel = static_cast<size_t>(c);
      const double neutral = range_.FromRaw(channel, options_.neutral);
      const double unit = double{range_.white[channel]} - range_.black[channel];
      for (int64_t y = seen_.top; y < seen_.top + seen_.size.h; ++y) {
        for (int64_t x = seen_.left; x < seen_.left + seen_.size.w; ++x) {
          const double distance = (picture.At(c, y, x) - neutral) / unit;
          squares += distance * distance;
        }
      }
    }
    const int64_t seen = picture.shape()[0] * seen_.size.area();
    return std::sqrt(squares / static_cast<double>(std::max<int64_t>(seen, 1)));
  }

  const Network& part_;
  const PixelRange& range_;
  const PixelBox field_;
  const PixelBox seen_;  // the part of the field that is in the picture
  const ActivationMaximizationOptions& options_;
  const std::vector<double> stretch_;
  const int64_t unit_stride_;
  const int64_t unit_offset_;
  Workspace<float> workspace_;
  ThreadPool& pool_;
  Tensor<float> moved_;
};

}  // namespace

ExcitingPictures MaximizeActivation(const Network& network, int node,
                                    std::span<const int64_t> units,
                                    const Preprocessing& preprocessing,
                                    const ActivationMaximizationOptions& options) {
  CheckOptions(network, node, units, options);
  const Network part = NetworkUpTo(network, node);
  const Shape& shape = network.input_shape();
  preprocessing.Validate(shape[0], "activation maximisation");
  const PixelRange range = PixelRangeOf(preprocessing, shape[0]);
  const auto count = static_cast<int64_t>(units.size());
  ExcitingPictures result{.pictures = Tensor<float>(shape.Batch(std::max<int64_t>(count, 1))),
                          .activations = std::vector<float>(units.size())};
  if (part.output_shape().rank() == 3) {
    result.place = {part.output_shape()[1] / 2, part.output_shape()[2] / 2};
  }
  result.field = ReceptiveField(network, node, result.place);

  const int64_t batch_size = std::min(options.run.batch_size, std::max<int64_t>(count, 1));
  Ascent ascent(part, range, result, options, batch_size);
  for (int64_t first = 0; first < count; first += batch_size) {
    const int64_t n = std::min(batch_size, count - first);
    ascent.Run(
        units.subspan(static_cast<size_t>(first), static_cast<size_t>(n)),
        result.pictures.view().Samples(first, n),
        std::span(result.activations).subspan(static_cast<size_t>(first), static_cast<size_t>(n)));
    if (options.run.progress) options.run.progress(first + n, count);
  }
  return result;
}

}  // namespace ocellus
