// Addition, element by element.
#pragma once

#include "ocellus/tensor/tensor.h"

namespace ocellus::reference {

// sum += term. Both have the same shape; they may be the same memory.
void AccumulateAdd(TensorView<const double> term, TensorView<double> sum);

}  // namespace ocellus::reference
