// Data sets by name, as the command line takes them.
//
//   const DataSplits data = LoadData("mnist");
//   const DataSplits mine = LoadData("folder/with/idx-files");
#pragma once

#include <string>

#include "ocellus/data/dataset.h"

namespace ocellus {

// Loads a data set by its name, "mnist", or from a folder of IDX files. Names are looked up in
//   1. the folder that the environment variable OCELLUS_DATA_DIR names, if it is set,
//   2. data/ in the source tree that the library was built from,
//   3. data/ in the current folder.
// A folder is taken for one if it exists or its name contains a slash. Throws Error with
// "did you mean" for an unknown name, with the places if nothing was found there, and as
// LoadIdxFolder does.
DataSplits LoadData(const std::string& name_or_folder);

}  // namespace ocellus
