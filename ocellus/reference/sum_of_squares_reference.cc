// The squared length of a vector, written out.
#include "ocellus/reference/sum_of_squares_reference.h"

namespace ocellus::reference {

double SumOfSquares(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

}  // namespace ocellus::reference
