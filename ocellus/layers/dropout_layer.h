// Dropout: while a network learns, each element is set to 0 with probability `ratio` (Srivastava,
// Hinton, Krizhevsky, Sutskever, Salakhutdinov 2014). For an input of any shape.
//
//   network.Add(Dropout{.ratio = 0.5});
//
//                         in training                          in prediction
//   scaling kTraining     output = kept * input / (1 - ratio)  output = input
//   scaling kPrediction   output = kept * input                output = input * (1 - ratio)
//
//   d_input = d_output times the same factor
//
// kTraining is the "inverted" form that most libraries have; kPrediction is the form of the paper,
// of AlexNet and of the chapter's book. The expected output is the same in training and prediction
// either way.
//
// `kept` is 0 or 1: a function of seed, step, layer and position (tensor/dropout_mask.h).
#pragma once

#include <memory>

#include "ocellus/layers/layer.h"
#include "ocellus/layers/option_reader.h"

namespace ocellus {

enum class DropoutScaling { kTraining, kPrediction };

struct Dropout {
  double ratio = 0.5;  // of elements that are dropped; 0 or more and less than 1
  DropoutScaling scaling = DropoutScaling::kTraining;
};

std::unique_ptr<Layer> MakeLayer(const Dropout& options);
Dropout DropoutFromJson(OptionReader& options);

}  // namespace ocellus
