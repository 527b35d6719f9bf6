// The local response normalisations that reference and kernels are tested with: even and odd
// windows, windows larger than the number of channels, planes below, at and above every vector
// size.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "ocellus/tensor/response_norm.h"
#include "ocellus/tensor/shape.h"

namespace ocellus {

struct ResponseNormCase {
  const char* name;
  Shape shape;  // N, C, H, W
  ResponseNorm norm;
};

inline std::ostream& operator<<(std::ostream& out, const ResponseNormCase& c) {
  return out << c.name;
}

inline std::string ResponseNormCaseName(const testing::TestParamInfo<ResponseNormCase>& info) {
  return info.param.name;
}

// Scales near 1, unlike AlexNet's 1e-4, so that a mistake in the sum cannot hide.
inline std::vector<ResponseNormCase> ResponseNormCases() {
  return {
      {"OneElement", {1, 1, 1, 1}, {.size = 1, .scale = 0.5}},
      {"OneChannel", {2, 1, 3, 5}, {.size = 5, .scale = 0.7, .k = 0.5}},
      {"OnlyItself", {2, 4, 3, 3}, {.size = 1, .scale = 0.9}},
      {"Two", {2, 5, 2, 2}, {.size = 2, .scale = 0.8}},
      {"Three", {1, 7, 1, 4}, {.size = 3, .scale = 0.6, .k = 2}},
      {"Four", {3, 6, 5, 1}, {.size = 4, .scale = 1.5, .beta = 0.5}},
      {"Paper", {2, 8, 3, 5}, {.size = 5, .scale = 1e-4, .k = 2}},
      {"AsManyAsChannels", {1, 6, 3, 11}, {.size = 6, .scale = 0.3}},
      {"MoreThanChannels", {2, 3, 4, 4}, {.size = 8, .scale = 0.3, .k = 0.25}},
      {"ManyMoreThanChannels", {1, 3, 1, 17}, {.size = 101, .scale = 0.3}},
      {"WithoutPower", {1, 4, 1, 9}, {.size = 3, .scale = 1, .beta = 0}},
      {"FirstPower", {2, 4, 3, 3}, {.size = 3, .scale = 1, .beta = 1}},
      {"LargePower", {1, 5, 2, 9}, {.size = 4, .scale = 1, .beta = 2.5, .k = 0.5}},
      {"WithoutSum", {1, 4, 1, 7}, {.size = 3, .scale = 0, .k = 3}},
      {"Vector4", {1, 3, 2, 2}, {.size = 3, .scale = 1}},
      {"Vector8", {1, 3, 2, 4}, {.size = 3, .scale = 1}},
      {"Vector16", {1, 3, 4, 4}, {.size = 3, .scale = 1}},
      {"Vector31", {1, 3, 1, 31}, {.size = 3, .scale = 1}},
      {"Vector33", {1, 3, 3, 11}, {.size = 3, .scale = 1}},
      {"BlockLess1", {2, 3, 15, 17}, {.size = 2, .scale = 1}},
      {"BlockMore1", {2, 3, 1, 257}, {.size = 4, .scale = 1}},
      {"AlexNet", {1, 9, 13, 13}, {.size = 5, .scale = 1e-4, .k = 2}},
  };
}

}  // namespace ocellus
