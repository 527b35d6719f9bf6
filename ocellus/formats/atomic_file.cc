// Write to a temporary file, flush it to the disk, rename it.
#include "ocellus/formats/atomic_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

std::string Reason(int error_number) { return std::generic_category().message(error_number); }

fs::path Folder(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(path), target_(path) {
  std::error_code error;
  if (fs::is_symlink(path, error) && fs::exists(path, error)) target_ = fs::canonical(path);
  const fs::file_status old = fs::status(target_, error);
  if (fs::is_directory(old)) Fail("{}: cannot be written: it is a folder", path_.string());
  if (fs::exists(old) && !fs::is_regular_file(old)) {
    Fail("{}: cannot be written: it is a device, pipe or socket", path_.string());
  }
  // A rename would not mind. The user who counts is the effective one, as for open.
  if (fs::exists(old) && faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) {
    Fail("{}: cannot be written: {}", path_.string(), Reason(errno));
  }
  if (!fs::exists(Folder(target_), error)) {
    Fail("{}: cannot be written: the folder {} does not exist", path_.string(),
         Folder(target_).string());
  }

  static std::atomic<int> counter = 0;  // threads may write the same file; the last one wins
  do {
    temporary_ = fmt::format("{}.tmp-{}-{}", target_.string(), getpid(), counter++);
    descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (descriptor_ < 0 && errno == EEXIST);  // left behind by a process that was killed
  if (descriptor_ < 0) {
    Fail("{}: cannot be written: {}", path_.string(), Reason(errno));
  }
  if (fs::exists(old) && fchmod(descriptor_, static_cast<mode_t>(old.permissions())) != 0) {
    FailAndClean("cannot be written", errno);
  }
}

AtomicFile::~AtomicFile() { Close(); }

void AtomicFile::Write(std::span<const uint8_t> bytes) {
  OCELLUS_CHECK(descriptor_ >= 0, "{} is closed", path_.string());
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailAndClean("cannot be written", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void AtomicFile::Write(std::string_view text) {
  Write({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void AtomicFile::Commit() {
  OCELLUS_CHECK(descriptor_ >= 0, "{} is closed", path_.string());
  // A disk may say only now that it is full.
  if (fsync(descriptor_) != 0) FailAndClean("cannot be written", errno);
  if (close(std::exchange(descriptor_, -1)) != 0) FailAndClean("cannot be written", errno);
  if (rename(temporary_.c_str(), target_.c_str()) != 0) FailAndClean("cannot be replaced", errno);
  temporary_.clear();

  // Makes the new name survive a power failure. The file is in its place, so that a file system
  // that cannot do this for a folder is no reason to report a failure.
  const int folder = open(Folder(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
}

void AtomicFile::Close() {
  if (descriptor_ >= 0) close(std::exchange(descriptor_, -1));
  if (!temporary_.empty()) unlink(temporary_.c_str());
  temporary_.clear();
}

void AtomicFile::FailAndClean(const char* what, int error_number) {
  Close();
  Fail("{}: {}: {}", path_.string(), what, Reason(error_number));
}

}  // namespace ocellus
