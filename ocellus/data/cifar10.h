// CIFAR-10 in its binary form: https://www.cs.toronto.edu/~kriz/cifar.html (Krizhevsky 2009)
//
//   const DataSplits data = LoadCifar10("cifar-10-batches-bin");
//
// The folder has data_batch_1.bin to data_batch_5.bin to learn from, test_batch.bin to test with,
// and batches.meta.txt with the names of the ten classes, one a line. A .bin file is a row of
// records of 3073 bytes: a label and the pixels, 3 x 32 x 32.
#pragma once

#include <filesystem>

#include "ocellus/data/dataset.h"

namespace ocellus {

// Throws Error, naming the file, if one is missing, is not a whole number of records, or has a
// label without a name.
DataSplits LoadCifar10(const std::filesystem::path& folder);

}  // namespace ocellus
