// One training at a time in a folder.
//
//   const FolderLock lock("out");
#pragma once

#include <filesystem>

namespace ocellus {

// While it lives, no other process has one for the same folder. It ends with the process, however
// that ends. On a file system that knows no locks, it does nothing.
class FolderLock {
 public:
  // Throws Error if another process has one.
  explicit FolderLock(const std::filesystem::path& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) = delete;
  ~FolderLock();

 private:
  int descriptor_ = -1;  // of the folder
};

}  // namespace ocellus
