// What IMAGE on the command line stands for: a picture file, or a sample such as mnist:test:42.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "ocellus/formats/image.h"
#include "ocellus/network/model.h"

namespace ocellus {

struct ImageArgument {
  std::string image;
  bool invert = false;  // exchange dark and light in a file, for dark digits on white paper
  int64_t max_pixels = ReadImageOptions().max_pixels;
};

// Overwrites `input`, {1, C, H, W}, with raw pixels, 0 to 255, brought to the shape as the model
// says. Throws Error if the image cannot be read.
void ReadImageArgument(const ImageArgument& argument, const Model& model, TensorView<float> input);

// The same, and returns what a person wants to see: the part of a picture file that the network
// sees, with all its pixels and colours; of a sample the raw pixels themselves.
Image ReadImageToShow(const ImageArgument& argument, const Model& model, TensorView<float> input);

// Adds IMAGE and its options to a command that takes one.
void AddImageOptions(CLI::App& command, ImageArgument& argument);

// Throws Error, beginning with `file`, unless the model takes one grey or colour image and gives
// one row of class scores.
void RequireImageClassifier(const Model& model, const std::string& file);

}  // namespace ocellus
