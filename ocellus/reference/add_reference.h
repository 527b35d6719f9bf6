// Addition, element by element.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// Overwrites sum, which may be the same memory as a or b, with a + b. All have the same shape.
void AddForward(TensorView<const double> a, TensorView<const double> b, TensorView<double> sum);

// sum += term. Both have the same shape; they may be the same memory.
void AccumulateAdd(TensorView<const double> term, TensorView<double> sum);

}  // namespace ocellus::reference
