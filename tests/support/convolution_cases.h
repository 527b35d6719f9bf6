// The convolutions that reference and kernels are tested with. Each stresses something by name;
// together they hold sizes of 1, primes, and one less and one more than each vector width (4, 8,
// 16) and block of the matrix product (32, 48).
//
//   INSTANTIATE_TEST_SUITE_P(Cases, ConvolutionTest, testing::ValuesIn(ConvolutionCases()),
//   CaseName);
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct ConvolutionCase {
  const char* name;
  int64_t batch;
  int64_t in_channels;
  int64_t out_channels;
  int64_t groups;
  Extent input;
  Window window;

  ConvolutionGeometry geometry() const {
    return MakeConvolutionGeometry(in_channels, input, out_channels, groups, window, name);
  }
};

inline std::ostream& operator<<(std::ostream& out, const ConvolutionCase& c) {
  return out << c.name;
}

inline std::string ConvolutionCaseName(const testing::TestParamInfo<ConvolutionCase>& info) {
  return info.param.name;
}

inline std::vector<ConvolutionCase> ConvolutionCases() {
  constexpr Rounding kFloor = Rounding::kFloor;
  constexpr Rounding kCeil = Rounding::kCeil;
  return {
      {"OneElement", 1, 1, 1, 1, {1, 1}, {.size = 1}},
      {"ChapterExample", 1, 1, 1, 1, {4, 4}, {.size = 3, .padding = 1}},
      {"SimpleConvNet", 2, 1, 30, 1, {28, 28}, {.size = 5}},
      {"ChannelsThatFillVectors", 2, 16, 4, 1, {9, 10}, {.size = 5, .padding = 2}},
      {"OneByOneWindow", 2, 5, 7, 1, {3, 5}, {.size = 1}},
      {"WindowAsLargeAsInput", 5, 3, 4, 1, {5, 4}, {.size = {5, 4}}},
      {"UnequalWindow", 2, 2, 3, 1, {7, 9}, {.size = {3, 2}}},
      {"UnequalStride", 1, 2, 3, 1, {9, 12}, {.size = {3, 2}, .stride = {2, 5}}},
      {"StrideBeyondWindow", 2, 1, 2, 1, {11, 7}, {.size = {1, 1}, .stride = {5, 3}}},
      {"UnequalPadding", 2, 3, 2, 1, {5, 6}, {.size = {3, 4}, .padding = {1, 3}}},
      {"PaddingBeyondWindow", 1, 1, 2, 1, {3, 2}, {.size = {2, 1}, .padding = {3, 2}}},
      {"UnequalDilation", 2, 2, 3, 1, {11, 8}, {.size = {3, 2}, .dilation = {2, 3}}},
      {"EverythingUnequal",
       2,
       3,
       5,
       1,
       {10, 13},
       {.size = {3, 2},
        .stride = {2, 3},
        .padding = {1, 2},
        .dilation = {2, 4},
        .rounding = kFloor}},
      {"RoundedDown", 2, 2, 3, 1, {8, 7}, {.size = {3, 2}, .stride = {2, 3}, .rounding = kFloor}},
      {"RoundedUp", 2, 2, 3, 1, {8, 7}, {.size = {3, 2}, .stride = {2, 3}, .rounding = kCeil}},
      {"RoundedUpWithPadding",
       1,
       2,
       2,
       1,
       {6, 9},
       {.size = {3, 4}, .stride = {4, 3}, .padding = {1, 2}, .rounding = kCeil}},
      {"Groups", 2, 4, 6, 2, {5, 7}, {.size = {3, 2}, .padding = {1, 0}}},
      {"ThreeGroupsStrided", 5, 6, 3, 3, {7, 5}, {.size = 3, .stride = 2}},
      {"Depthwise", 2, 5, 5, 5, {6, 4}, {.size = {3, 2}, .padding = {1, 1}}},
      {"DepthwiseMultiplied", 1, 3, 9, 3, {4, 7}, {.size = {2, 3}}},
      {"Row", 2, 3, 4, 1, {1, 17}, {.size = {1, 3}}},
      {"Column", 2, 3, 4, 1, {17, 1}, {.size = {3, 1}}},
      {"Width3Filters3", 1, 3, 3, 1, {3, 3}, {.size = 1}},
      {"Width5Filters5", 1, 2, 5, 1, {2, 5}, {.size = 1}},
      {"Width7Filters7", 2, 2, 7, 1, {4, 9}, {.size = 3, .padding = {1, 0}}},
      {"Width9Filters9", 2, 3, 9, 1, {3, 9}, {.size = 3, .padding = 1}},
      {"Width15Filters15", 1, 2, 15, 1, {4, 17}, {.size = 3, .padding = {0, 0}}},
      {"Width17Filters17", 1, 2, 17, 1, {3, 17}, {.size = 3, .padding = 1}},
      {"Width31Filters31", 1, 3, 31, 1, {2, 31}, {.size = {1, 3}, .padding = {0, 1}}},
      {"Width33Filters33", 1, 3, 33, 1, {2, 33}, {.size = {2, 1}}},
      {"Width47Filters47", 1, 1, 47, 1, {2, 47}, {.size = 1}},
      {"Width49Filters49", 1, 2, 49, 1, {1, 49}, {.size = 1}},
      {"ManyChannels", 1, 67, 5, 1, {6, 5}, {.size = 3, .padding = 1}},
      {"ManyPixels", 2, 2, 3, 1, {37, 41}, {.size = 3, .padding = 1}},
  };
}

}  // namespace ocellus
