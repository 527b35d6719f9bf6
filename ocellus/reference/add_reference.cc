// Addition.
#include "ocellus/reference/add_reference.h"

#include "ocellus/tensor/check_shape.h"

namespace ocellus::reference {

void AddForward(TensorView<const double> a, TensorView<const double> b, TensorView<double> sum) {
  CheckShape("a", a.shape(), sum.shape());
  CheckShape("b", b.shape(), sum.shape());
  for (int64_t i = 0; i < sum.elements(); ++i) sum[i] = a[i] + b[i];
}

void AccumulateAdd(TensorView<const double> term, TensorView<double> sum) {
  AddForward(sum, term, sum);
}

}  // namespace ocellus::reference
