// Where named data sets are looked for, and what a folder holds.
#include "ocellus/data/load_data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/data/cifar10.h"
#include "ocellus/data/fitted_dataset.h"
#include "ocellus/data/idx_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

struct NamedData {
  std::string name;
  std::vector<std::string> class_names;
  std::string system_folder;  // "": no package has it
  std::string hint;
};

const std::vector<NamedData>& KnownData() {
  static const std::vector<NamedData> known = {
      {"mnist", DigitNames(), "", ""},
      {"fashion-mnist",
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot"},
       "/usr/share/datasets/fashion-mnist",
       "on Debian and Ubuntu `apt install dataset-fashion-mnist` brings it; "}};
  return known;
}

std::vector<fs::path> Places(const NamedData& data) {
  std::vector<fs::path> places;
  const char* const folder = std::getenv("OCELLUS_DATA_DIR");
  if (folder != nullptr && *folder != '\0') places.push_back(fs::path(folder) / data.name);
  places.push_back(fs::path(OCELLUS_DATA_FOLDER) / data.name);
  places.push_back(fs::path("data") / data.name);
  if (!data.system_folder.empty()) places.emplace_back(data.system_folder);
  return places;
}

DataSplits LoadNamed(const NamedData& data) {
  std::vector<std::string> tried;
  std::error_code error;
  for (const fs::path& place : Places(data)) {
    if (fs::is_directory(place, error)) return LoadIdxFolder(place, data.class_names);
    tried.push_back(place.string());
  }
  Fail("{}: not found in {}; {}OCELLUS_DATA_DIR can name the folder that holds it", data.name,
       fmt::join(tried, ", "), data.hint);
}

enum class FolderKind { kIdx, kCifar10, kPictures };

FolderKind KindOf(const fs::path& folder) {
  bool has_idx = false, has_cifar10 = false, has_folder = false;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code unknown;
    has_idx |= name.find("-idx") != std::string::npos && name.find("-ubyte") != std::string::npos;
    has_cifar10 |= name.starts_with("data_batch_") && name.ends_with(".bin");
    has_folder |= !name.starts_with('.') && entry->is_directory(unknown);
  }
  if (error) Fail("{}: this folder cannot be read: {}", folder.string(), error.message());
  if (has_idx) return FolderKind::kIdx;
  if (has_cifar10) return FolderKind::kCifar10;
  if (has_folder) return FolderKind::kPictures;
  Fail(
      "{}: expected IDX files (train-images-idx3-ubyte and so on), CIFAR-10 (data_batch_1.bin and "
      "so on) or a sub-folder of pictures for each class, found none of them",
      folder.string());
}

// Brings images that are all of one shape to what the options want.
DataSplits Fit(DataSplits data, const PictureFolderOptions* options, const OnResize& on_resize) {
  if (options == nullptr) return data;
  ImageFit train_fit = options->fit;
  if (options->train_margin == TrainMargin::kKeep) train_fit.shape = train_fit.UncroppedShape();
  const Shape stored = data.train->image_shape();
  DataSplits fitted{FitDataset(std::move(data.train), train_fit),
                    FitDataset(std::move(data.test), options->fit)};
  const Extent from{stored[1], stored[2]};
  const Extent to{options->fit.shape[1], options->fit.shape[2]};
  if (on_resize && from != to) on_resize(from, to);
  return fitted;
}

DataSplits Load(const std::string& name_or_folder, const PictureFolderOptions* options,
                const OnResize& on_resize) {
  const std::vector<NamedData>& known = KnownData();
  const auto named = std::ranges::find(known, name_or_folder, &NamedData::name);
  if (named != known.end()) return Fit(LoadNamed(*named), options, on_resize);
  std::error_code error;
  if (fs::is_directory(name_or_folder, error)) {
    switch (KindOf(name_or_folder)) {
      case FolderKind::kIdx:
        return Fit(LoadIdxFolder(name_or_folder), options, on_resize);
      case FolderKind::kCifar10:
        return Fit(LoadCifar10(name_or_folder), options, on_resize);
      case FolderKind::kPictures:
        break;
    }
    if (options != nullptr) return LoadPictureFolder(name_or_folder, *options);
    Fail("{}: pictures of any size can only be read for a network that says which it takes",
         name_or_folder);
  }
  if (name_or_folder.find('/') != std::string::npos) {
    Fail("{}: there is no such folder", name_or_folder);
  }
  std::vector<std::string> names;
  names.reserve(known.size());
  for (const NamedData& data : known) names.emplace_back(data.name);
  Fail("unknown data set '{}'{} (a folder of IDX files, CIFAR-10 or pictures works too)",
       name_or_folder, DidYouMean(name_or_folder, names));
}

}  // namespace

bool IsDataName(const std::string& name_or_folder) {
  return std::ranges::find(KnownData(), name_or_folder, &NamedData::name) != KnownData().end();
}

DataSplits LoadData(const std::string& name_or_folder) { return Load(name_or_folder, nullptr, {}); }

DataSplits LoadData(const std::string& name_or_folder, const PictureFolderOptions& options,
                    const OnResize& on_resize) {
  return Load(name_or_folder, &options, on_resize);
}

}  // namespace ocellus
