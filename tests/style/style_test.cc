// The rules of docs/style.md that a test can hold.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace ocellus {
namespace {

namespace fs = std::filesystem;

// Folders from left to right; those in one entry do not see each other.
const std::vector<std::vector<std::string>> kFolders = {
    {"base"},    {"tensor"},  {"reference", "kernels"}, {"layers"},
    {"network"}, {"formats"}, {"nets", "data"},         {"training"},
    {"view"},    {"tools"}};

int Level(const std::string& folder) {
  for (size_t level = 0; level < kFolders.size(); ++level) {
    if (std::ranges::find(kFolders[level], folder) != kFolders[level].end()) {
      return static_cast<int>(level);
    }
  }
  return -1;
}

struct Source {
  fs::path path;  // from the root of the repository
  std::vector<std::string> lines;
};

std::vector<Source> Sources(const std::vector<std::string>& folders) {
  const fs::path root = OCELLUS_SOURCE_DIR;
  std::vector<Source> sources;
  for (const std::string& folder : folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      Source source{fs::relative(entry.path(), root), {}};
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) source.lines.push_back(line);
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

std::string FolderOf(const fs::path& path) { return *std::next(path.begin()); }

// The folder of an include that points to the right or sideways, or "".
std::string ForbiddenInclude(const std::string& from, const std::string& line) {
  static const std::regex include("#include \"ocellus/([a-z]+)/.*");
  std::smatch match;
  if (!std::regex_match(line, match, include)) return {};
  const std::string to = match[1];
  const bool allowed = to == from || (Level(to) >= 0 && Level(to) < Level(from));
  return allowed ? "" : to;
}

TEST(Style, TheIncludeCheckFindsWhatItShould) {
  EXPECT_EQ(ForbiddenInclude("layers", "#include \"ocellus/network/network.h\""), "network");
  EXPECT_EQ(ForbiddenInclude("kernels", "#include \"ocellus/reference/relu_reference.h\""),
            "reference");
  EXPECT_EQ(ForbiddenInclude("network", "#include \"ocellus/layers/layer.h\""), "");
}

TEST(Style, FilesIncludeOnlyTheirOwnFolderOrOneFurtherLeft) {
  const std::vector<Source> sources = Sources({"ocellus"});
  ASSERT_GT(sources.size(), 50u);
  for (const Source& source : sources) {
    const std::string folder = FolderOf(source.path);
    EXPECT_GE(Level(folder), 0) << source.path << " is in a folder without a place";
    for (const std::string& line : source.lines) {
      EXPECT_EQ(ForbiddenInclude(folder, line), "") << source.path << ": " << line;
    }
  }
}

TEST(Style, NoTwoSourceFilesShareAName) {
  std::map<std::string, fs::path> names;
  for (const Source& source : Sources({"ocellus", "tests", "bench"})) {
    const auto [place, is_new] = names.emplace(source.path.filename(), source.path);
    EXPECT_TRUE(is_new) << source.path << " and " << place->second;
  }
}

TEST(Style, FilesBeginByTellingTheirSubjectAndAreNotTooLong) {
  for (const Source& source : Sources({"ocellus", "tests", "bench"})) {
    ASSERT_FALSE(source.lines.empty()) << source.path;
    EXPECT_TRUE(source.lines[0].starts_with("// ")) << source.path;
    EXPECT_LE(source.lines.size(), 600u) << source.path;
  }
}

TEST(Style, HeadersHavePragmaOnceAndNoUsingNamespace) {
  for (const Source& source : Sources({"ocellus", "tests", "bench"})) {
    if (source.path.extension() != ".h") continue;
    const bool is_inline_kernel = source.path.stem().string().ends_with("-inl");
    const bool once = std::ranges::find(source.lines, "#pragma once") != source.lines.end();
    EXPECT_TRUE(once || is_inline_kernel) << source.path;
    for (const std::string& line : source.lines) {
      EXPECT_FALSE(line.starts_with("using namespace")) << source.path << ": " << line;
    }
  }
}

TEST(Style, SourceFilesAreAscii) {
  for (const Source& source : Sources({"ocellus", "tests", "bench"})) {
    for (const std::string& line : source.lines) {
      EXPECT_TRUE(
          std::ranges::all_of(line, [](char c) { return static_cast<signed char>(c) >= 0; }))
          << source.path << ": " << line;
    }
  }
}

TEST(Style, VectorTypesStayInKernelsAndThreadsInTheirPlace) {
  for (const Source& source : Sources({"ocellus"})) {
    const std::string path = source.path.generic_string();
    const bool is_kernel = FolderOf(source.path) == "kernels";
    for (const std::string& line : source.lines) {
      EXPECT_TRUE(is_kernel || line.find("#include <hwy/") == std::string::npos) << path;
      EXPECT_TRUE(path == "ocellus/base/parallel.cc" ||
                  line.find("#include <thread>") == std::string::npos)
          << path;
    }
  }
}

}  // namespace
}  // namespace ocellus
