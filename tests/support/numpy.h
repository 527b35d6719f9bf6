// Python with NumPy, to compare files with those of the programs that invented them.
//
//   if (!HasNumpy()) GTEST_SKIP() << "python3 has no NumPy";
//   ASSERT_TRUE(RunNumpy("np.savez(folder + '/a.npz', W1=np.zeros(3))", folder.path()));
#pragma once

#include <filesystem>
#include <string_view>

namespace ocellus {

// Whether there is a python3 that can import numpy.
bool HasNumpy();

// Runs a program, which finds `np`, `pickle`, `sys` and the text `folder`. Returns whether it ended
// without an exception; the exception is on stderr.
bool RunNumpy(std::string_view program, const std::filesystem::path& folder);

}  // namespace ocellus
