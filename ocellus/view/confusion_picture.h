// A confusion matrix as a picture.
//
//   const Evaluation result =
//       Evaluate(model.network, *data.test, {.preprocessing = model.preprocessing});
//   WritePng(DrawConfusion(result.confusion, model.class_names, "lenet"), "confusion.png");
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "ocellus/formats/image.h"

namespace ocellus {

// `confusion` has classes x classes counts, [label * classes + predicted]. Returns a colour picture
// with a row for each right class and a column for each predicted one: right answers blue, the more
// of the row the deeper; mistakes orange, the more of the most frequent mistake the deeper. Up to
// 40 classes have names and numbers. Throws Error if the counts are no square, or one is negative.
Image DrawConfusion(std::span<const int64_t> confusion, std::span<const std::string> class_names,
                    const std::string& title);

}  // namespace ocellus
