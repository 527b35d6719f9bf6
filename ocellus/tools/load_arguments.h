// What NET, MODEL and DATA on the command line stand for.
#pragma once

#include <memory>
#include <string>

#include "ocellus/base/parallel.h"
#include "ocellus/data/dataset.h"
#include "ocellus/network/model.h"

namespace ocellus {

// Whether the argument names a file of parameters or a model, rather than a network.
bool IsParameterFile(const std::string& argument);

// Throws Error if NET or MODEL is a folder: whoever has trained into one may name it in place of
// the model in it. A built-in network is no folder.
void RefuseFolder(const std::string& argument);

// MODEL: a model file; or a file of parameters alone (.pkl, .npz, .safetensors), whose network is
// `net` and whose input is what that network takes. Throws Error if the file does not describe its
// network and `net` is empty, or its parameters do not fit.
Model LoadModelArgument(const std::string& file, const std::string& net);

// NET or MODEL. A network that is named, not loaded, has initial values for the given seed.
Model LoadNetOrModel(const std::string& argument, uint64_t seed);

// "train" or "test" of a data set. Throws Error, with a suggestion, for any other word.
const Dataset& SplitOf(const DataSplits& data, const std::string& split);

// A pool with so many threads; 0: one for each processor.
std::unique_ptr<ThreadPool> MakePool(int threads);

}  // namespace ocellus
