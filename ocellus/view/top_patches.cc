// One pass over the data with a short list for each unit.
#include "ocellus/view/top_patches.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "ocellus/base/error.h"
#include "ocellus/network/subnetwork.h"
#include "ocellus/view/dataset_scan.h"

namespace ocellus {
namespace {

// The largest finite value of a map and where it is.
std::optional<Excitation> Strongest(std::span<const float> map, int64_t width) {
  std::optional<Excitation> best;
  for (size_t i = 0; i < map.size(); ++i) {
    if (!std::isfinite(map[i]) || (best && map[i] <= best->activation)) continue;
    const auto place = static_cast<int64_t>(i);
    best = Excitation{.place = {place / width, place % width}, .activation = map[i]};
  }
  return best;
}

// Keeps a list of at most `count`, strongest first. Samples come in ascending order, so that a new
// one goes behind its equals.
void Insert(const Excitation& excitation, size_t count, std::vector<Excitation>& list) {
  const auto place = std::ranges::upper_bound(list, excitation.activation, std::ranges::greater{},
                                              &Excitation::activation);
  if (place == list.end() && list.size() == count) return;
  list.insert(place, excitation);
  if (list.size() > count) list.pop_back();
}

}  // namespace

int64_t UnitCount(const Network& network, int node) {
  const Shape& shape = network.shape_of(node);
  return shape.rank() == 3 ? shape[0] : shape.elements();
}

std::vector<std::vector<Excitation>> FindTopPatches(const Network& network, int node,
                                                    const Dataset& dataset,
                                                    const Preprocessing& preprocessing,
                                                    int64_t count, const RunOptions& options) {
  if (count < 1) Fail("patches: expected 1 or more, found {}", count);
  const Network part = NetworkUpTo(network, node);
  const int64_t units = UnitCount(network, node);
  const int64_t map_size = part.output_shape().elements() / units;
  const int64_t width = part.output_shape().rank() == 3 ? part.output_shape()[2] : 1;
  std::vector<std::vector<Excitation>> top(static_cast<size_t>(units));
  ScanDataset(part, dataset, preprocessing, options, [&](const ScannedBatch& batch) {
    for (size_t i = 0; i < batch.samples.size(); ++i) {
      const float* map = batch.outputs.Sample(static_cast<int64_t>(i)).data();
      for (std::vector<Excitation>& list : top) {
        if (auto best = Strongest({map, static_cast<size_t>(map_size)}, width)) {
          best->sample = batch.samples[i];
          Insert(*best, static_cast<size_t>(count), list);
        }
        map += map_size;
      }
    }
  });
  return top;
}

}  // namespace ocellus
