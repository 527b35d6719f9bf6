// Addition, element by element.
#pragma once

#include "ocellus/kernels/kernel_context.h"
#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Overwrites sum, which may be the same memory as a or b, with a + b. All have the same shape.
// Neither function needs scratch memory.
void AddForward(TensorView<const float> a, TensorView<const float> b, TensorView<float> sum,
                const KernelContext& context);

// sum += term. Both have the same shape.
void AccumulateAdd(TensorView<const float> term, TensorView<float> sum,
                   const KernelContext& context);

}  // namespace ocellus
