// Every command in the documents exists, with every option that they give it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/program_run.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is typed after the program's name, word by word: "ocellus eval MODEL --json" or
// "build/release/ocellus eval MODEL --json". A command ends with its line, a comment or the code.
std::vector<std::vector<std::string>> Commands(const std::string& markdown) {
  static const std::regex command("(?:^|[`/ ])ocellus ([a-z][^`\n#|]*)",
                                  std::regex::ECMAScript | std::regex::multiline);
  std::vector<std::vector<std::string>> commands;
  for (std::sregex_iterator at(markdown.begin(), markdown.end(), command), end; at != end; ++at) {
    std::istringstream words((*at)[1]);
    commands.emplace_back(std::istream_iterator<std::string>(words),
                          std::istream_iterator<std::string>());
  }
  return commands;
}

// Code only: prose speaks of "ocellus and PyTorch".
std::string CodeOf(const std::string& markdown) {
  static const std::regex code("```sh\n[^`]*```|`[^`\n]+`");
  std::string all;
  for (std::sregex_iterator at(markdown.begin(), markdown.end(), code), end; at != end; ++at) {
    all += at->str() + "\n";
  }
  return all;
}

// The help of a command; empty if there is no such command.
const std::string& HelpOf(const std::vector<std::string>& verb) {
  static std::map<std::vector<std::string>, std::string> cache;
  const auto [place, is_new] = cache.try_emplace(verb);
  if (is_new) {
    std::vector<std::string> arguments = verb;
    arguments.emplace_back("--help");
    const ProgramResult result = RunProgram(arguments);
    if (result.status == 0) place->second = result.out;
  }
  return place->second;
}

TEST(DocumentedCommands, AreFoundInCodeOnly) {
  const std::string text =
      "ocellus and `ocellus eval M --json` or\n```sh\nx/ocellus info a # b\n```";
  EXPECT_EQ(Commands(CodeOf(text)),
            (std::vector<std::vector<std::string>>{{"eval", "M", "--json"}, {"info", "a"}}));
}

TEST(DocumentedCommands, ExistWithTheirOptions) {
  const fs::path root = OCELLUS_SOURCE_DIR;
  std::vector<fs::path> documents;
  for (const fs::path& folder : {root, root / "docs"}) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() == ".md") documents.push_back(entry.path());
    }
  }
  size_t count = 0;
  for (const fs::path& document : documents) {
    for (const std::vector<std::string>& words : Commands(CodeOf(ReadText(document)))) {
      ++count;
      const bool is_group = words[0] == "show" || words[0] == "explain";
      const size_t verb_length = is_group && words.size() > 1 ? 2 : 1;
      const std::vector<std::string> verb(words.begin(),
                                          words.begin() + static_cast<ptrdiff_t>(verb_length));
      const std::string& help = HelpOf(verb);
      ASSERT_FALSE(help.empty()) << document << ": no command " << testing::PrintToString(verb);
      for (size_t i = verb_length; i < words.size(); ++i) {
        if (!words[i].starts_with("--")) continue;
        const std::string option = words[i].substr(0, words[i].find_first_of("=,"));
        EXPECT_TRUE(std::regex_search(help, std::regex(option + "[^a-z-]")))
            << document << ": " << testing::PrintToString(words) << " has no " << option;
      }
    }
  }
  EXPECT_GT(count, 15u);
}

}  // namespace
}  // namespace ocellus
