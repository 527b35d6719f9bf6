// Where a network is wrong: the samples that it is most sure about and wrong.
//
//   const Mistakes mistakes = FindMistakes(model.network, *data.test, model.preprocessing, 40);
//   for (const Mistake& mistake : mistakes.worst) {
//     fmt::print("{}: is {}, taken for {} with {:.1f}%\n", mistake.sample, mistake.label,
//                mistake.predicted, 100 * mistake.probability);
//   }
#pragma once

#include <cstdint>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

struct Mistake {
  int64_t sample = 0;
  int64_t label = 0;             // what it is
  int64_t predicted = 0;         // what it was taken for
  double probability = 0;        // that the network gave to this
  double label_probability = 0;  // and to what is right
};

struct Mistakes {
  int64_t samples = 0;
  int64_t wrong = 0;  // with those whose scores are NaN, which have no predicted class
  int64_t classes = 0;
  std::vector<int64_t> confusion;  // [label * classes + predicted]: how often
  std::vector<Mistake> worst;      // the highest probability first; of equal ones the first sample
};

// Runs the whole data set and keeps the `count` worst mistakes; memory does not grow with the data.
// Throws Error if the data set does not fit the network (CheckFits), count is below 1 or an option
// is out of range.
Mistakes FindMistakes(const Network& network, const Dataset& dataset,
                      const Preprocessing& preprocessing, int64_t count,
                      const RunOptions& options = {});

}  // namespace ocellus
