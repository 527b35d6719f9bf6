// A folder with one sub-folder of PNG and JPEG pictures per class, in one of two layouts:
//
//   pets/cat/*.jpg, pets/dog/*.jpg                      split at random for a seed
//   pets/train/cat/*.jpg, ..., pets/test/cat/*.jpg, ... split as it is (val/ for test/ will do)
//
//   const DataSplits pets = LoadPictureFolder("pets", {.fit = {.shape = {3, 32, 32}}});
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "ocellus/base/parallel.h"
#include "ocellus/data/dataset.h"
#include "ocellus/formats/fit_image.h"
#include "ocellus/formats/image.h"

namespace ocellus {

// Whether the pictures of the training split keep what a centre crop would cut off.
enum class TrainMargin { kCut, kKeep };

struct PictureFolderOptions {
  // What network the pictures are for.
  ImageFit fit = {};
  // kKeep: training pictures have the shape fit.UncroppedShape(), for crops at random.
  TrainMargin train_margin = TrainMargin::kCut;

  // Of each class, unless the folder is split already.
  double test_fraction = 0.2;
  uint64_t split_seed = 1;

  // The size of a picture above which it is refused, and what is behind transparent ones.
  ReadImageOptions read = {};

  // Whether every picture is decoded once before the first is used, so that a bad one is found
  // before hours of training. The data sets then know their sha256().
  enum class Check { kNow, kWhenRead };
  Check check = Check::kNow;

  // What happens to a picture that cannot be read. None: it is an Error, and one that names them
  // all. Otherwise it is left out, and this is told why, beginning with its path (implies kNow).
  std::function<void(const std::string& message)> on_bad_picture = {};

  // Called now and then while pictures are checked.
  std::function<void(int64_t done, int64_t total)> on_progress = {};

  ThreadPool* pool = nullptr;  // for checking; nullptr: one pool for the whole process
};

// Loads the names of all pictures; pixels are read when they are asked for. The same folder and
// options give the same splits. Throws Error as ListPictures and SplitPictures do, if a picture
// cannot be read (see above), if no picture of a class can, or if the fit is not valid.
DataSplits LoadPictureFolder(const std::filesystem::path& folder,
                             const PictureFolderOptions& options);

}  // namespace ocellus
