// Safetensors made by hand: every rule of the format, one broken at a time.
#include "ocellus/formats/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/error_text.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

std::string MakeFile(std::string_view header, std::string_view data) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return text.append(header).append(data);
}

Safetensors ParseSafetensorsText(std::string_view text) {
  return ParseSafetensors({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, "m.st");
}

std::string HeaderError(std::string_view header, std::string_view data) {
  return ErrorText([&] { ParseSafetensorsText(MakeFile(header, data)); });
}

// The numbers 1 and 2.
const std::string kData = "\0\0\x80\x3f\0\0\0\x40"s;

// The error of a file with one array, of the data above, with these members.
std::string EntryError(std::string_view members) {
  return HeaderError("{\"W\":{" + std::string(members) + "}}", kData);
}

TEST(ParseSafetensors, ReadsArraysInTheOrderOfTheirData) {
  const Safetensors file =
      ParseSafetensorsText(MakeFile(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                                    R"("__metadata__":{"key":"text"},)"
                                    R"("b":{"data_offsets":[0,4],"shape":[1,1],"dtype":"F32"},)"
                                    R"("c":{"dtype":"F64","shape":[],"data_offsets":[8,16]}}  )",
                                    kData + "\0\0\0\0\0\0\xf0\x3f"s));
  EXPECT_EQ(file.metadata, (Metadata{{"key", "text"}}));
  ASSERT_EQ(file.arrays.size(), 3u);
  EXPECT_EQ(file.arrays[0].name, "b");
  EXPECT_EQ(file.arrays[0].shape(), (Shape{1, 1}));
  EXPECT_THAT(file.arrays[0].ToFloat().span(), ElementsAre(1));
  EXPECT_EQ(file.arrays[1].name, "a");
  EXPECT_THAT(file.arrays[1].ToFloat().span(), ElementsAre(2));
  EXPECT_EQ(file.arrays[2].dtype(), "float64");
  EXPECT_EQ(file.arrays[2].shape(), Shape());
  EXPECT_THAT(file.arrays[2].ToDouble().span(), ElementsAre(1));
}

TEST(ParseSafetensors, ReadsAFileWithoutArrays) {
  const Safetensors file = ParseSafetensorsText(MakeFile("{}", ""));
  EXPECT_TRUE(file.arrays.empty());
  EXPECT_TRUE(file.metadata.empty());
}

TEST(ParseSafetensors, RefusesBadHeaders) {
  const auto error = [](std::string_view header) { return HeaderError(header, ""); };
  EXPECT_THAT(ErrorText([] { ParseSafetensorsText("\xff\xff\xff\xff\xff\xff\xff\xff{}"); }),
              HasSubstr("m.st: expected a header of at most 100000000 bytes"));
  EXPECT_THAT(ErrorText([] { ParseSafetensorsText("\xff\0\0\0\0\0\0\0{}"s); }),
              HasSubstr("the header needs 255 bytes, 2 are left"));
  EXPECT_THAT(error("{"), HasSubstr("m.st: header is not valid JSON"));
  EXPECT_THAT(error("{\"\xff\":1}"), HasSubstr("header is not valid JSON"));
  EXPECT_THAT(error("{} x"), HasSubstr("header is not valid JSON"));
  EXPECT_THAT(error("[]"), HasSubstr("header: expected a JSON object"));
  EXPECT_THAT(error(R"({"a":1,"a":2})"), HasSubstr("header: 'a' occurs twice"));
  EXPECT_THAT(error(R"({"__metadata__":{"k":"1","k":"2"}})"), HasSubstr("'k' occurs twice"));
  EXPECT_THAT(error(R"({"__metadata__":[]})"), HasSubstr("__metadata__: expected an object"));
  EXPECT_THAT(error(R"({"__metadata__":{"k":1}})"), HasSubstr("'k' is not a text"));
  EXPECT_THAT(error(R"({"W":1})"), HasSubstr("array 'W': expected an object"));
}

TEST(ParseSafetensors, RefusesDeepHeaders) {
  // Neither the parser nor the destructor nor a message that shows a value may run out of stack.
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(HeaderError(deep, ""), "m.st: header: is nested too deeply");
  EXPECT_EQ(HeaderError("{\"W\":" + deep + "}", ""), "m.st: header: is nested too deeply");
  EXPECT_EQ(EntryError(R"("shape":[2],"data_offsets":[0,8],"dtype":)" + deep),
            "m.st: header: is nested too deeply");
}

TEST(ParseSafetensors, RefusesBadArrays) {
  EXPECT_THAT(EntryError(R"("shape":[2],"data_offsets":[0,8])"),
              HasSubstr("m.st: array 'W': dtype is missing"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","data_offsets":[0,8])"), HasSubstr("shape is missing"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[2])"), HasSubstr("data_offsets is missing"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[2],"data_offsets":[0,8],"x":0)"),
              HasSubstr("expected only dtype, shape and data_offsets"));
  EXPECT_THAT(EntryError(R"("dtype":"F16","shape":[4],"data_offsets":[0,8])"),
              HasSubstr("expected dtype F32 or F64, found \"F16\""));
  EXPECT_THAT(EntryError(R"("dtype":4,"shape":[2],"data_offsets":[0,8])"), HasSubstr("found 4"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":2,"data_offsets":[0,8])"),
              HasSubstr("shape: expected a list"));
  for (const char* size : {"-1", "1.5", "\"2\"", "9223372036854775808", "1e3", "null"}) {
    EXPECT_THAT(EntryError(R"("dtype":"F32","data_offsets":[0,8],"shape":[)"s + size + "]"),
                HasSubstr("shape: expected whole numbers below 2^63, found "))
        << size;
  }
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[0],"data_offsets":[0,0])"),
              StartsWith("m.st: array 'W': "));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[1,1,1,1,1,1,2],"data_offsets":[0,8])"),
              StartsWith("m.st: array 'W': "));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[4611686018427387904,2],"data_offsets":[0,8])"),
              StartsWith("m.st: array 'W': "));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[2],"data_offsets":[0])"),
              HasSubstr("data_offsets: expected 2 numbers, found 1"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[3],"data_offsets":[0,8])"),
              HasSubstr("shape 3 of F32 needs 12 bytes, data_offsets 0 to 8 hold 8"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[2],"data_offsets":[8,0])"),
              HasSubstr("hold -8"));
}

TEST(ParseSafetensors, RefusesHolesOverlapsAndOtherBytes) {
  const auto error = [](const char* first, const char* second) {
    return HeaderError(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)"s + first +
                           R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}",
                       kData);
  };
  EXPECT_EQ(error("[0,4]", "[4,8]"), "no error");
  EXPECT_THAT(error("[0,4]", "[0,4]"), HasSubstr("data begins at 0, but the array before it ends "
                                                 "at 4 (overlap)"));
  EXPECT_THAT(error("[0,4]", "[3,7]"), HasSubstr("(overlap)"));
  EXPECT_THAT(error("[0,4]", "[5,9]"), HasSubstr("(hole)"));
  EXPECT_THAT(error("[4,8]", "[8,12]"), HasSubstr("(hole)"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[3],"data_offsets":[0,12])"),
              HasSubstr("data ends at 12, but the file has only 8 bytes of data"));
  EXPECT_THAT(EntryError(R"("dtype":"F32","shape":[1],"data_offsets":[0,4])"),
              HasSubstr("4 bytes after the last array"));
}

TEST(ParseSafetensors, RefusesAFileThatEndsEarly) {
  const std::string text =
      MakeFile(R"({"W":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", kData);
  EXPECT_EQ(ParseSafetensorsText(text).arrays.size(), 1u);
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(ErrorText([&] { ParseSafetensorsText(text.substr(0, size)); }),
                StartsWith("m.st: "))
        << size;
  }
}

TEST(WriteSafetensors, WritesExactlyTheseBytes) {
  const TemporaryFolder folder;
  std::vector<NamedArray> arrays;
  arrays.push_back({"W", Tensor<float>(Shape{2, 1})});
  std::get<Tensor<float>>(arrays[0].values)[0] = 1;
  std::get<Tensor<float>>(arrays[0].values)[1] = 2;
  WriteSafetensors(folder / "m.st", arrays, {{"k", "a\"b"}});
  std::string header = R"({"__metadata__":{"k":"a\"b"},)"
                       R"("W":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(ReadBytes(folder / "m.st"), MakeFile(header, kData));
}

TEST(WriteSafetensors, IsReadWithTheSameBits) {
  const TemporaryFolder folder;
  std::vector<NamedArray> arrays;
  arrays.push_back({"z", Tensor<float>(Shape{2, 1, 3})});
  arrays.push_back({"\xc3\xa4 \"\\\n", Tensor<double>(Shape{})});
  std::get<Tensor<float>>(arrays[0].values)[5] = -0.0F;
  std::get<Tensor<double>>(arrays[1].values)[0] = 0.1;
  const Metadata metadata{{"a", ""}, {"b", "\xc3\xa4\x01"}};
  WriteSafetensors(folder / "m.st", arrays, metadata);
  const Safetensors read = ReadSafetensors(folder / "m.st");
  EXPECT_EQ(read.metadata, metadata);
  ASSERT_EQ(read.arrays.size(), arrays.size());
  for (size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(read.arrays[i].name, arrays[i].name);
    EXPECT_EQ(read.arrays[i].dtype(), arrays[i].dtype());
    EXPECT_EQ(read.arrays[i].shape(), arrays[i].shape());
    EXPECT_TRUE(std::ranges::equal(read.arrays[i].bytes(), arrays[i].bytes()));
  }
}

TEST(WriteSafetensors, RefusesImpossibleNamesAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = WriteBytes(folder / "m.st", "old");
  std::vector<NamedArray> arrays;
  arrays.push_back({"W", Tensor<float>(Shape{1})});
  arrays.push_back({"W", Tensor<float>(Shape{1})});
  const auto error = [&](const Metadata& metadata) {
    return ErrorText([&] { WriteSafetensors(path, arrays, metadata); });
  };
  EXPECT_THAT(error({}), HasSubstr("the name 'W' is taken"));
  arrays[1].name = "__metadata__";
  EXPECT_THAT(error({}), HasSubstr("the name '__metadata__' is taken"));
  arrays[1].name = "\xff";
  EXPECT_THAT(error({}), HasSubstr("is not UTF-8"));
  arrays[1].name = "b";
  EXPECT_THAT(error({{"k", "\xff"}}), HasSubstr("is not UTF-8"));
  EXPECT_THAT(error({{"\xff", "v"}}), HasSubstr("is not UTF-8"));
  EXPECT_EQ(ReadBytes(path), "old");
}

}  // namespace
}  // namespace ocellus
