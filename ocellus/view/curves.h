// A picture of how training went: loss and accuracy on training and test data.
//
//   TrainingCurves curves;
//   curves.loss.push_back({.x = 0.01, .y = 2.30});            // after step 1 of 100 an epoch
//   curves.test_accuracy.push_back({.x = 1, .y = 0.956});     // after epoch 1
//   WritePng(DrawCurves(curves, {.title = "simple-conv-net on mnist"}), "curves.png");
//
// All functions may be called concurrently.
#pragma once

#include <string>
#include <vector>

#include "ocellus/formats/image.h"
#include "ocellus/view/plot.h"

namespace ocellus {

// Each curve is in order of x: epochs or steps done. A y that is not finite is a gap. A curve may
// be empty.
struct TrainingCurves {
  std::vector<CurvePoint> loss;            // of each step or epoch, on training data
  std::vector<CurvePoint> test_loss;       // of each epoch
  std::vector<CurvePoint> train_accuracy;  // 0 to 1
  std::vector<CurvePoint> test_accuracy;   // 0 to 1
};

enum class LossAxis {
  kLinear,
  // Shows what happens after the first steep fall. Losses of zero or below are gaps.
  kLogarithmic,
};

struct CurvesOptions {
  std::string title = {};
  std::string x_label = "epoch";
  LossAxis loss_axis = LossAxis::kLogarithmic;
};

// Returns a colour picture with a panel for the losses (every training value faintly, and over it
// the mean of its neighbourhood) and one for the accuracies, with the last values written out. A
// panel without any point is left out. Throws Error if no curve has a finite point, or an x is not
// finite or below the one before it.
Image DrawCurves(const TrainingCurves& curves, const CurvesOptions& options = {});

}  // namespace ocellus
