// The subsamplings that reference and kernels are tested with: the poolings without padding,
// dilation or rounding.
#pragma once

#include "tests/support/pooling_cases.h"

namespace ocellus {

inline std::vector<PoolingCase> SubsamplingCases() {
  std::vector<PoolingCase> cases = PoolingCases();
  std::erase_if(cases, [](const PoolingCase& c) {
    return c.window.padding != Extent(0) || c.window.dilation != Extent(1) ||
           c.window.rounding == Rounding::kCeil;
  });
  return cases;
}

}  // namespace ocellus
