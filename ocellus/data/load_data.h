// Data sets by name or folder, as the command line takes them.
//
//   const DataSplits data = LoadData("mnist");
//   const DataSplits pets = LoadData("pets", {.fit = {.shape = {3, 32, 32}}});
//
// DATA is one of
//   mnist, fashion-mnist   by name
//   a folder of IDX files  idx_folder.h
//   a folder of CIFAR-10   cifar10.h
//   a folder of pictures   picture_folder.h: one sub-folder per class
#pragma once

#include <functional>
#include <string>

#include "ocellus/data/dataset.h"
#include "ocellus/data/picture_folder.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// Loads a data set with images as they are. Names are looked up in
//   1. the folder that the environment variable OCELLUS_DATA_DIR names, if it is set,
//   2. data/ in the source tree that the library was built from,
//   3. data/ in the current folder,
//   4. where the system's package puts it.
// A folder is taken for one if it exists or its name contains a slash; the files in it tell what it
// is. Throws Error with "did you mean" for an unknown name, with the places if nothing was found
// there, for a folder of pictures, which have no common size, and as the loaders of each kind do.
DataSplits LoadData(const std::string& name_or_folder);

// Whether it is the name of a data set rather than a folder.
bool IsDataName(const std::string& name_or_folder);

// Told that images, which all have the size `from`, are resized to the network's.
using OnResize = std::function<void(Extent from, Extent to)>;

// Loads a data set for a network: images are resized and made grey or colour as options.fit says.
DataSplits LoadData(const std::string& name_or_folder, const PictureFolderOptions& options,
                    const OnResize& on_resize = {});

}  // namespace ocellus
