// Pickles made by hand: what is written is read, and everything else is refused.
#include "ocellus/formats/pickle.h"

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

std::vector<NamedArray> ParseText(std::string_view text) {
  return ParsePickle({reinterpret_cast<const uint8_t*>(text.data()), text.size()}, "p.pkl");
}

std::string PickleError(std::string_view text) {
  return ErrorText([&] { ParseText(text); });
}

// {'W': numpy.array([1, 2], '<f4')} in pieces, to be changed.
struct Pickle {
  std::string begin = "\x80\x02}"s;
  std::string key = "X\1\0\0\0W"s;
  std::string array =
      "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85"s + "C\1b" + "\x87R";
  std::string shape = "(K\1K\2\x85"s;
  std::string dtype = "cnumpy\ndtype\nX\2\0\0\0f4\x89\x88\x87R"s;
  std::string dtype_state = "(K\3X\1\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"s;
  std::string order = "\x89";
  std::string bytes = "B\x08\0\0\0\0\0\x80\x3f\0\0\0\x40"s;
  std::string end = "tbs.";

  std::string text() const {
    return begin + key + array + shape + dtype + dtype_state + order + bytes + end;
  }
};

TEST(ParsePickle, ReadsADict) {
  const std::vector<NamedArray> arrays = ParseText(Pickle().text());
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(arrays[0].name, "W");
  EXPECT_THAT(arrays[0].ToFloat().span(), ElementsAre(1, 2));
  EXPECT_TRUE(ParseText("\x80\x04}.").empty());
}

TEST(ParsePickle, RefusesToCallAnythingElse) {
  EXPECT_EQ(PickleError("\x80\x02"s + "cos\nsystem\nX\2\0\0\0ls\x85R."s),
            "p.pkl: offset 2: refused to use os.system: expected a dict of float32 or float64 "
            "arrays");
  EXPECT_EQ(PickleError("\x80\x04\x8c\2os\x8c\6system\x93\x8c\2ls\x85R."),
            "p.pkl: offset 14: refused to use os.system: expected a dict of float32 or float64 "
            "arrays");
  EXPECT_THAT(PickleError("\x80\x02"s + "cbuiltins\neval\n."), HasSubstr("use builtins.eval"));
  EXPECT_THAT(PickleError("\x80\x02"s + "cos\ndtype\n."), HasSubstr("refused to use os.dtype"));
  // A name with a dot would be an attribute of an attribute.
  EXPECT_THAT(PickleError("\x80\x04\x8c\5numpy\x8c\x0c"s + "ndarray.dump\x93."),
              HasSubstr("refused to use numpy.ndarray.dump"));
  EXPECT_THAT(PickleError("\x80\x02"s + "cnumpy\nload\n."), HasSubstr("refused to use numpy.load"));
  EXPECT_THAT(PickleError("\x80\x02"s + "c\x1b[2J\nx\n."), HasSubstr("refused to use ?[2J.x"));
  EXPECT_THAT(PickleError("\x80\x02"s + "cnumpy\nndarray\n)R."),
              HasSubstr("refused to call numpy.ndarray"));
  EXPECT_THAT(PickleError("\x80\x02NNR."),
              HasSubstr("expected a function and a tuple, found None"));
}

TEST(ParsePickle, NamesRefusedInstructions) {
  EXPECT_THAT(PickleError("\x80\x02(ios\nsystem\n."),
              HasSubstr("p.pkl: offset 3: instruction INST (0x69) is not needed"));
  EXPECT_THAT(PickleError("\x80\x02\x81."), HasSubstr("offset 2: instruction NEWOBJ (0x81)"));
  EXPECT_THAT(PickleError("\x80\x02Q."), HasSubstr("instruction BINPERSID (0x51)"));
  EXPECT_THAT(PickleError("\x80\x02\xff."), HasSubstr("instruction 0xff"));
  EXPECT_THAT(PickleError("\x80\x02\x80\x02."), HasSubstr("a second PROTO"));
}

TEST(ParsePickle, RefusesOtherProtocols) {
  EXPECT_THAT(PickleError("(dp0\n."), HasSubstr("expected a pickle of protocol 2 to 5"));
  EXPECT_THAT(PickleError("\x80\x01}."), HasSubstr("protocol 2 to 5, found 1"));
  EXPECT_THAT(PickleError("\x80\x06}."), HasSubstr("protocol 2 to 5, found 6"));
}

TEST(ParsePickle, BoundsEverySizeByTheFile) {
  const std::string huge = "\xff\xff\xff\xff\xff\xff\xff\x7f";
  EXPECT_THAT(PickleError("\x80\x04\x8d" + huge), HasSubstr("a text needs 9223372036854775807"));
  EXPECT_THAT(PickleError("\x80\x04\x8e" + huge),
              HasSubstr("a piece of bytes needs 9223372036854775807 bytes, 0 are left"));
  EXPECT_THAT(PickleError("\x80\x05\x96" + huge), HasSubstr("a piece of bytes needs"));
  EXPECT_THAT(PickleError("\x80\x04\x95" + huge), HasSubstr("a frame needs"));
  EXPECT_THAT(PickleError("\x80\x02X\xff\xff\xff\xff"), HasSubstr("a text needs 4294967295"));
  EXPECT_THAT(PickleError("\x80\x02\x8a\x09"), HasSubstr("expected a number of at most 8 bytes"));
  EXPECT_THAT(PickleError("\x80\x02"s + "c" + std::string(300, 'a') + "\nb\n"),
              HasSubstr("expected a line of at most 200 bytes"));

  Pickle pickle;
  pickle.shape = "(K\1J\xff\xff\xff\x7f\x85";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("shape 2147483647 needs 8589934588 bytes, "
                                                    "found 8"));
  pickle.shape = "(K\1\x8a\x08" + huge + "\x85";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("9223372036854775807"));
  pickle.shape = "(K\1J\xff\xff\xff\xff\x85";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("-1"));
  pickle.shape = "(K\1(K\1K\1K\1K\1K\1K\1K\2t"s;
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("7"));
  pickle.shape = "(K\1K\3\x85";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("shape 3 needs 12 bytes, found 8"));
}

TEST(ParsePickle, BoundsItsMemory) {
  EXPECT_THAT(PickleError("\x80\x02" + std::string(20'000, 'N')),
              HasSubstr("more than 10000 objects on the stack"));
  EXPECT_THAT(PickleError("\x80\x02Nq"s + '\0' + "h\0"s +
                          [] {
                            std::string text;
                            for (int i = 0; i < 20'000; ++i) text += "h\0"s;
                            return text;
                          }()),
              HasSubstr("more than 10000 objects on the stack"));
  EXPECT_THAT(PickleError("\x80\x02" + std::string(20'000, '(')),
              HasSubstr("more than 10000 marks"));
  // Tuples in tuples: too many, and never too deep to be removed.
  EXPECT_THAT(PickleError("\x80\x02N" + std::string(1'100'000, '\x85')),
              HasSubstr("more than 1000000 objects"));
  EXPECT_THAT(PickleError("\x80\x02N" + std::string(900'000, '\x85') + "."),
              HasSubstr("expected a dict, found a tuple"));

  std::string encode = "\x80\x02" + "c_codecs\nencode\nq\0X\xff\0\0\0"s + std::string(255, 'x') +
                       "X\6\0\0\0latin1\x86q\1"s;
  for (int i = 0; i < 10; ++i) encode += "h\0h\1R"s;
  EXPECT_THAT(PickleError(encode), HasSubstr("a text is encoded again and again"));

  // One array, again and again.
  Pickle pickle;
  pickle.shape = "(K\1K\xff\x85";
  pickle.bytes = "B\xfc\3\0\0"s + std::string(1020, '\0');
  pickle.end = "tbq\1s"s;
  std::string text = pickle.text();
  for (char name = 'a'; name <= 'z'; ++name) text += "X\1\0\0\0"s + name + "h\1s";
  EXPECT_THAT(PickleError(text + "."), HasSubstr("the arrays need more bytes than the file has"));
}

TEST(ParsePickle, ChecksTheStackAndTheMemo) {
  EXPECT_THAT(PickleError("\x80\x02."), HasSubstr("the stack is empty"));
  EXPECT_THAT(PickleError("\x80\x02\x85."), HasSubstr("the stack is empty"));
  EXPECT_THAT(PickleError("\x80\x02}N(\x85."), HasSubstr("the stack is empty"));
  EXPECT_THAT(PickleError("\x80\x02}NN(s."), HasSubstr("the stack is empty"));
  EXPECT_THAT(PickleError("\x80\x02q\1."), HasSubstr("the stack is empty"));
  EXPECT_THAT(PickleError("\x80\x02}t."), HasSubstr("there is no mark"));
  EXPECT_THAT(PickleError("\x80\x02}u."), HasSubstr("there is no mark"));
  EXPECT_THAT(PickleError("\x80\x02h\7."), HasSubstr("memo entry 7 does not exist"));
  EXPECT_THAT(PickleError("\x80\x02}(Nu."), HasSubstr("a key without a value"));
  EXPECT_THAT(PickleError("\x80\x02N(NNu."), HasSubstr("expected a dict to put items into"));
  EXPECT_THAT(PickleError("\x80\x04NN\x93."), HasSubstr("expected a name, found None"));
  EXPECT_THAT(PickleError("\x80\x02}Nb."), HasSubstr("expected a state that is a tuple"));
  EXPECT_THAT(PickleError("\x80\x02})b."), HasSubstr("a dict cannot have a state"));
  EXPECT_THAT(PickleError("\x80\x02}.}"), HasSubstr("1 bytes after the end of the pickle"));
}

TEST(ParsePickle, ChecksArguments) {
  Pickle pickle;
  pickle.array = "cnumpy.core.multiarray\n_reconstruct\n)R";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("expected _reconstruct(numpy.ndarray"));
  pickle = {};
  pickle.dtype = "cnumpy\ndtype\nX\2\0\0\0f4\x85R"s;
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("expected numpy.dtype(code, align, copy)"));
  pickle = {};
  pickle.dtype = "cnumpy\ndtype\nX\2\0\0\0i4\x89\x88\x87R"s;
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("found i4"));
  pickle = {};
  pickle.dtype_state[8] = '|';
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("little-endian or big-endian dtype"));
  pickle = {};
  pickle.order = "N";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("expected the state of an array"));
  pickle = {};
  pickle.bytes = "N";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("expected the state of an array"));
  pickle = {};
  pickle.shape = "(K\1N\x85";
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("shape: expected numbers, found None"));
  pickle = {};
  pickle.key = "X\1\0\0\0\xff"s;
  EXPECT_THAT(PickleError(pickle.text()), HasSubstr("the key '?' is not UTF-8"));

  const std::string array = "\x80\x02}X\1\0\0\0W"s;
  EXPECT_THAT(PickleError(array + Pickle().array + "s."), HasSubstr("an array without state"));
  const std::string frombuffer = "cnumpy._core.numeric\n_frombuffer\n";
  EXPECT_THAT(PickleError(array + frombuffer + ")R"), HasSubstr("expected _frombuffer(bytes"));
  // Order 'K', of an array whose axes are permuted.
  EXPECT_THAT(PickleError(array + frombuffer + "(" + Pickle().bytes + Pickle().dtype +
                          "K\2\x85X\1\0\0\0KtR"s),
              HasSubstr("expected _frombuffer(bytes, dtype, shape, 'C' or 'F')"));
  EXPECT_THAT(PickleError("\x80\x02"s + "c_codecs\nencode\nX\1\0\0\0aX\5\0\0\0utf-8\x86R"s),
              HasSubstr("expected _codecs.encode(text, 'latin1')"));
  EXPECT_THAT(
      PickleError("\x80\x02"s + "c_codecs\nencode\nX\3\0\0\0\xe2\x82\xacX\6\0\0\0latin1\x86R"s),
      HasSubstr("character at byte 0 of a text of 3 bytes is not Latin-1"));
}

TEST(ParsePickle, ReadsNewerFromBufferWithFiveArguments) {
  const std::string text = "\x80\x05}X\1\0\0\0W"s + "cnumpy._core.numeric\n_frombuffer\n(" +
                           Pickle().bytes + Pickle().dtype + "K\1K\2\x86X\1\0\0\0FNtRs."s;
  const std::vector<NamedArray> arrays = ParseText(text);
  ASSERT_EQ(arrays.size(), 1u);
  EXPECT_EQ(arrays[0].shape(), (Shape{1, 2}));
}

TEST(ParsePickle, RefusesANameThatOccursTwice) {
  Pickle first;
  first.end = "tbs";
  Pickle second;
  second.begin.clear();
  EXPECT_THAT(PickleError(first.text() + second.text()), HasSubstr("'W' occurs twice"));
}

TEST(ParsePickle, RefusesAFileThatEndsEarly) {
  const std::string text = Pickle().text();
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_THAT(PickleError(text.substr(0, size)), StartsWith("p.pkl: offset ")) << size;
  }
}

TEST(WritePickle, IsReadWithTheSameBits) {
  const TemporaryFolder folder;
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{2, 1, 3})});
  arrays.push_back({"b\xc3\xa4", Tensor<double>(Shape{})});
  arrays.push_back({std::string(300, 'n'), Tensor<float>(Shape{1})});
  std::get<Tensor<float>>(arrays[0].values)[5] = -0.0F;
  std::get<Tensor<double>>(arrays[1].values)[0] = 0.1;
  WritePickle(folder / "params.pkl", arrays);
  const std::vector<NamedArray> read = ReadPickle(folder / "params.pkl");
  ASSERT_EQ(read.size(), arrays.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].name, arrays[i].name);
    EXPECT_EQ(read[i].dtype(), arrays[i].dtype());
    EXPECT_EQ(read[i].shape(), arrays[i].shape());
    EXPECT_TRUE(std::ranges::equal(read[i].bytes(), arrays[i].bytes()));
  }
}

TEST(WritePickle, RefusesImpossibleNamesAndLeavesTheOldFile) {
  const TemporaryFolder folder;
  const std::filesystem::path path = WriteBytes(folder / "params.pkl", "old");
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{1})});
  arrays.push_back({"W1", Tensor<float>(Shape{1})});
  EXPECT_THAT(ErrorText([&] { WritePickle(path, arrays); }), HasSubstr("'W1' is taken"));
  arrays[1].name = "\xff";
  EXPECT_THAT(ErrorText([&] { WritePickle(path, arrays); }), HasSubstr("is not UTF-8"));
  EXPECT_EQ(ReadBytes(path), "old");
}

}  // namespace
}  // namespace ocellus
