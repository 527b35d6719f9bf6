// A folder with the four IDX files of MNIST or one of its relatives.
//
//   const DataSplits data = LoadIdxFolder("data/mnist");
//   data.train->size();                     // 60000
//
// The files are train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
// t10k-labels-idx1-ubyte, each with or without .gz.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ocellus/data/dataset.h"

namespace ocellus {

// "0" to "9".
std::vector<std::string> DigitNames();

// Loads the images, with one channel, and labels of both splits. Throws Error, naming the file, if
// one is missing or damaged, images and labels differ in number, a label has no class
// name, or the images of the two splits differ in shape.
DataSplits LoadIdxFolder(const std::filesystem::path& folder,
                         const std::vector<std::string>& class_names = DigitNames());

}  // namespace ocellus
