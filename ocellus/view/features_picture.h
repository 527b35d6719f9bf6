// A picture of what every layer of a network computes for one image.
//
//   const std::vector<LayerOutput> layers = ComputeFeatures(model.network, input);
//   const PixelRange pixels = PixelRangeOf(model.preprocessing, /*channels=*/1);
//   WritePng(DrawFeatures(layers, {.title = "mnist:test:42", .pixels = pixels}), "features.png");
//
// Orange is above zero, blue below, white zero: so a ReLU shows as the blue disappearing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ocellus/view/feature_maps.h"
#include "ocellus/view/page.h"
#include "ocellus/view/pixel_range.h"

namespace ocellus {

struct FeaturesPictureOptions {
  std::string title = {};
  PixelRange pixels = {};                     // of the network's input
  std::vector<std::string> class_names = {};  // of its output
  int64_t max_maps = 64;                      // of a layer; the rest is left out and counted
};

// Returns a colour picture with a section for each layer in the given order: maps (C x H x W) as a
// grid, all of a layer on one scale; vectors as bars, or, if they have many elements, as squares in
// rows. If the last output is a vector, its softmax follows as the probabilities of the classes.
// The first layer must be the network's input. Throws Error if there are no layers, the input is
// neither grey nor colour, or max_maps is below 1.
Image DrawFeatures(std::span<const LayerOutput> layers, const FeaturesPictureOptions& options);

}  // namespace ocellus
