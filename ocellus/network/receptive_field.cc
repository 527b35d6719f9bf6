// Receptive fields: intervals of rows and columns, followed back to the input.
#include "ocellus/network/receptive_field.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "ocellus/base/check.h"

namespace ocellus {
namespace {

// Rows or columns from `first` to `last`, both included.
struct Interval {
  int64_t first = 0;
  int64_t last = 0;

  Interval Around(const Interval& other) const {
    return {std::min(first, other.first), std::max(last, other.last)};
  }
};

struct Field {
  Interval rows;
  Interval columns;

  Field Around(const Field& other) const {
    return {rows.Around(other.rows), columns.Around(other.columns)};
  }
};

Interval SeenBy(const Interval& output, int64_t stride, int64_t padding, int64_t span) {
  return {output.first * stride - padding, output.last * stride - padding + span - 1};
}

Field SeenBy(const Field& output, const Window& window) {
  return {SeenBy(output.rows, window.stride.h, window.padding.h, window.span().h),
          SeenBy(output.columns, window.stride.w, window.padding.w, window.span().w)};
}

// All of an image. What is no image has no places; one stands for them all.
Field Whole(const Shape& shape) {
  if (shape.rank() != 3) return {};
  return {{0, shape[1] - 1}, {0, shape[2] - 1}};
}

}  // namespace

PixelBox ReceptiveField(const Network& network, int node, GridPoint unit) {
  OCELLUS_CHECK(network.input_shape().rank() == 3, "input {}", network.input_shape().ToString());
  // What is seen of the output of each node; of the network's input, last.
  std::vector<std::optional<Field>> seen(network.nodes().size() + 1);
  const auto seen_of = [&](int number) -> std::optional<Field>& {
    return number == kNetworkInput ? seen.back() : seen[static_cast<size_t>(number)];
  };
  seen_of(node) = Field{{unit.y, unit.y}, {unit.x, unit.x}};
  for (int number = node; number >= 0; --number) {
    if (!seen_of(number)) continue;
    const Node& reader = network.nodes()[static_cast<size_t>(number)];
    const bool is_image = reader.info.output.rank() == 3;
    for (const int input : reader.inputs) {
      const Field field = reader.info.window && is_image
                              ? SeenBy(*seen_of(number), *reader.info.window)
                              : Whole(network.shape_of(input));
      seen_of(input) = seen_of(input) ? seen_of(input)->Around(field) : field;
    }
  }
  const auto [rows, columns] = seen.back().value_or(Field{});
  return {.top = rows.first,
          .left = columns.first,
          .size = {rows.last - rows.first + 1, columns.last - columns.first + 1}};
}

PixelBox ClipToImage(const PixelBox& box, Extent image) {
  const int64_t top = std::clamp<int64_t>(box.top, 0, image.h);
  const int64_t left = std::clamp<int64_t>(box.left, 0, image.w);
  const int64_t bottom = std::clamp<int64_t>(box.top + box.size.h, 0, image.h);
  const int64_t right = std::clamp<int64_t>(box.left + box.size.w, 0, image.w);
  return {.top = top, .left = left, .size = {bottom - top, right - left}};
}

}  // namespace ocellus
