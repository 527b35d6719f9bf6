// Addition.
#include "ocellus/reference/add_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void AccumulateAdd(TensorView<const double> term, TensorView<double> sum) {
  CheckShape("term", term.shape(), sum.shape());
  for (int64_t i = 0; i < sum.elements(); ++i) sum[i] += term[i];
}

}  // namespace ocellus::reference
