// NumPy's archives: compared with NumPy's own, and damaged by hand.
#include "ocellus/formats/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <string>

#include "ocellus/formats/npy.h"
#include "tests/support/error_text.h"
#include "tests/support/numpy.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::string_literals;

std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string NpyError(std::string_view text) {
  return ErrorText([&] { ParseNpy(AsBytes(text), "W.npy"); });
}

std::string NpzError(std::string_view text) {
  return ErrorText([&] { ParseNpz(AsBytes(text), "p.npz"); });
}

std::string LittleEndian(uint64_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

// An array in version 1.0 with this dict.
std::string MakeNpy(std::string_view dict, std::string_view data) {
  return "\x93NUMPY\1\0"s + LittleEndian(dict.size() + 1, 2) + std::string(dict) + "\n" +
         std::string(data);
}

const std::string kTwoFloats = "\0\0\x80\x3f\0\0\0\x40"s;
const std::string kDict = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";

struct ZipEntry {
  std::string name = "W.npy";
  std::string data = MakeNpy(kDict, kTwoFloats);  // as it is stored
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t checksum = 0;  // 0: of data
  uint32_t size = 0;      // of the content; 0: of data
};

std::string MakeZip(const std::vector<ZipEntry>& entries) {
  std::string text;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const std::span<const uint8_t> data = AsBytes(entry.data);
    const uint64_t checksum = entry.checksum != 0
                                  ? entry.checksum
                                  : crc32(0, data.data(), static_cast<uInt>(data.size()));
    const std::string common = LittleEndian(20, 2) + LittleEndian(entry.flags, 2) +
                               LittleEndian(entry.method, 2) + LittleEndian(0x00210000, 4) +
                               LittleEndian(checksum, 4) + LittleEndian(data.size(), 4) +
                               LittleEndian(entry.size != 0 ? entry.size : data.size(), 4) +
                               LittleEndian(entry.name.size(), 2) + LittleEndian(0, 2);
    directory += "PK\1\2"s + LittleEndian(20, 2) + common + std::string(10, '\0') +
                 LittleEndian(text.size(), 4) + entry.name;
    text += "PK\3\4" + common + entry.name + entry.data;
  }
  return text + directory + "PK\5\6" + LittleEndian(0, 4) + LittleEndian(entries.size(), 2) +
         LittleEndian(entries.size(), 2) + LittleEndian(directory.size(), 4) +
         LittleEndian(text.size(), 4) + LittleEndian(0, 2);
}

TEST(ParseNpy, ReadsEveryVersion) {
  const ArrayValues values = ParseNpy(AsBytes(MakeNpy(kDict, kTwoFloats)), "W.npy");
  EXPECT_THAT(std::get<Tensor<float>>(values).span(), ElementsAre(1, 2));
  for (const char version : {'\2', '\3'}) {
    const std::string text =
        "\x93NUMPY"s + version + '\0' + LittleEndian(kDict.size(), 4) + kDict + kTwoFloats;
    EXPECT_THAT(std::get<Tensor<float>>(ParseNpy(AsBytes(text), "W.npy")).span(),
                ElementsAre(1, 2));
  }
}

TEST(ParseNpy, ReadsDictsWrittenInAnyWay) {
  for (const char* dict : {"{'shape':(2,),'descr':\"<f4\",'fortran_order':True}",
                           "{ 'shape' : ( 1, 2, ) , 'fortran_order':False,'descr':'<f4'} "}) {
    const ArrayValues values = ParseNpy(AsBytes(MakeNpy(dict, kTwoFloats)), "W.npy");
    EXPECT_THAT(std::get<Tensor<float>>(values).span(), ElementsAre(1, 2));
  }
}

TEST(ParseNpy, RefusesWhatIsNoArrayOfFloats) {
  EXPECT_THAT(NpyError("\x93NUMPX" + std::string(100, ' ')),
              HasSubstr("W.npy: expected an array in NumPy's format"));
  EXPECT_THAT(NpyError("\x93NUMPY\4\0\0\0"s), HasSubstr("version 1.0, 2.0 or 3.0, found 4.0"));
  EXPECT_THAT(NpyError("\x93NUMPY\1\1\0\0"s), HasSubstr("found 1.1"));
  EXPECT_THAT(NpyError("\x93NUMPY\1\0\xff\0"s),
              HasSubstr("the header needs 255 bytes, 0 are left"));
  EXPECT_THAT(NpyError("\x93NUMPY\2\0\xff\xff\xff\xff"s), HasSubstr("at most 10000 bytes"));
  const auto error = [](std::string_view dict) { return NpyError(MakeNpy(dict, kTwoFloats)); };
  EXPECT_THAT(error("{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}"),
              HasSubstr("expected float32 or float64 (<f4, >f4, <f8 or >f8), found <i8"));
  EXPECT_THAT(error("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}"),
              HasSubstr("found a record"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}"),
              HasSubstr("expected True or False at character 34"));
  EXPECT_THAT(error("{'descr': '<f4', 'shape': (2,)}"), HasSubstr("'fortran_order' is missing"));
  EXPECT_THAT(error("{'fortran_order': False, 'shape': (2,)}"), HasSubstr("'descr' is missing"));
  EXPECT_THAT(error("{'descr': '<f4', 'fortran_order': False}"), HasSubstr("'shape' is missing"));
  EXPECT_THAT(error("{'descr': '<f4', 'descr': '<f4'}"), HasSubstr("'descr' occurs twice"));
  EXPECT_THAT(error("{'descr': '<f4', 'x': 1}"), HasSubstr("found 'x'"));
  EXPECT_THAT(error("{'shape': (2)}"), HasSubstr("expected ','"));
  EXPECT_THAT(error("{'shape': (a,)}"), HasSubstr("expected a number below 2^63"));
  EXPECT_THAT(error("{'shape': (9223372036854775808,)}"), HasSubstr("a number below 2^63"));
  EXPECT_THAT(error("{'shape': (2 3)}"), HasSubstr("expected ','"));
  EXPECT_THAT(error("{'shape': (-2,)}"), HasSubstr("W.npy: shape: "));
  EXPECT_THAT(error("{'shape': (4611686018427387904, 4)}"), HasSubstr("W.npy: shape: "));
  EXPECT_THAT(error("{'shape': (1,1,1,1,1,1,2)}"), HasSubstr("W.npy: shape: "));
  EXPECT_THAT(error("{'descr: "), HasSubstr("expected the end of a text"));
  EXPECT_THAT(error(kDict + "x"), HasSubstr("expected the end at character"));
  EXPECT_THAT(error("[]"), HasSubstr("expected '{' at character 0 of \"[]"));
  EXPECT_THAT(NpyError(MakeNpy(kDict, "1234567")), HasSubstr("shape 2 needs 8 bytes, found 7"));
  EXPECT_THAT(NpyError(MakeNpy(kDict, "123456789")), HasSubstr("shape 2 needs 8 bytes, found 9"));
}

TEST(ParseNpy, RefusesAFileThatEndsEarly) {
  const std::string text = MakeNpy(kDict, kTwoFloats);
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(NpyError(text.substr(0, size)), StartsWith("W.npy: ")) << size;
  }
}

TEST(NpyHeader, AlignsTheData) {
  for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{10, 1, 5, 5, 1, 2}}) {
    const NamedArray array{"W", Tensor<double>(shape)};
    std::string text = NpyHeader(array);
    EXPECT_EQ(text.size() % 64, 0u);
    text.append(reinterpret_cast<const char*>(array.bytes().data()), array.bytes().size());
    const ArrayValues values = ParseNpy(AsBytes(text), "W.npy");
    EXPECT_EQ(std::get<Tensor<double>>(values).shape(), shape);
  }
  EXPECT_THAT(NpyHeader({"W", Tensor<float>(Shape{3})}),
              HasSubstr("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"));
  EXPECT_THAT(NpyHeader({"W", Tensor<float>(Shape{3, 4})}), HasSubstr("'shape': (3, 4), }"));
  EXPECT_THAT(NpyHeader({"W", Tensor<float>(Shape{})}), HasSubstr("'shape': (), }"));
}

TEST(ParseNpz, ReadsArraysInTheOrderOfTheFile) {
  const std::string text = MakeZip({{.name = "b.npy"}, {.name = "a.npy"}});
  const std::vector<NamedArray> arrays = ParseNpz(AsBytes(text), "p.npz");
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(arrays[0].name, "b");
  EXPECT_EQ(arrays[1].name, "a");
  EXPECT_THAT(arrays[1].ToFloat().span(), ElementsAre(1, 2));
}

TEST(ParseNpz, RefusesBadEntries) {
  EXPECT_THAT(NpzError("no zip archive at all, only text"),
              StartsWith("p.npz: expected a zip archive: "));
  EXPECT_THAT(NpzError(MakeZip({{.name = "readme.txt"}})),
              HasSubstr("p.npz: entry 'readme.txt': expected a name that ends in .npy"));
  EXPECT_THAT(NpzError(MakeZip({{}, {}})), HasSubstr("entry 'W.npy': occurs twice"));
  EXPECT_THAT(NpzError(MakeZip({{.checksum = 1}})), HasSubstr("entry 'W.npy': CRC error"));
  EXPECT_THAT(NpzError(MakeZip({{.flags = 1}})), HasSubstr("'W.npy' is encrypted"));
  EXPECT_THAT(NpzError(MakeZip({{.method = 12}})),
              HasSubstr("expected compression method 0 (stored) or 8 (deflated), found 12"));
  EXPECT_THAT(NpzError(MakeZip({{.size = 1u << 31}})), HasSubstr("2147483648"));
  EXPECT_THAT(NpzError(MakeZip({{.data = "\3\0"s, .method = 8, .size = 1u << 31}})),
              HasSubstr("2 bytes in the archive cannot become 2147483648"));
  // An empty stream of deflate, which claims to hold something.
  EXPECT_THAT(NpzError(MakeZip({{.data = "\3\0"s, .method = 8, .checksum = 1, .size = 100}})),
              HasSubstr("entry 'W.npy': "));
  EXPECT_THAT(NpzError(MakeZip({{.data = "\xff\xff"s, .method = 8, .size = 100}})),
              HasSubstr("entry 'W.npy': "));
  EXPECT_THAT(NpzError(MakeZip({{.data = "x"}})),
              HasSubstr("entry 'W.npy': offset 0: the beginning of an array needs 6 bytes"));
}

TEST(ParseNpz, RefusesEntriesThatShareTheirBytes) {
  // Many names in the directory for the bytes of one entry.
  const std::string data =
      MakeNpy("{'descr': '<f4', 'fortran_order': False, 'shape': (250,)}", std::string(1000, '\0'));
  const std::string one = MakeZip({{.data = data}});
  const size_t begin = one.find("PK\1\2");
  const size_t end = one.find("PK\5\6");
  const std::string entry = one.substr(begin, end - begin);
  std::string other = entry;
  other.replace(other.find("W.npy"), 1, "X");
  const std::string text = one.substr(0, begin) + entry + other + "PK\5\6" + LittleEndian(0, 4) +
                           LittleEndian(2, 2) + LittleEndian(2, 2) +
                           LittleEndian(2 * entry.size(), 4) + LittleEndian(begin, 4) +
                           LittleEndian(0, 2);
  EXPECT_THAT(NpzError(text), HasSubstr("but the file has only"));
}

TEST(ParseNpz, RefusesAFileThatEndsEarly) {
  const std::string text = MakeZip({{}});
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(NpzError(text.substr(0, size)), StartsWith("p.npz: ")) << size;
  }
}

TEST(WriteNpz, IsReadWithTheSameBitsAndAlwaysTheSame) {
  const TemporaryFolder folder;
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{2, 1, 3})});
  arrays.push_back({"b\xc3\xa4", Tensor<double>(Shape{})});
  std::get<Tensor<float>>(arrays[0].values)[5] = -0.0F;
  std::get<Tensor<double>>(arrays[1].values)[0] = 0.1;
  WriteNpz(folder / "a.npz", arrays);
  WriteNpz(folder / "b.npz", arrays);
  EXPECT_EQ(ReadBytes(folder / "a.npz"), ReadBytes(folder / "b.npz"));
  const std::vector<NamedArray> read = ReadNpz(folder / "a.npz");
  ASSERT_EQ(read.size(), arrays.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, arrays[i].name);
    EXPECT_EQ(read[i].dtype(), arrays[i].dtype());
    EXPECT_EQ(read[i].shape(), arrays[i].shape());
    EXPECT_TRUE(std::ranges::equal(read[i].bytes(), arrays[i].bytes()));
  }
  WriteNpz(folder / "none.npz", {});
  EXPECT_TRUE(ReadNpz(folder / "none.npz").empty());
}

TEST(WriteNpz, RefusesImpossibleNamesAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = WriteBytes(folder / "params.npz", "old");
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{1})});
  arrays.push_back({"W1", Tensor<float>(Shape{1})});
  EXPECT_THAT(ErrorText([&] { WriteNpz(path, arrays); }), HasSubstr("'W1' is taken"));
  for (const std::string& name : {""s, "a\0b"s, "\xff"s}) {
    arrays[1].name = name;
    EXPECT_THAT(ErrorText([&] { WriteNpz(path, arrays); }),
                HasSubstr("a name is empty, not UTF-8"));
  }
  EXPECT_EQ(ReadBytes(path), "old");
}

class NpzNumpyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  }

  TemporaryFolder folder_;
};

TEST_F(NpzNumpyTest, ReadsEveryTypeByteOrderAndAxisOrder) {
  ASSERT_TRUE(RunNumpy(R"(
w = np.arange(24).reshape(2, 3, 4) + 0.5
arrays = {code + order: np.array(w, code, order=order)
          for code in ('<f4', '>f4', '<f8', '>f8') for order in 'CF'}
arrays['scalar'] = np.array(7.0)
np.savez(folder + '/stored.npz', **arrays)
np.savez_compressed(folder + '/deflated.npz', **arrays)
)",
                       folder_.path()));
  for (const char* file : {"stored.npz", "deflated.npz"}) {
    SCOPED_TRACE(file);
    const std::vector<NamedArray> arrays = ReadNpz(folder_ / file);
    ASSERT_EQ(arrays.size(), 9u);
    for (const NamedArray& array : std::span(arrays).first(8)) {
      SCOPED_TRACE(array.name);
      EXPECT_EQ(array.dtype(), array.name[2] == '4' ? "float32" : "float64");
      ASSERT_EQ(array.shape(), (Shape{2, 3, 4}));
      const Tensor<double> values = array.ToDouble();
      for (int64_t i = 0; i < 24; ++i) EXPECT_EQ(values[i], static_cast<double>(i) + 0.5);
    }
    EXPECT_EQ(arrays[8].name, "scalar");
    EXPECT_EQ(arrays[8].ToDouble()[0], 7);
  }
}

TEST_F(NpzNumpyTest, RefusesOtherTypes) {
  ASSERT_TRUE(RunNumpy(R"(
np.savez(folder + '/int.npz', W1=np.arange(3))
np.savez(folder + '/object.npz', W1=np.array([None], dtype=object))
np.savez(folder + '/record.npz', W1=np.zeros(2, [('x', 'f4')]))
np.savez(folder + '/empty.npz', W1=np.zeros((0, 3)))
)",
                       folder_.path()));
  const auto error = [&](const char* name) { return ErrorText([&] { ReadNpz(folder_ / name); }); };
  EXPECT_THAT(error("int.npz"), HasSubstr("int.npz: entry 'W1.npy': expected float32 or float64"));
  EXPECT_THAT(error("object.npz"), HasSubstr("found |O"));
  EXPECT_THAT(error("record.npz"), HasSubstr("found a record"));
  EXPECT_THAT(error("empty.npz"), HasSubstr("entry 'W1.npy': shape: "));
}

TEST_F(NpzNumpyTest, NumpyReadsWhatIsWritten) {
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{2, 3})});
  for (int64_t i = 0; i < 6; ++i) std::get<Tensor<float>>(arrays[0].values)[i] = float(i) / 2;
  arrays.push_back({"gr\xc3\xb6", Tensor<double>(Shape{})});
  std::get<Tensor<double>>(arrays[1].values)[0] = 1e300;
  WriteNpz(folder_ / "a.npz", arrays);
  EXPECT_TRUE(RunNumpy(R"(
params = np.load(folder + '/a.npz')
assert list(params) == ['W1', 'gr\u00f6'], list(params)
w, s = params.values()
assert w.dtype == '<f4' and w.tolist() == [[0, 0.5, 1], [1.5, 2, 2.5]], w
assert s.dtype == '<f8' and s.shape == () and s == 1e300
)",
                       folder_.path()));
}

}  // namespace
}  // namespace ocellus
