// Addition, element by element.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// sum += term. Both have the same shape. Needs no scratch memory.
void AccumulateAdd(TensorView<const float> term, TensorView<float> sum,
                   const KernelContext& context);

}  // namespace ocellus
