// Model files: safetensors with a description of the whole model in its metadata, so that a file
// needs no flag to be used.
//
//   SaveModel(model, "model.safetensors");
//   Model again = LoadModel("model.safetensors");
//
// The tensors are the parameters under their names, "conv1.weights". The metadata has one entry
// "ocellus", a JSON text:
//
//   {"version": 1, "network": {...}, "preprocessing": {...}, "classes": [...], "training": {...}}
//
// where "network" is what network_json.h describes.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ocellus/formats/safetensors.h"
#include "ocellus/network/model.h"

namespace ocellus {

// Writes the file completely or not at all: on any failure an older file stays as it was. Throws
// Error if it cannot be written or a parameter has no value or one that is not finite.
void SaveModel(const Model& model, const std::filesystem::path& path);

// Reads a model file. Throws Error if the file is damaged, was not written by SaveModel, or its
// parameters are not exactly those of its network.
Model LoadModel(const std::filesystem::path& path);

// The parts of a model file, for files that hold a model among other things: all but the parameters
// as a JSON text, and views of the parameters, valid as long as the network. Throws Error, with
// `where` in front, if a parameter has no value or one that is not finite. In a safetensors file
// the text stands among the metadata under kModelKey.
inline const std::string kModelKey = "ocellus";
std::string DescribeModel(const Model& model);
std::vector<NamedView> ParameterViews(const Network& network, const std::string& where);

// The model from its parts. Throws Error, with `where` in front, as LoadModel does.
Model ModelFromParts(std::string_view description, std::span<const NamedArray> parameters,
                     const std::string& where);

// Sets the parameters of a network from a file without architecture, by its name a .pkl of the
// book, a .npz or a .safetensors. Parameters may be named as in the network ("conv1.weights") or as
// in the book (W1, b1, W2, ...: see book_names.h). Throws Error, naming the file and the parameter,
// if one is missing, superfluous or has another shape, or the file cannot be read; the network is
// then unchanged.
void LoadParameters(const std::filesystem::path& path, Network& network);

// The same in double precision, for files whose numbers have it.
void LoadParameters(const std::filesystem::path& path, BasicNetwork<double>& network);

// Writes the parameters alone: .pkl and .npz under the book's names, .safetensors under the
// network's. Throws Error if the name ends otherwise, the file cannot be written, or parameters
// have no values.
void SaveParameters(const Network& network, const std::filesystem::path& path);

}  // namespace ocellus
