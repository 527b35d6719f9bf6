// Files that are replaced completely or not at all.
#include "ocellus/formats/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <string>
#include <vector>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/without_root.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AtomicFileTest : public testing::Test {
 protected:
  std::vector<std::string> FileNames() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_ / "file";
};

void Replace(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.Write(text);
  file.Commit();
}

TEST_F(AtomicFileTest, AppearsWithCommitAndNotBefore) {
  WriteBytes(path_, "old");
  AtomicFile file(path_);
  file.Write("new ");
  file.Write(std::vector<uint8_t>{'f', 'i', 'l', 'e'});
  EXPECT_EQ(ReadBytes(path_), "old");
  file.Commit();
  EXPECT_EQ(ReadBytes(path_), "new file");
  EXPECT_THAT(FileNames(), ElementsAre("file"));
}

TEST_F(AtomicFileTest, LeavesNothingWithoutCommit) {
  WriteBytes(path_, "old");
  { AtomicFile(path_).Write("new"); }
  EXPECT_EQ(ReadBytes(path_), "old");
  EXPECT_THAT(FileNames(), ElementsAre("file"));
}

TEST_F(AtomicFileTest, MayHaveNothingInIt) {
  AtomicFile(path_).Commit();
  EXPECT_TRUE(fs::exists(path_));
  EXPECT_EQ(fs::file_size(path_), 0u);
}

TEST_F(AtomicFileTest, WritersOfTheSameFileDoNotMix) {
  AtomicFile first(path_);
  AtomicFile second(path_);
  first.Write("first");
  second.Write("second");
  second.Commit();
  EXPECT_EQ(ReadBytes(path_), "second");
  first.Commit();
  EXPECT_EQ(ReadBytes(path_), "first");
  EXPECT_THAT(FileNames(), ElementsAre("file"));
}

TEST_F(AtomicFileTest, KeepsThePermissionsOfTheOldFile) {
  WriteBytes(path_, "old");
  fs::permissions(path_, fs::perms::owner_read | fs::perms::owner_write);
  Replace(path_, "new");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read);
  Replace(path_, "newer");
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_all | fs::perms::group_read);
}

TEST_F(AtomicFileTest, ReplacesTheFileBehindALink) {
  fs::create_directory(folder_ / "elsewhere");
  WriteBytes(folder_ / "elsewhere/target", "old");
  fs::create_symlink("elsewhere/target", path_);
  Replace(path_, "new");
  EXPECT_TRUE(fs::is_symlink(path_));
  EXPECT_EQ(ReadBytes(folder_ / "elsewhere/target"), "new");
}

TEST_F(AtomicFileTest, TakesANameWithoutFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  Replace("file", "here");
  fs::current_path(before);
  EXPECT_EQ(ReadBytes(path_), "here");
}

TEST_F(AtomicFileTest, RefusesWhatIsNotAFile) {
  fs::create_directory(path_);
  EXPECT_THAT(ErrorText([&] { AtomicFile file(path_); }),
              HasSubstr("/file: cannot be written: it is a folder"));
  EXPECT_THAT(ErrorText([&] { AtomicFile file("/dev/null"); }),
              HasSubstr("/dev/null: cannot be written: it is a device, pipe or socket"));
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(ErrorText([&] { AtomicFile file(pipe); }), HasSubstr("device, pipe or socket"));
}

TEST_F(AtomicFileTest, NamesAMissingFolder) {
  EXPECT_THAT(ErrorText([&] { AtomicFile file(folder_ / "none/file"); }),
              HasSubstr("none/file: cannot be written: the folder " + folder_.path().string() +
                        "/none does not exist"));
}

TEST_F(AtomicFileTest, RefusesWhatMayNotBeWritten) {
  const WithoutRoot somebody(folder_.path());
  WriteBytes(path_, "old");
  fs::permissions(path_, fs::perms::owner_read);
  EXPECT_THAT(ErrorText([&] { AtomicFile file(path_); }),
              HasSubstr("cannot be written: Permission denied"));
  fs::permissions(folder_.path(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_THAT(ErrorText([&] { AtomicFile file(folder_ / "other"); }),
              HasSubstr("cannot be written: Permission denied"));
  fs::permissions(folder_.path(), fs::perms::owner_all);
}

// A full disk: the system refuses to make files larger than this. Restored at the end of the test.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*old_handler_)(int);
  rlimit old_{};
};

TEST_F(AtomicFileTest, LeavesTheOldFileWhenTheDiskIsFull) {
  WriteBytes(path_, "old");
  std::string message;
  std::vector<std::string> names_after_failure;
  {
    const FileSizeLimit limit(100'000);
    AtomicFile file(path_);
    file.Write(std::string(60'000, 'x'));
    // Less than all of it can be written; the rest fails.
    message = ErrorText([&] { file.Write(std::string(60'000, 'y')); });
    names_after_failure = FileNames();
  }
  EXPECT_THAT(message, HasSubstr("/file: cannot be written: File too large"));
  EXPECT_THAT(names_after_failure, ElementsAre("file"));
  EXPECT_EQ(ReadBytes(path_), "old");
}

}  // namespace
}  // namespace ocellus
