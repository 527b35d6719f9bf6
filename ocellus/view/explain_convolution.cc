// A convolution, worked out and written down step by step.
#include "ocellus/view/explain_convolution.h"

#include <fmt/core.h>

#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/reference/im2col_reference.h"
#include "ocellus/reference/matrix_product_reference.h"
#include "ocellus/view/text_lines.h"

namespace ocellus {
namespace {

constexpr const char* kWhere = "explain conv";

// The example with all that follows from it.
struct Worked {
  const ConvolutionExample& example;
  Extent output;
  GridPoint place;
  Tensor<double> col;      // OH OW x C FH FW
  Tensor<double> columns;  // C FH FW x FN: the filters, each a column
  Tensor<double> product;  // OH OW x FN

  int64_t channels() const { return example.weights.shape()[1]; }
  int64_t filters() const { return example.weights.shape()[0]; }
  int64_t places() const { return output.area(); }
  int64_t marked_row() const { return place.y * output.w + place.x; }
  Mark mark(int64_t row) const { return row == marked_row() ? Mark::kBrackets : Mark::kNone; }
};

Worked WorkOut(const ConvolutionExample& example, GridPoint place) {
  const Shape& input = example.input.shape();
  Worked worked{.example = example,
                .output = OutputExtent({input[2], input[3]}, example.window, kWhere),
                .place = place};
  if (place.y < 0 || place.y >= worked.output.h || place.x < 0 || place.x >= worked.output.w) {
    Fail("{}: place: expected rows 0 to {} and columns 0 to {} of the output, found {}, {}", kWhere,
         worked.output.h - 1, worked.output.w - 1, place.y, place.x);
  }
  worked.col = reference::Im2col(example.input, example.window);
  worked.columns = reference::Transpose(
      example.weights.view().Reshape({worked.filters(), worked.col.shape()[1]}));
  worked.product = reference::MatrixProduct(worked.col, worked.columns);
  for (int64_t i = 0; i < worked.product.elements(); ++i) {
    worked.product[i] += example.biases[i % worked.filters()];
  }
  return worked;
}

// Whether the window at the followed place reads this row (or column) of the input.
bool IsRead(int64_t position, int64_t place, int64_t size, int64_t stride, int64_t padding,
            int64_t dilation) {
  const int64_t offset = position - (place * stride - padding);
  return offset >= 0 && offset % dilation == 0 && offset / dilation < size;
}

Lines InputPlane(const Worked& worked, int64_t c) {
  const ConvolutionExample& example = worked.example;
  const Window& window = example.window;
  const int64_t height = example.input.shape()[2];
  const int64_t width = example.input.shape()[3];
  const int64_t digits = NumberWidth(example.input.span());
  Lines lines;
  if (worked.channels() > 1) lines.push_back(fmt::format(" channel {}", c));
  for (int64_t y = -window.padding.h; y < height + window.padding.h; ++y) {
    std::string line;
    for (int64_t x = -window.padding.w; x < width + window.padding.w; ++x) {
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      const bool marked = IsRead(y, worked.place.y, window.size.h, window.stride.h,
                                 window.padding.h, window.dilation.h) &&
                          IsRead(x, worked.place.x, window.size.w, window.stride.w,
                                 window.padding.w, window.dilation.w);
      line += Cell(inside ? Number(example.input.At(0, c, y, x)) : ".", digits,
                   marked ? Mark::kBrackets : Mark::kNone);
    }
    lines.push_back(line);
  }
  return lines;
}

Lines FilterLines(const Worked& worked, int64_t filter) {
  const Tensor<double>& weights = worked.example.weights;
  const int64_t digits = NumberWidth(weights.span());
  std::vector<Lines> planes;
  for (int64_t c = 0; c < worked.channels(); ++c) {
    Lines lines;
    for (int64_t ky = 0; ky < weights.shape()[2]; ++ky) {
      std::string line;
      for (int64_t kx = 0; kx < weights.shape()[3]; ++kx) {
        line += Cell(Number(weights.At(filter, c, ky, kx)), digits, Mark::kNone);
      }
      lines.push_back(line);
    }
    planes.push_back(lines);
  }
  Lines lines = Beside(planes, " |");
  lines.insert(lines.begin(),
               fmt::format(" filter {}, bias {}", filter, Number(worked.example.biases[filter])));
  return lines;
}

// The rows of the im2col matrix, with a bar between channels.
Lines MatrixLines(const Worked& worked) {
  const int64_t digits = NumberWidth(worked.col.span());
  const int64_t area = worked.example.window.size.area();
  Lines lines;
  for (int64_t row = 0; row < worked.places(); ++row) {
    std::string line = fmt::format(
        " {:>7} ", fmt::format("({},{})", row / worked.output.w, row % worked.output.w));
    for (int64_t column = 0; column < worked.col.shape()[1]; ++column) {
      if (column > 0 && column % area == 0) line += " |";
      line += Cell(Number(worked.col.At(row, column)), digits, worked.mark(row));
    }
    lines.push_back(line);
  }
  return lines;
}

Lines FilterMatrixLines(const Worked& worked) {
  const int64_t digits = NumberWidth(worked.columns.span());
  Lines lines;
  for (int64_t i = 0; i < worked.columns.shape()[0]; ++i) {
    std::string line = " ";
    for (int64_t filter = 0; filter < worked.filters(); ++filter) {
      line += Cell(Number(worked.columns.At(i, filter)), digits, Mark::kNone);
    }
    lines.push_back(line);
  }
  return lines;
}

Lines ProductLines(const Worked& worked) {
  const int64_t digits = NumberWidth(worked.product.span());
  Lines lines;
  for (int64_t row = 0; row < worked.places(); ++row) {
    std::string line = fmt::format(
        " {:>7} ", fmt::format("({},{})", row / worked.output.w, row % worked.output.w));
    for (int64_t filter = 0; filter < worked.filters(); ++filter) {
      line += Cell(Number(worked.product.At(row, filter)), digits, worked.mark(row));
    }
    lines.push_back(line);
  }
  return lines;
}

Lines OutputPlane(const Worked& worked, int64_t filter) {
  const int64_t digits = NumberWidth(worked.product.span());
  Lines lines = {fmt::format(" map {}", filter)};
  for (int64_t oy = 0; oy < worked.output.h; ++oy) {
    std::string line;
    for (int64_t ox = 0; ox < worked.output.w; ++ox) {
      const int64_t row = oy * worked.output.w + ox;
      line += Cell(Number(worked.product.At(row, filter)), digits, worked.mark(row));
    }
    lines.push_back(line);
  }
  return lines;
}

// "4 + 2*0 - 3) / 1 + 1 = 2" along one axis.
std::string SizeFormula(const char* name, int64_t input, int64_t padding, int64_t span,
                        int64_t stride, int64_t output) {
  return fmt::format(" {} = ({} + 2*{} - {}) / {} + 1 = {}", name, input, padding, span, stride,
                     output);
}

// The product of the marked row and filter 0, term by term, broken into lines.
Lines SumLines(const Worked& worked, int64_t max_width) {
  const int64_t row = worked.marked_row();
  Lines lines = {fmt::format(" ({},{}) with filter 0:", worked.place.y, worked.place.x)};
  std::string line = "   ";
  for (int64_t i = 0; i < worked.col.shape()[1]; ++i) {
    const double weight = worked.columns.At(i, 0);
    const std::string term =
        fmt::format("{}{}*{}", i > 0 ? " + " : "", Number(worked.col.At(row, i)),
                    weight < 0 ? fmt::format("({})", Number(weight)) : Number(weight));
    if (std::ssize(line) + std::ssize(term) > max_width) {
      lines.push_back(line);
      line = "   ";
    }
    line += term;
  }
  lines.push_back(line);
  lines.push_back(fmt::format("   + bias {} = {}", Number(worked.example.biases[0]),
                              Number(worked.product.At(row, int64_t{0}))));
  return lines;
}

std::vector<Lines> ForEach(int64_t count, const auto& make) {
  std::vector<Lines> blocks;
  for (int64_t i = 0; i < count; ++i) blocks.push_back(make(i));
  return blocks;
}

void CheckCount(const char* what, int64_t count, int64_t most) {
  if (count < 1 || count > most) {
    Fail("{}: {}: expected 1 to {}, found {}; an example is to be read", kWhere, what, most, count);
  }
}

}  // namespace

ConvolutionExample MakeConvolutionExample(const ConvolutionSizes& sizes, uint64_t seed) {
  CheckCount("input height", sizes.input.h, 32);
  CheckCount("input width", sizes.input.w, 32);
  CheckCount("channels", sizes.channels, 16);
  CheckCount("filters", sizes.filters, 16);
  const Extent output = OutputExtent(sizes.input, sizes.window, kWhere);
  CheckCount("places of the output", output.area(), 100);
  CheckCount("weights of a filter", sizes.channels * sizes.window.size.area(), 64);
  ConvolutionExample example{
      .input = Tensor<double>({1, sizes.channels, sizes.input.h, sizes.input.w}),
      .weights =
          Tensor<double>({sizes.filters, sizes.channels, sizes.window.size.h, sizes.window.size.w}),
      .biases = Tensor<double>({sizes.filters}),
      .window = sizes.window};
  Random random(seed, /*stream=*/0);
  for (double& value : example.input.span()) value = static_cast<double>(random.Below(10));
  for (double& weight : example.weights.span()) weight = static_cast<double>(random.Below(5)) - 2;
  for (double& bias : example.biases.span()) bias = static_cast<double>(random.Below(7)) - 3;
  return example;
}

std::string ExplainConvolution(const ConvolutionExample& example, GridPoint place,
                               int64_t max_width) {
  const Worked worked = WorkOut(example, place);
  const Window& window = example.window;
  const Shape& input = example.input.shape();
  const Shape& weights = example.weights.shape();
  NarrowText text(kWhere, max_width);
  text.Add(fmt::format(
      "convolution: input {}, {} filter{} of {}x{}x{}, stride {}, padding {}{}",
      input.Sample().ToString(), weights[0], weights[0] == 1 ? "" : "s", weights[1], weights[2],
      weights[3], window.stride.ToString(), window.padding.ToString(),
      window.dilation == Extent(1) ? ""
                                   : fmt::format(", dilation {}", window.dilation.ToString())));
  text.Add(fmt::format("In [brackets]: what belongs to place ({},{}) of the output.\n", place.y,
                       place.x));

  text.Add(window.padding == Extent(0) ? "input" : "input; a dot is padding and counts as 0");
  text.Add(
      Beside(ForEach(worked.channels(), [&](int64_t c) { return InputPlane(worked, c); }), "   "),
      "the input", "take a narrower input, fewer channels or less padding");
  text.Add();
  text.Add("filters");
  for (int64_t filter = 0; filter < worked.filters(); ++filter) {
    text.Add(FilterLines(worked, filter), "a filter", "take smaller filters or fewer channels");
  }
  text.Add();
  text.Add("size of the output: (input + 2*padding - filter) / stride + 1");
  text.Add(SizeFormula("OH", input[2], window.padding.h, window.span().h, window.stride.h,
                       worked.output.h));
  text.Add(SizeFormula("OW", input[3], window.padding.w, window.span().w, window.stride.w,
                       worked.output.w));
  text.Add();
  text.Add(fmt::format("im2col: each place that the filter is applied to becomes a row: {} x {}",
                       worked.col.shape()[0], worked.col.shape()[1]));
  text.Add(MatrixLines(worked), "the im2col matrix",
           "take a smaller filter or fewer channels, or a wider terminal");
  text.Add();
  text.Add(fmt::format("times the filters, each written out as a column: {} x {}",
                       worked.columns.shape()[0], worked.columns.shape()[1]));
  text.Add(FilterMatrixLines(worked), "the matrix of filters", "take fewer filters");
  text.Add();
  text.Add(fmt::format("their product, with the biases added: {} x {}", worked.product.shape()[0],
                       worked.product.shape()[1]));
  text.Add(ProductLines(worked), "the product", "take fewer filters");
  text.Add(SumLines(worked, max_width), "the sum", "");
  text.Add();
  text.Add(fmt::format("output: each column of the product is a map of {}x{}", worked.output.h,
                       worked.output.w));
  text.Add(
      Beside(ForEach(worked.filters(), [&](int64_t filter) { return OutputPlane(worked, filter); }),
             "   "),
      "the output", "take fewer filters");
  return text.text();
}

}  // namespace ocellus
