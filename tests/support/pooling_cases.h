// The poolings that reference and kernels are tested with. Each stresses something by name.
//
//   INSTANTIATE_TEST_SUITE_P(Cases, PoolingTest, testing::ValuesIn(PoolingCases()),
//   PoolingCaseName);
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <tuple>
#include <vector>

#include "ocellus/tensor/geometry.h"

namespace ocellus {

struct PoolingCase {
  const char* name;
  int64_t batch;
  int64_t channels;
  Extent input;
  Window window;

  PoolingGeometry geometry() const { return MakePoolingGeometry(channels, input, window, name); }
};

inline std::ostream& operator<<(std::ostream& out, const PoolingCase& c) { return out << c.name; }

inline std::string PoolingCaseName(const testing::TestParamInfo<PoolingCase>& info) {
  return info.param.name;
}

inline std::vector<PoolingCase> PoolingCases() {
  constexpr Rounding kFloor = Rounding::kFloor;
  constexpr Rounding kCeil = Rounding::kCeil;
  return {
      {"OneElement", 1, 1, {1, 1}, {.size = 1}},
      {"ChapterExample", 1, 1, {4, 4}, {.size = 2, .stride = 2}},
      {"SimpleConvNet", 5, 3, {24, 24}, {.size = 2, .stride = 2}},
      // 2 x 2 in steps of 2 with outputs around each vector width.
      {"Halved1", 2, 3, {2, 2}, {.size = 2, .stride = 2}},
      {"Halved3", 1, 2, {4, 6}, {.size = 2, .stride = 2}},
      {"Halved5", 2, 1, {6, 10}, {.size = 2, .stride = 2}},
      {"Halved7", 2, 3, {2, 14}, {.size = 2, .stride = 2}},
      {"Halved9", 1, 2, {10, 18}, {.size = 2, .stride = 2}},
      {"Halved13", 1, 1, {4, 26}, {.size = 2, .stride = 2}},
      {"Halved15", 2, 1, {6, 30}, {.size = 2, .stride = 2}},
      {"Halved17", 1, 2, {4, 34}, {.size = 2, .stride = 2}},
      {"Halved33", 1, 1, {2, 66}, {.size = 2, .stride = 2}},
      // Nearly that, but not quite.
      {"HalvedOddWidth", 2, 2, {6, 11}, {.size = 2, .stride = 2, .rounding = kFloor}},
      {"HalvedOddHeight", 2, 2, {7, 10}, {.size = 2, .stride = 2, .rounding = kFloor}},
      {"HalvedRoundedUp", 2, 2, {7, 11}, {.size = 2, .stride = 2, .rounding = kCeil}},
      {"HalvedDilated", 1, 2, {9, 11}, {.size = 2, .stride = 2, .dilation = {2, 4}}},
      {"HalvedDilatedRoundedUp",
       1,
       2,
       {6, 8},
       {.size = 2, .stride = 2, .dilation = 2, .rounding = kCeil}},
      {"HalvedPadded", 1, 2, {6, 8}, {.size = 2, .stride = 2, .padding = 1}},
      {"HalvedPaddedHeight", 1, 2, {6, 8}, {.size = 2, .stride = 2, .padding = {1, 0}}},
      {"HalvedWidth", 2, 2, {6, 8}, {.size = 2, .stride = {1, 2}}},
      {"Overlapping", 2, 3, {7, 9}, {.size = 3, .stride = 2}},
      {"UnequalWindow", 2, 2, {6, 8}, {.size = {3, 2}, .stride = {3, 2}}},
      {"UnequalStride", 1, 2, {9, 12}, {.size = {3, 2}, .stride = {2, 5}}},
      {"StrideBeyondWindow", 2, 1, {11, 7}, {.size = {1, 1}, .stride = {5, 3}}},
      {"UnequalPadding", 2, 3, {5, 6}, {.size = {3, 4}, .padding = {1, 3}}},
      {"UnequalDilation", 2, 2, {11, 8}, {.size = {3, 2}, .dilation = {2, 3}}},
      {"EverythingUnequal",
       2,
       3,
       {10, 13},
       {.size = {3, 2},
        .stride = {2, 3},
        .padding = {1, 2},
        .dilation = {2, 4},
        .rounding = kFloor}},
      {"RoundedUpWithPadding",
       1,
       2,
       {6, 9},
       {.size = {3, 4}, .stride = {4, 3}, .padding = {1, 2}, .rounding = kCeil}},
      {"AlexNet", 1, 2, {13, 13}, {.size = 3, .stride = 2}},
      {"Global", 5, 7, {5, 3}, {.size = {5, 3}}},
      {"Row", 2, 1, {1, 17}, {.size = {1, 3}}},
      {"Column", 2, 1, {17, 1}, {.size = {3, 1}}},
  };
}

// Each of them with both ways of counting the padding: what a test suite of average pooling takes.
using AveragePoolingCase = std::tuple<PoolingCase, PaddingCount>;

inline auto AveragePoolingCases() {
  return testing::Combine(testing::ValuesIn(PoolingCases()),
                          testing::Values(PaddingCount::kExclude, PaddingCount::kInclude));
}

inline std::string AveragePoolingCaseName(const testing::TestParamInfo<AveragePoolingCase>& info) {
  const auto& [pooling, padding_count] = info.param;
  return std::string(pooling.name) +
         (padding_count == PaddingCount::kExclude ? "Exclude" : "Include");
}

}  // namespace ocellus
