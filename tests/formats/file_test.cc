// Reading a whole file.
#include "ocellus/formats/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/without_root.h"

namespace ocellus {
namespace {

TEST(ReadFile, ReturnsEveryByte) {
  const TemporaryFolder folder;
  const std::string bytes("a\0\xff\r\n", 5);
  const AlignedBuffer<uint8_t> found = ReadFile(WriteBytes(folder / "file", bytes));
  EXPECT_EQ(std::string(found.span().begin(), found.span().end()), bytes);
}

TEST(ReadFile, SaysWhatIsWrongWithTheFile) {
  const TemporaryFolder folder;
  const auto error_of = [&](const char* name) {
    return ErrorText([&] { ReadFile(folder / name); });
  };
  const std::string path = (folder / "").string();
  EXPECT_EQ(error_of("missing"), path + "missing: cannot be read: No such file or directory");
  WriteBytes(folder / "file", "x");
  EXPECT_EQ(error_of("file/x"), path + "file/x: cannot be read: Not a directory");
  std::filesystem::create_directory(folder / "folder");
  EXPECT_EQ(error_of("folder"), path + "folder: expected a file, found a folder");
  WriteBytes(folder / "empty", "");
  EXPECT_EQ(error_of("empty"), path + "empty: the file is empty");
}

TEST(ReadFile, DoesNotWaitForAPipe) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(ErrorText([&] { ReadFile(path); }),
            path.string() + ": expected a file, found a device, pipe or socket");
}

TEST(ReadFile, ReadsNoMoreThanAllowed) {
  const TemporaryFolder folder;
  const std::filesystem::path path = WriteBytes(folder / "file", "12345");
  EXPECT_EQ(ReadFile(path, 5).size(), 5);
  EXPECT_EQ(ErrorText([&] { ReadFile(path, 4); }),
            path.string() + ": expected at most 4 bytes, found 5");
}

TEST(ReadFile, NeedsPermission) {
  const TemporaryFolder folder;
  const WithoutRoot somebody(folder.path());
  const std::filesystem::path path = WriteBytes(folder / "file", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_EQ(ErrorText([&] { ReadFile(path); }),
            path.string() + ": cannot be read: Permission denied");
}

}  // namespace
}  // namespace ocellus
