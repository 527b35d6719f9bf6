// The places in a data set that excite each unit of a layer most.
//
//   const auto top = FindTopPatches(model.network, node, *data.test, model.preprocessing, 9);
//   const Excitation& best = top[12][0];  // of all images, best.sample excites unit 12 most,
//   const PixelBox seen = ReceptiveField(model.network, node, best.place);  // by what it has there
//
// A unit of a convolution or pooling is a channel: it stands at every place of its map with the
// same weights. A unit of a layer of vectors is one element.
#pragma once

#include <cstdint>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/network/receptive_field.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

struct Excitation {
  int64_t sample = 0;  // of the data set
  GridPoint place;     // in the unit's map; 0, 0 for a vector
  float activation = 0;
};

// How many units the node's output has: channels of an image, elements of anything else.
int64_t UnitCount(const Network& network, int node);

// For each unit, up to `count` samples, the most exciting first; of equal ones the first sample.
// Every sample counts with its most exciting place only, so that the patches come from different
// pictures. Values that are not finite never count. Memory is proportional to units * count. Throws
// Error as ScanDataset does, if count is below 1, and if the node is the network's input.
std::vector<std::vector<Excitation>> FindTopPatches(const Network& network, int node,
                                                    const Dataset& dataset,
                                                    const Preprocessing& preprocessing,
                                                    int64_t count, const RunOptions& options = {});

}  // namespace ocellus
