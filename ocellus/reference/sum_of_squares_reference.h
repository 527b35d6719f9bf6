// The squared length of a vector.
#pragma once

#include <span>

namespace ocellus::reference {

double SumOfSquares(std::span<const double> values);

}  // namespace ocellus::reference
