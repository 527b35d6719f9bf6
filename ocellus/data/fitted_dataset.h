// Another data set's images, brought to the shape that a network takes.
//
//   data.train = FitDataset(std::move(data.train), {.shape = {3, 32, 32}});
#pragma once

#include <memory>

#include "ocellus/data/dataset.h"
#include "ocellus/formats/fit_image.h"

namespace ocellus {

// Each image is fitted when it is read, so that no second copy of the data set is in memory. The
// data set itself comes back if nothing is to be done. Its images must be grey or colour, with
// pixels from 0 to 255, which are rounded. Throws Error if they are not, or the fit is not valid.
std::unique_ptr<Dataset> FitDataset(std::unique_ptr<Dataset> dataset, const ImageFit& fit);

}  // namespace ocellus
