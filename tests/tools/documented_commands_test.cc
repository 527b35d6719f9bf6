// Every command in the documents exists, with every option that they give it; and those of the
// guide for one's own pictures run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/picture_folders.h"
#include "tests/support/program_run.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

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

// What can be typed into a shell, with the lines that a backslash joins as one.
const char* const kShell = "```sh\n[^`]*```";
// And what stands in a line of text. The rest is prose, which speaks of "ocellus and PyTorch".
const char* const kAnyCode = "```sh\n[^`]*```|`[^`\n]+`";

std::string CodeOf(const std::string& text, const char* pattern = kAnyCode) {
  static const std::regex joint("\\\\\n");
  const std::string markdown = std::regex_replace(text, joint, " ");
  const std::regex code(pattern);
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
      "ocellus and `ocellus eval M --json` or\n```sh\nx/ocellus info a \\\n  --c # b\n```";
  const std::vector<std::string> eval = {"eval", "M", "--json"}, info = {"info", "a", "--c"};
  EXPECT_THAT(Commands(CodeOf(text)), testing::ElementsAre(eval, info));
  EXPECT_THAT(Commands(CodeOf(text, kShell)), testing::ElementsAre(info));
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
    for (const std::vector<std::string>& words : Commands(CodeOf(ReadBytes(document)))) {
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

// With few and small pictures, for which the full AlexNet is too large.
TEST(DocumentedCommands, OfTheGuideForOwnPicturesRun) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "three trainings and pictures of all units take minutes with sanitizers";
#endif
  const TemporaryFolder folder;
  for (uint64_t i = 0; i < 3; ++i) {
    PutPicture(folder / "pets/cat" / (std::to_string(i) + ".jpg"), i, {3, 40, 50});
    PutPicture(folder / "pets/dog" / (std::to_string(i) + ".png"), 100 + i, {1, 35, 36});
  }
  PutPicture(folder / "photo.jpg", 200, {3, 120, 90});
  const std::string guide = ReadBytes(fs::path(OCELLUS_SOURCE_DIR) / "docs/own-pictures.md");
  int count = 0;
  for (std::vector<std::string> words : Commands(CodeOf(guide, kShell))) {
    ++count;
    std::ranges::replace(words, "alexnet", "alexnet-small");
    const ProgramResult result = RunProgram(words, folder.path());
    EXPECT_EQ(result.status, 0) << testing::PrintToString(words) << result.err;
  }
  EXPECT_EQ(count, 9);
  for (const std::string file :
       {"out-pets/model.safetensors", "mistakes.png", "attention.png", "units.png"}) {
    EXPECT_TRUE(fs::exists(folder / file)) << file;
  }
}

}  // namespace
}  // namespace ocellus
