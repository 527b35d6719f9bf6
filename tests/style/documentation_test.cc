// The documents are true: their C++ is compiled, their links lead somewhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesIn(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == extension) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<fs::path> Documents() {
  const fs::path root = OCELLUS_SOURCE_DIR;
  std::vector<fs::path> documents = FilesIn(root, ".md");
  std::ranges::copy(FilesIn(root / "docs", ".md"), std::back_inserter(documents));
  return documents;
}

// The contents of all blocks that begin with ```language.
std::vector<std::string> CodeBlocks(const std::string& markdown, const std::string& language) {
  std::vector<std::string> blocks;
  const std::string open = "```" + language + "\n";
  for (size_t at = markdown.find(open); at != std::string::npos; at = markdown.find(open, at)) {
    at += open.size();
    const size_t end = markdown.find("```", at);
    blocks.push_back(markdown.substr(at, end - at));
  }
  return blocks;
}

// The C++ in the first comment of a header: runs of lines that are indented by three spaces and of
// which one ends a statement. Other runs are formulas, tables and lists.
std::vector<std::string> HeaderExamples(const std::string& header) {
  static const std::regex lines(R"((//   .*\n)+)"), statement(R"(;( *//[^\n]*)?\n)");
  const std::string comment = header.substr(0, header.find("#pragma once"));
  std::vector<std::string> examples;
  for (std::sregex_iterator at(comment.begin(), comment.end(), lines), end; at != end; ++at) {
    const std::string code = std::regex_replace(at->str(), std::regex("(^|\n)//"), "$1");
    const bool is_list = code.starts_with("   - ");
    if (!is_list && std::regex_search(code, statement)) examples.push_back(code);
  }
  return examples;
}

// Without white space: documents may break lines where the formatter would not.
std::string Squeeze(std::string text) {
  std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
  return text;
}

// The targets of [text](target) that are files of the repository. C++ has lambdas that look alike.
std::vector<std::string> LocalLinks(std::string markdown) {
  static const std::regex link(R"(\]\(([^)#]+)(#[^)]*)?\))");
  for (const std::string& block : CodeBlocks(markdown, "cpp")) {
    markdown.erase(markdown.find(block), block.size());
  }
  std::vector<std::string> targets;
  for (std::sregex_iterator at(markdown.begin(), markdown.end(), link), end; at != end; ++at) {
    const std::string target = (*at)[1];
    if (target.find("://") == std::string::npos) targets.push_back(target);
  }
  return targets;
}

TEST(Documentation, TheHelpersFindWhatTheyShould) {
  EXPECT_EQ(CodeBlocks("a\n```cpp\nint x;\n```\n```sh\nls\n```\n", "cpp"),
            std::vector<std::string>{"int x;\n"});
  EXPECT_EQ(HeaderExamples("// What.\n//\n//   int x;  // one\n//   f(x);\n//\n//   y = x\n//\n"
                           "//   y = f(\n//       x);\n#pragma once\n"),
            (std::vector<std::string>{"   int x;  // one\n   f(x);\n", "   y = f(\n       x);\n"}));
  EXPECT_EQ(HeaderExamples("// What.\n#pragma once\n//   int x;\n"), std::vector<std::string>{});
  EXPECT_EQ(Squeeze("a  b\n c"), "abc");
  EXPECT_EQ(LocalLinks("[a](docs/x.md#part) ![b](y.png) [c](https://example.org)\n"
                       "```cpp\nf([](int x) {});\n```\n"),
            (std::vector<std::string>{"docs/x.md", "y.png"}));
}

// All that is compiled and run as an example.
std::string CompiledExamples() {
  std::string compiled;
  for (const fs::path& file : FilesIn(fs::path(OCELLUS_SOURCE_DIR) / "tests/examples", ".cc")) {
    compiled += Squeeze(ReadBytes(file));
  }
  return compiled;
}

TEST(Documentation, EveryCppBlockIsCompiledInTestsExamples) {
  const std::string compiled = CompiledExamples();
  size_t blocks = 0;
  for (const fs::path& document : Documents()) {
    for (const std::string& block : CodeBlocks(ReadBytes(document), "cpp")) {
      ++blocks;
      EXPECT_NE(compiled.find(Squeeze(block)), std::string::npos)
          << document << " has C++ that no file of tests/examples/ contains:\n"
          << block;
    }
  }
  EXPECT_GE(blocks, 3u);
}

TEST(Documentation, TheExamplesInHeadersAreCompiled) {
  const std::string compiled = CompiledExamples();
  for (const std::string folder : {"base", "tensor", "reference", "kernels", "layers", "network",
                                   "formats", "nets", "data", "training", "view", "tools"}) {
    for (const fs::path& header :
         FilesIn(fs::path(OCELLUS_SOURCE_DIR) / "ocellus" / folder, ".h")) {
      // Parts of kernels; what stands there are the functions that a type must have.
      if (header.string().ends_with("-inl.h")) continue;
      const std::vector<std::string> examples = HeaderExamples(ReadBytes(header));
      EXPECT_TRUE(folder != "view" || !examples.empty()) << header << " has no example";
      for (const std::string& example : examples) {
        EXPECT_NE(compiled.find(Squeeze(example)), std::string::npos)
            << header << " has an example that no file of tests/examples/ contains:\n"
            << example;
      }
    }
  }
}

TEST(Documentation, EveryLinkLeadsToAFile) {
  size_t links = 0;
  for (const fs::path& document : Documents()) {
    for (const std::string& target : LocalLinks(ReadBytes(document))) {
      ++links;
      EXPECT_TRUE(fs::exists(document.parent_path() / target)) << document << ": " << target;
    }
  }
  EXPECT_GE(links, 5u);
}

}  // namespace
}  // namespace ocellus
