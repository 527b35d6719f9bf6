// Some samples of another data set.
//
//   const std::unique_ptr<Dataset> quick = FirstSamples(*data.train, 1000);
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ocellus/data/dataset.h"

namespace ocellus {

// The given samples of `dataset`, in the given order; a number may occur several times. `dataset`
// must outlive the result. Throws Error if there are no numbers or one is out of range.
std::unique_ptr<Dataset> Subset(const Dataset& dataset, std::vector<int64_t> samples);

// The first `count` samples of `dataset`, which must outlive the result. Throws Error if it has
// fewer or `count` is below 1.
std::unique_ptr<Dataset> FirstSamples(const Dataset& dataset, int64_t count);

}  // namespace ocellus
