// Folders of pictures.
#include "ocellus/data/picture_list.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/random.h"
#include "ocellus/formats/utf8.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

struct Entry {
  std::string name;
  bool is_folder = false;
};

// What is in a folder, hidden things left out, in the order of their bytes.
std::vector<Entry> Entries(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (name.starts_with('.')) continue;
    std::error_code unknown;  // of a broken link, which is no folder
    entries.push_back({name, entry->is_directory(unknown)});
  }
  if (error) Fail("{}: this folder cannot be read: {}", folder.string(), error.message());
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

std::vector<std::string> ClassNames(const fs::path& folder) {
  std::vector<std::string> names;
  for (const Entry& entry : Entries(folder)) {
    if (!entry.is_folder) continue;
    if (!IsUtf8(entry.name)) {
      Fail("{}: expected class names in UTF-8, found '{}'", folder.string(), entry.name);
    }
    names.push_back(entry.name);
  }
  return names;
}

void AddClass(const fs::path& folder, int32_t label, PictureList& pictures) {
  const int64_t before = pictures.size();
  for (const Entry& entry : Entries(folder)) {
    if (entry.is_folder) {
      Fail("{}: expected pictures, found the folder '{}'; each class has one folder",
           folder.string(), entry.name);
    }
    pictures.Add(label, entry.name);
  }
  if (pictures.size() == before) {
    Fail("{}: expected pictures of this class, found none; remove the folder if there are none",
         folder.string());
  }
}

}  // namespace

void PictureList::Add(int32_t label, std::string_view name) {
  names_ += name;
  name_ends_.push_back(static_cast<int64_t>(names_.size()));
  labels_.push_back(label);
}

std::string_view PictureList::name(int64_t picture) const {
  const int64_t begin = picture == 0 ? 0 : name_ends_[static_cast<size_t>(picture - 1)];
  const int64_t end = name_ends_[static_cast<size_t>(picture)];
  return std::string_view(names_).substr(static_cast<size_t>(begin),
                                         static_cast<size_t>(end - begin));
}

fs::path PictureList::path(int64_t picture) const {
  return folder_ / class_names_[static_cast<size_t>(label(picture))] / name(picture);
}

std::vector<int64_t> PictureList::CountByClass() const {
  std::vector<int64_t> counts(class_names_.size());
  for (const int32_t label : labels_) ++counts[static_cast<size_t>(label)];
  return counts;
}

PictureList PictureList::Select(std::span<const int64_t> pictures) const {
  PictureList selected(folder_, class_names_);
  for (const int64_t picture : pictures) selected.Add(label(picture), name(picture));
  return selected;
}

PictureList ListPictures(const fs::path& folder) {
  const std::vector<std::string> class_names = ClassNames(folder);
  if (class_names.size() < 2) {
    Fail("{}: expected a sub-folder of pictures for each of at least 2 classes, found {}",
         folder.string(), class_names.empty() ? "none" : fmt::format("only '{}'", class_names[0]));
  }
  return ListPictures(folder, class_names);
}

PictureList ListPictures(const fs::path& folder, const std::vector<std::string>& class_names) {
  PictureList pictures(folder, class_names);
  for (const std::string& name : ClassNames(folder)) {
    const auto found = std::ranges::find(class_names, name);
    if (found == class_names.end()) {
      Fail("{}: '{}' is not one of the classes to learn{}", folder.string(), name,
           DidYouMean(name, class_names));
    }
    AddClass(folder / name, static_cast<int32_t>(found - class_names.begin()), pictures);
  }
  if (pictures.size() == 0) {
    Fail("{}: expected a sub-folder of pictures for each class, found none", folder.string());
  }
  return pictures;
}

PictureSplit SplitPictures(const PictureList& pictures, double test_fraction, uint64_t seed) {
  if (!(test_fraction > 0 && test_fraction < 1)) {
    Fail("test fraction: expected a number between 0 and 1, found {}", test_fraction);
  }
  std::vector<int64_t> train, test;
  const std::vector<int64_t> counts = pictures.CountByClass();
  int64_t first = 0;  // of the class: they lie one after the other
  for (size_t label = 0; label < counts.size(); first += counts[label], ++label) {
    const int64_t count = counts[label];
    if (count < 2) {
      Fail("{}: expected at least 2 pictures, one to learn from and one to test with, found {}",
           (pictures.folder() / pictures.class_names()[label]).string(), count);
    }
    const int64_t wanted = std::llround(static_cast<double>(count) * test_fraction);
    const auto test_count = static_cast<ptrdiff_t>(std::clamp<int64_t>(wanted, 1, count - 1));
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), first);
    Random(seed, label).Shuffle(std::span(order));
    std::sort(order.begin(), order.begin() + test_count);
    std::sort(order.begin() + test_count, order.end());
    test.insert(test.end(), order.begin(), order.begin() + test_count);
    train.insert(train.end(), order.begin() + test_count, order.end());
  }
  return {pictures.Select(train), pictures.Select(test)};
}

}  // namespace ocellus
