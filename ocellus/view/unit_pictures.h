// Pictures of what excites the units of a layer: found in data, and made by gradient ascent.
//
//   const LayerUnits conv2 = ExploreUnits(model, node, *data.test, {.units = {0, 1, 2}});
//   WritePng(DrawUnits({&conv2, 1}, "conv2 of simple-conv-net"), "units.png");
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/formats/image.h"
#include "ocellus/network/model.h"
#include "ocellus/view/activation_maximization.h"
#include "ocellus/view/canvas.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

// One unit: the picture that gradient ascent made for it, and patches of the data set.
struct UnitPictures {
  int64_t unit = 0;
  std::string name;  // of the class whose score the unit is; empty: none, or its number says it
  Image made;        // cut to the receptive field; all of it if that is as large
  float made_activation = 0;
  std::vector<Image> patches;  // the most exciting first, cut likewise
  std::vector<float> patch_activations;
};

struct LayerUnits {
  std::string layer;
  int64_t unit_count = 0;  // of the layer; `units` may be fewer
  Extent field;            // pixels that a unit sees, the padding beyond the edge included
  std::vector<UnitPictures> units;
};

struct ExploreUnitsOptions {
  std::vector<int64_t> units;  // which ones
  int64_t patches = 8;         // of each unit
  ActivationMaximizationOptions ascent = {};
  RunOptions search = {};  // for patches
};

// What lies outside of the image in a patch at its edge has this colour.
inline constexpr Colour kOutsideImage{226, 236, 243};

// Finds both kinds of pictures for the given units of the node's output. Throws Error as
// FindTopPatches and MaximizeActivation do.
LayerUnits ExploreUnits(const Model& model, int node, const Dataset& dataset,
                        const ExploreUnitsOptions& options);

// Returns a colour picture with a section for each layer, and in it for each unit the picture that
// was made for it, its name or number, and its patches. Throws Error if there is no unit at all.
Image DrawUnits(std::span<const LayerUnits> layers, const std::string& title,
                const std::vector<std::string>& lines = {});

}  // namespace ocellus
