// How the loss went.
#include "ocellus/training/training_state.h"

namespace ocellus {

bool LossHistory::Add(double loss, int64_t patience) {
  if (!best || loss < *best) {
    best = loss;
    epochs_since_best = 0;
    epochs_on_plateau = 0;
    return true;
  }
  ++epochs_since_best;
  if (++epochs_on_plateau == patience) {
    ++plateaus;
    epochs_on_plateau = 0;
  }
  return false;
}

}  // namespace ocellus
