// Special values of double, for tests.
// double.
#pragma once

#include <limits>

namespace ocellus {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();
inline constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

}  // namespace ocellus
