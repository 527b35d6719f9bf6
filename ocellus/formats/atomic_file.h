// Files that appear complete or not at all.
//
//   AtomicFile file("model.safetensors");
//   file.Write(header);
//   file.Write(values);
//   file.Commit();
//
// Bytes go to a temporary file in the same folder. Commit brings them to the disk and gives the
// file its name. Until then, and after any failure, an older file of that name is what it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace ocellus {

class AtomicFile {
 public:
  // Makes the temporary file, with the permissions of the file that it will replace, if there is
  // one. If `path` is a symbolic link to a file, that file will be replaced. Throws Error if the
  // folder is missing or cannot be written, or if there is something at `path` that is not a file.
  explicit AtomicFile(const std::filesystem::path& path);

  // Removes the temporary file unless Commit has succeeded.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Appends bytes. Throws Error if they cannot be written, on a full disk for example; then the
  // temporary file is already gone.
  void Write(std::span<const uint8_t> bytes);
  void Write(std::string_view text);

  // Waits until everything is on the disk and moves the file to its place. To be called once; Write
  // is not allowed afterwards. Throws Error as Write does.
  void Commit();

 private:
  void Close();
  [[noreturn]] void FailAndClean(const char* what, int error_number);

  std::filesystem::path path_;       // as the caller wrote it, for messages
  std::filesystem::path target_;     // what is replaced
  std::filesystem::path temporary_;  // empty: nothing to remove
  int descriptor_ = -1;
};

}  // namespace ocellus
