// Reading a whole file, with a message for everything that can be wrong with it.
#include "ocellus/formats/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// A file descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void FailToRead(const std::filesystem::path& path, const std::error_code& error) {
  Fail("{}: cannot be read: {}", path.string(), error.message());
}

std::error_code LastError() { return {errno, std::generic_category()}; }

}  // namespace

AlignedBuffer<uint8_t> ReadFile(const std::filesystem::path& path, int64_t max_bytes) {
  // Asked before the file is opened, because opening a pipe would wait for its writer.
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) FailToRead(path, error);
  if (std::filesystem::is_directory(status))
    Fail("{}: expected a file, found a folder", path.string());
  if (!std::filesystem::is_regular_file(status)) {
    Fail("{}: expected a file, found a device, pipe or socket", path.string());
  }

  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) FailToRead(path, LastError());
  const auto size = static_cast<int64_t>(lseek(file.number(), 0, SEEK_END));
  if (size < 0 || lseek(file.number(), 0, SEEK_SET) < 0) FailToRead(path, LastError());
  if (size == 0) Fail("{}: the file is empty", path.string());
  if (size > max_bytes) {
    Fail("{}: expected at most {} bytes, found {}", path.string(), max_bytes, size);
  }

  AlignedBuffer<uint8_t> bytes(size);
  for (int64_t done = 0; done < size;) {
    const ssize_t count =
        read(file.number(), bytes.data() + done, static_cast<size_t>(size - done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailToRead(path, LastError());
    if (count == 0) Fail("{}: the file became shorter while it was read", path.string());
    done += count;
  }
  return bytes;
}

}  // namespace ocellus
