// A sheet of the samples that a network took for something else.
//
//   const Mistakes mistakes = FindMistakes(model.network, *data.test, model.preprocessing, 40);
//   const Image sheet = DrawMistakes(mistakes, *data.test, model.preprocessing, "lenet on mnist");
//   WritePng(sheet, "mistakes.png");
#pragma once

#include <string>

#include "ocellus/data/dataset.h"
#include "ocellus/formats/image.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/view/mistakes.h"

namespace ocellus {

// Returns a colour picture with the worst mistakes in their order, each with what it is, what it
// was taken for and how surely, and its number in the data set. Without mistakes it says so.
Image DrawMistakes(const Mistakes& mistakes, const Dataset& dataset,
                   const Preprocessing& preprocessing, const std::string& title);

}  // namespace ocellus
