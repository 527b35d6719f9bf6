// Where named data sets are looked for.
#include "ocellus/data/load_data.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/data/idx_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kNames = {"mnist"};

std::vector<fs::path> Places(const std::string& name) {
  std::vector<fs::path> places;
  const char* const folder = std::getenv("OCELLUS_DATA_DIR");
  if (folder != nullptr && *folder != '\0') places.push_back(fs::path(folder) / name);
  places.push_back(fs::path(OCELLUS_DATA_FOLDER) / name);
  places.push_back(fs::path("data") / name);
  return places;
}

}  // namespace

DataSplits LoadData(const std::string& name_or_folder) {
  std::error_code error;
  const bool is_known = std::ranges::find(kNames, name_or_folder) != kNames.end();
  const bool has_slash = name_or_folder.find('/') != std::string::npos;
  if (!is_known && (has_slash || fs::is_directory(name_or_folder, error))) {
    if (!fs::is_directory(name_or_folder, error)) {
      Fail("{}: there is no such folder", name_or_folder);
    }
    return LoadIdxFolder(name_or_folder);
  }
  if (!is_known) {
    Fail("unknown data set '{}'{} (a folder of IDX files works too)", name_or_folder,
         DidYouMean(name_or_folder, kNames));
  }
  std::vector<std::string> tried;
  for (const fs::path& place : Places(name_or_folder)) {
    if (fs::is_directory(place, error)) return LoadIdxFolder(place);
    tried.push_back(place.string());
  }
  Fail("{}: not found in {}; OCELLUS_DATA_DIR can name the folder it is in", name_or_folder,
       fmt::join(tried, ", "));
}

}  // namespace ocellus
