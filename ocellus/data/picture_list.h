// The pictures of a folder with one sub-folder per class: their names, not their pixels.
//
//   pets/cat/anna.jpg
//   pets/cat/tom.png
//   pets/dog/rex.jpg
//
//   const PictureList pictures = ListPictures("pets");
//   pictures.class_names();         // "cat", "dog"
//   pictures.path(2);               // "pets/dog/rex.jpg"
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ocellus {

// Names lie one after the other in one text: ten million take little more than their letters.
class PictureList {
 public:
  PictureList() = default;
  PictureList(std::filesystem::path folder, std::vector<std::string> class_names)
      : folder_(std::move(folder)), class_names_(std::move(class_names)) {}

  // Appends the file `name` in the sub-folder of a class.
  void Add(int32_t label, std::string_view name);

  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<std::string>& class_names() const { return class_names_; }
  int32_t label(int64_t picture) const { return labels_[static_cast<size_t>(picture)]; }
  std::string_view name(int64_t picture) const;
  std::filesystem::path path(int64_t picture) const;

  // How many pictures each class has.
  std::vector<int64_t> CountByClass() const;

  // The chosen pictures, in the given order.
  PictureList Select(std::span<const int64_t> pictures) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> class_names_;
  std::string names_;
  std::vector<int64_t> name_ends_;
  std::vector<int32_t> labels_;
};

// Lists the pictures of `folder`: classes and files in the order of their bytes. Hidden files and
// folders (whose names begin with a dot) and files beside the classes are left out. Throws Error if
// the folder cannot be read, has fewer than two classes, or a class has no picture or a folder
// inside; files are not opened.
PictureList ListPictures(const std::filesystem::path& folder);

// The pictures of `folder` for the given classes, those of another folder; a class may be missing.
// Throws Error as above and if there is a class that is not one of these.
PictureList ListPictures(const std::filesystem::path& folder,
                         const std::vector<std::string>& class_names);

struct PictureSplit {
  PictureList train;
  PictureList test;
};

// Sets aside a fraction of each class, rounded, but at least one picture and not all, chosen at
// random for the seed. Throws Error if a class has only one picture or the fraction is not between
// 0 and 1.
PictureSplit SplitPictures(const PictureList& pictures, double test_fraction, uint64_t seed);

}  // namespace ocellus
