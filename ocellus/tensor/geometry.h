// How a window slides over an image: the one place with the output-size formulas.
//
// A window of FH x FW elements, each `dilation` apart, moves in steps of `stride` over an image of
// H x W that has `padding` extra elements on each side:
//
//   OH = (H + 2 PH - DH (FH - 1) - 1) / SH + 1        OW likewise
//
//   Window window{.size = {6, 5}, .stride = {2, 1}, .padding = 2};
//   Extent output = OutputExtent({28, 28}, window, "conv1 (Convolution)");
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ocellus {

// A size along height and width. One number stands for both.
struct Extent {
  constexpr Extent() = default;
  constexpr Extent(int64_t both) : h(both), w(both) {}  // NOLINT(google-explicit-constructor)
  constexpr Extent(int64_t height, int64_t width) : h(height), w(width) {}

  int64_t h = 1;
  int64_t w = 1;

  int64_t area() const { return h * w; }
  std::string ToString() const;  // "5x3"
  friend bool operator==(const Extent&, const Extent&) = default;
};

// What happens when the stride does not divide the way that the window can move.
enum class Rounding {
  kExact,  // an error, as the chapter demands
  kFloor,  // the last rows or columns are not seen (PyTorch, ONNX)
  kCeil,   // one more window that hangs over the edge, unless it would start in the padding (Caffe)
};

struct Window {
  Extent size;
  Extent stride = 1;
  Extent padding = 0;
  Extent dilation = 1;
  Rounding rounding = Rounding::kExact;

  // How many input elements the window spans from its first to its last, along each axis.
  Extent span() const { return {dilation.h * (size.h - 1) + 1, dilation.w * (size.w - 1) + 1}; }
  friend bool operator==(const Window&, const Window&) = default;
};

// Returns the number of window positions along each axis. Throws Error, beginning with `where`, if
// an option is out of range, the window does not fit into the padded input, or rounding is kExact
// and the stride does not divide; the message then says which padding or input size would fit.
Extent OutputExtent(Extent input, const Window& window, std::string_view where);

// All sizes of a convolution. Made by MakeConvolutionGeometry, so they are consistent.
//
//   input    N x in_channels  x input.h  x input.w
//   weights  out_channels x (in_channels / groups) x window.size.h x window.size.w
//   biases   out_channels
//   output   N x out_channels x output.h x output.w
//
// Output channel oc reads the input channels of its group only: group oc / (out_channels / groups).
struct ConvolutionGeometry {
  int64_t in_channels = 1;
  int64_t out_channels = 1;
  int64_t groups = 1;
  Extent input;
  Extent output;
  Window window;

  int64_t in_channels_per_group() const { return in_channels / groups; }
  int64_t out_channels_per_group() const { return out_channels / groups; }
  // Length of one filter, and so of one row of the im2col matrix: C * FH * FW of a group.
  int64_t filter_elements() const { return in_channels_per_group() * window.size.area(); }
  int64_t input_elements() const { return in_channels * input.area(); }
  int64_t output_elements() const { return out_channels * output.area(); }
  int64_t weight_elements() const { return out_channels * filter_elements(); }
};

// Computes the output size. Throws Error, beginning with `where`, as OutputExtent does and if the
// groups do not divide both channel counts.
ConvolutionGeometry MakeConvolutionGeometry(int64_t in_channels, Extent input, int64_t out_channels,
                                            int64_t groups, const Window& window,
                                            std::string_view where);

// Whether average pooling divides by the number of all elements in the window or only of those that
// are not padding. Elements beyond the padded input, where rounding kCeil lets a window hang over
// the edge, never count.
enum class PaddingCount {
  kExclude,  // ONNX's default
  kInclude,  // PyTorch's default
};

// All sizes of a pooling: input N x channels x input.h x input.w, output likewise.
struct PoolingGeometry {
  int64_t channels = 1;
  Extent input;
  Extent output;
  Window window;

  int64_t input_elements() const { return channels * input.area(); }
  int64_t output_elements() const { return channels * output.area(); }
};

// Computes the output size. Throws Error, beginning with `where`, as OutputExtent does and if the
// padding is so large that a window would see nothing else.
PoolingGeometry MakePoolingGeometry(int64_t channels, Extent input, const Window& window,
                                    std::string_view where);

}  // namespace ocellus
