// Writes the pickle that NumPy 1 would write with protocol 4, without frames, which are optional.
// NumPy 2 knows numpy.core under both names.
#include <set>

#include "ocellus/base/error.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/pickle_opcodes.h"
#include "ocellus/formats/utf8.h"

namespace ocellus {
namespace {

using Op = PickleOpcode;

class PickleText {
 public:
  void Put(Op opcode) { text_ += static_cast<char>(opcode); }

  // A number in kBytes bytes, the lowest first.
  template <int kBytes>
  void PutNumber(uint64_t number) {
    for (int i = 0; i < kBytes; ++i) text_ += static_cast<char>(number >> (8 * i) & 0xff);
  }

  void PutText(std::string_view text) {
    Put(Op::kBinUnicode8);
    PutNumber<8>(text.size());
    text_ += text;
  }

  void PutInteger(int64_t number) {
    Put(Op::kLong1);
    PutNumber<1>(8);
    PutNumber<8>(static_cast<uint64_t>(number));
  }

  void PutGlobal(std::string_view module, std::string_view name) {
    PutText(module);
    PutText(name);
    Put(Op::kStackGlobal);
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// numpy.dtype(code, False, True) with the state of a little-endian type.
void PutDtype(std::string_view code, PickleText& pickle) {
  pickle.PutGlobal("numpy", "dtype");
  pickle.PutText(code);
  pickle.Put(Op::kNewFalse);
  pickle.Put(Op::kNewTrue);
  pickle.Put(Op::kTuple3);
  pickle.Put(Op::kReduce);
  pickle.Put(Op::kMark);
  pickle.PutInteger(3);
  pickle.PutText("<");
  for (int i = 0; i < 3; ++i) pickle.Put(Op::kNone);
  for (const int number : {-1, -1, 0}) pickle.PutInteger(number);
  pickle.Put(Op::kTuple);
  pickle.Put(Op::kBuild);
}

// A key and its array up to the bytes of the array, which the caller writes.
std::string ArrayBegin(const NamedArray& array) {
  PickleText pickle;
  pickle.PutText(array.name);
  pickle.PutGlobal("numpy.core.multiarray", "_reconstruct");
  pickle.PutGlobal("numpy", "ndarray");
  pickle.PutInteger(0);
  pickle.Put(Op::kTuple1);
  pickle.Put(Op::kShortBinBytes);
  pickle.PutNumber<1>(1);
  pickle.PutNumber<1>('b');
  pickle.Put(Op::kTuple3);
  pickle.Put(Op::kReduce);
  pickle.Put(Op::kMark);
  pickle.PutInteger(1);
  pickle.Put(Op::kMark);
  for (const int64_t size : array.shape().sizes()) pickle.PutInteger(size);
  pickle.Put(Op::kTuple);
  PutDtype(array.dtype() == "float32" ? "f4" : "f8", pickle);
  pickle.Put(Op::kNewFalse);  // not Fortran order
  pickle.Put(Op::kBinBytes8);
  pickle.PutNumber<8>(array.bytes().size());
  return pickle.text();
}

// After the bytes: the state is complete, and the item goes to the dict.
std::string ArrayEnd() {
  PickleText pickle;
  pickle.Put(Op::kTuple);
  pickle.Put(Op::kBuild);
  pickle.Put(Op::kSetItem);
  return pickle.text();
}

void CheckKeys(std::span<const NamedArray> arrays, std::string_view where) {
  std::set<std::string_view> names;
  for (const NamedArray& array : arrays) {
    if (!IsUtf8(array.name)) {
      Fail("{}: the name '{}' is not UTF-8 and cannot be written", where, array.name);
    }
    if (!names.insert(array.name).second) {
      Fail("{}: the name '{}' is taken and cannot be written again", where, array.name);
    }
  }
}

}  // namespace

void WritePickle(const std::filesystem::path& path, std::span<const NamedArray> arrays) {
  CheckKeys(arrays, path.string());
  PickleText begin;
  begin.Put(Op::kProto);
  begin.PutNumber<1>(4);
  begin.Put(Op::kEmptyDict);
  PickleText end;
  end.Put(Op::kStop);

  AtomicFile file(path);
  file.Write(begin.text());
  for (const NamedArray& array : arrays) {
    file.Write(ArrayBegin(array));
    file.Write(array.bytes());
    file.Write(ArrayEnd());
  }
  file.Write(end.text());
  file.Commit();
}

}  // namespace ocellus
