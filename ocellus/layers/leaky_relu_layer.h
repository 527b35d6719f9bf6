// Leaky ReLU (Maas, Hannun, Ng 2013), for an input of any shape: a ReLU that lets a share of what
// is negative through, so that no unit stops learning for good.
//
//   network.Add(LeakyRelu{.slope = 0.1});
//
//   output  = input where input >= 0, else slope * input
//   d_input = d_output where output > 0, else slope * d_output
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

struct LeakyRelu {
  double slope = 0.01;  // for negative inputs: finite, 0 or more
};

std::unique_ptr<Layer> MakeLayer(const LeakyRelu& options);
LeakyRelu LeakyReluFromJson(OptionReader& options);

}  // namespace ocellus
