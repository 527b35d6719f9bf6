// The constants of one step of Adam.
#pragma once

#include <cstdint>

#include "ocellus/tensor/update_steps.h"

namespace ocellus {

// The defaults are the chapter's. double, because the corrected rate takes differences like
// 1 - beta2^step that a float would spoil: 1 - 0.999f is off in the fifth digit.
struct AdamStep {
  double learning_rate = 0.001;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-7;  // added to sqrt(variance), outside the corrected rate
  int64_t step = 1;       // counts from 1
  GradientTerms terms;

  // AdamW: the part that parameters lose in each step, besides what the gradient says.
  double shrinkage = 0;
};

// The learning rate with both moments' bias towards zero corrected:
// learning_rate * sqrt(1 - beta2^step) / (1 - beta1^step). Kingma and Ba (2015), end of section 2.
double CorrectedLearningRate(const AdamStep& step);

}  // namespace ocellus
