// Root may read and write everything. While this lives, a process of root is one of somebody else,
// who owns the folder; any other process stays what it is.
//
//   const TemporaryFolder folder;
//   const WithoutRoot somebody(folder.path());
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace ocellus {

class WithoutRoot {
 public:
  explicit WithoutRoot(const std::filesystem::path& folder) {
    if (!was_root_) return;
    constexpr uid_t kNobody = 65534;
    EXPECT_EQ(chown(folder.c_str(), kNobody, static_cast<gid_t>(-1)), 0);
    EXPECT_EQ(seteuid(kNobody), 0);
  }
  ~WithoutRoot() {
    if (was_root_) {
      EXPECT_EQ(seteuid(0), 0);
    }
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

 private:
  bool was_root_ = geteuid() == 0;
};

}  // namespace ocellus
