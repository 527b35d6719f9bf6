// A machine that runs the pickle of a dict of arrays and nothing else.
#include <deque>
#include <set>
#include <unordered_map>

#include "ocellus/base/error.h"
#include "ocellus/formats/byte_reader.h"
#include "ocellus/formats/file.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/pickle_numpy.h"
#include "ocellus/formats/pickle_object.h"
#include "ocellus/formats/pickle_opcodes.h"
#include "ocellus/formats/utf8.h"

namespace ocellus {
namespace {

using Op = PickleOpcode;

// An array needs about 25 objects, and about as many entries of the memo; Python puts 1000 items
// of a dict on the stack at once.
constexpr size_t kMaxObjects = 1'000'000;
constexpr size_t kMaxStack = 10'000;

class PickleMachine {
 public:
  PickleMachine(std::span<const uint8_t> bytes, std::string_view where)
      : reader_(bytes, where), size_bytes_(bytes.size()) {}

  // Runs until the end. The dict lives as long as the machine.
  const PickleDict& Run() {
    CheckProtocol();
    while (true) {
      offset_ = reader_.offset();
      const auto opcode = static_cast<Op>(Number<1>());
      if (opcode == Op::kStop) break;
      Execute(opcode);
    }
    const PickleObject* result = Pop();
    const auto* dict = result->As<PickleDict>();
    if (dict == nullptr) FailHere("expected a dict, found {}", result->kind());
    if (reader_.left() != 0) FailHere("{} bytes after the end of the pickle", reader_.left());
    return *dict;
  }

  template <typename... Args>
  [[noreturn]] void FailHere(fmt::format_string<Args...> format, Args&&... args) const {
    Fail("{}: {}", Where(), fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  // The place of the instruction that is executed.
  std::string Where() const { return fmt::format("{}: offset {}", reader_.where(), offset_); }

  template <int kBytes>
  uint64_t Number() {
    return reader_.LittleEndian<kBytes>("an instruction");
  }

  void CheckProtocol() {
    const auto opcode = static_cast<Op>(Number<1>());
    if (opcode != Op::kProto) FailHere("expected a pickle of protocol 2 to 5; is this one?");
    const uint64_t protocol = Number<1>();
    if (protocol < 2 || protocol > 5) {
      FailHere("expected a pickle of protocol 2 to 5, found {}", protocol);
    }
  }

  void Execute(Op opcode);
  void PushText(uint64_t size) { Push({reader_.Text(size, "a text")}); }
  void PushBytes(uint64_t size) { Push({reader_.Take(size, "a piece of bytes")}); }
  void PushLong(uint64_t size);
  void PushGlobal(std::string_view module, std::string_view name) {
    Push({FindPickleGlobal(module, name, Where())});
  }
  std::string_view Line();

  void PutMemo(uint64_t index);
  void GetMemo(uint64_t index);

  void Push(PickleObject object);
  PickleObject* Pop();
  std::string_view PopText(std::string_view what);
  size_t Bottom() const { return marks_.empty() ? 0 : marks_.back(); }  // nothing below is taken
  PickleObject* Top();
  size_t PopMark();
  void PushTuple(size_t size);

  void Call();
  void SetItems(size_t begin);

  ByteReader reader_;
  uint64_t size_bytes_ = 0;
  uint64_t offset_ = 0;
  std::deque<PickleObject> objects_;  // a deque: its elements stay where they are
  std::deque<std::vector<uint8_t>> encoded_;
  uint64_t encoded_bytes_ = 0;
  std::vector<PickleObject*> stack_;
  std::vector<size_t> marks_;  // sizes of the stack
  std::unordered_map<uint64_t, PickleObject*> memo_;
};

void PickleMachine::Execute(Op opcode) {
  switch (opcode) {
    case Op::kFrame:  // a hint for readers of streams
      reader_.CheckLeft(Number<8>(), "a frame");
      return;

    case Op::kNone:
      return Push({PickleNone{}});
    case Op::kNewTrue:
      return Push({true});
    case Op::kNewFalse:
      return Push({false});
    case Op::kBinInt:
      return Push({int64_t{static_cast<int32_t>(Number<4>())}});
    case Op::kBinInt1:
      return Push({static_cast<int64_t>(Number<1>())});
    case Op::kBinInt2:
      return Push({static_cast<int64_t>(Number<2>())});
    case Op::kLong1:
      return PushLong(Number<1>());

    case Op::kShortBinUnicode:
      return PushText(Number<1>());
    case Op::kBinUnicode:
      return PushText(Number<4>());
    case Op::kBinUnicode8:
      return PushText(Number<8>());
    case Op::kShortBinBytes:
      return PushBytes(Number<1>());
    case Op::kBinBytes:
      return PushBytes(Number<4>());
    case Op::kBinBytes8:
    case Op::kByteArray8:
      return PushBytes(Number<8>());

    case Op::kMark:
      if (marks_.size() == kMaxStack) FailHere("more than {} marks", kMaxStack);
      return marks_.push_back(stack_.size());
    case Op::kEmptyTuple:
      return PushTuple(0);
    case Op::kTuple1:
      return PushTuple(1);
    case Op::kTuple2:
      return PushTuple(2);
    case Op::kTuple3:
      return PushTuple(3);
    case Op::kTuple: {
      const size_t begin = PopMark();
      return PushTuple(stack_.size() - begin);
    }

    case Op::kEmptyDict:
      return Push({PickleDict{}});
    case Op::kSetItem:
      if (stack_.size() < Bottom() + 2) FailHere("the stack is empty");
      return SetItems(stack_.size() - 2);
    case Op::kSetItems:
      return SetItems(PopMark());

    case Op::kBinPut:
      return PutMemo(Number<1>());
    case Op::kLongBinPut:
      return PutMemo(Number<4>());
    case Op::kMemoize:
      return PutMemo(memo_.size());
    case Op::kBinGet:
      return GetMemo(Number<1>());
    case Op::kLongBinGet:
      return GetMemo(Number<4>());

    case Op::kGlobal: {
      const std::string_view module = Line();
      return PushGlobal(module, Line());
    }
    case Op::kStackGlobal: {
      const std::string_view name = PopText("a name");
      return PushGlobal(PopText("a module"), name);
    }
    case Op::kReduce:
      return Call();
    case Op::kBuild: {
      const PickleObject* state = Pop();
      return SetPickleState(*Top(), *state, Where());
    }

    case Op::kProto:
      FailHere("a second PROTO");
    case Op::kStop:
      break;  // not executed
  }
  FailHere("instruction {} is not needed for a dict of arrays and is refused",
           RefusedOpcodeName(static_cast<uint8_t>(opcode)));
}

// A number of `size` bytes in two's complement.
void PickleMachine::PushLong(uint64_t size) {
  if (size > 8) FailHere("expected a number of at most 8 bytes, found {}", size);
  uint64_t value = 0;
  int bits = 0;
  for (const uint8_t byte : reader_.Take(size, "a number")) {
    value |= uint64_t{byte} << bits;
    bits += 8;
  }
  const bool is_negative = bits > 0 && (value >> (bits - 1) & 1) != 0;
  if (is_negative && bits < 64) value |= ~uint64_t{0} << bits;
  Push({static_cast<int64_t>(value)});
}

// The text before the next line feed.
std::string_view PickleMachine::Line() {
  constexpr uint64_t kMaxSize = 200;
  const std::string_view text = reader_.Peek(kMaxSize);
  const size_t size = text.find('\n');
  if (size == std::string_view::npos) FailHere("expected a line of at most {} bytes", kMaxSize);
  return reader_.Text(size + 1, "a line").substr(0, size);
}

void PickleMachine::PutMemo(uint64_t index) {
  memo_[index] = Top();
  if (memo_.size() > kMaxObjects) FailHere("more than {} memo entries", kMaxObjects);
}

void PickleMachine::GetMemo(uint64_t index) {
  const auto found = memo_.find(index);
  if (found == memo_.end()) FailHere("memo entry {} does not exist", index);
  if (stack_.size() == kMaxStack) FailHere("more than {} objects on the stack", kMaxStack);
  stack_.push_back(found->second);
}

void PickleMachine::Push(PickleObject object) {
  if (stack_.size() == kMaxStack) FailHere("more than {} objects on the stack", kMaxStack);
  if (objects_.size() == kMaxObjects) FailHere("more than {} objects", kMaxObjects);
  stack_.push_back(&objects_.emplace_back(std::move(object)));
}

PickleObject* PickleMachine::Top() {
  if (stack_.size() <= Bottom()) FailHere("the stack is empty");
  return stack_.back();
}

PickleObject* PickleMachine::Pop() {
  PickleObject* object = Top();
  stack_.pop_back();
  return object;
}

std::string_view PickleMachine::PopText(std::string_view what) {
  const PickleObject* object = Pop();
  const auto* text = object->As<std::string_view>();
  if (text == nullptr) FailHere("expected {}, found {}", what, object->kind());
  return *text;
}

// Removes the last mark and returns the size that the stack had then.
size_t PickleMachine::PopMark() {
  if (marks_.empty()) FailHere("there is no mark");
  const size_t size = marks_.back();
  marks_.pop_back();
  return size;
}

void PickleMachine::PushTuple(size_t size) {
  PickleTuple tuple(size);
  for (size_t i = size; i-- > 0;) tuple[i] = Pop();
  Push({std::move(tuple)});
}

void PickleMachine::Call() {
  const PickleObject* arguments = Pop();
  const PickleObject* function = Pop();
  const auto* global = function->As<PickleGlobal>();
  const auto* tuple = arguments->As<PickleTuple>();
  if (global == nullptr || tuple == nullptr) {
    FailHere("expected a function and a tuple, found {} and {}", function->kind(),
             arguments->kind());
  }
  if (*global != PickleGlobal::kEncode) return Push(CallPickleGlobal(*global, *tuple, Where()));

  const std::vector<uint8_t>& bytes = encoded_.emplace_back(Latin1FromUtf8(*tuple, Where()));
  // Python encodes each text once; a small file must not need much memory.
  encoded_bytes_ += bytes.size();
  if (encoded_bytes_ > size_bytes_) FailHere("a text is encoded again and again");
  Push({PickleBytes(bytes)});
}

// Moves the keys and values from stack_[begin] on to the dict below them.
void PickleMachine::SetItems(size_t begin) {
  const std::vector<PickleObject*> items(stack_.begin() + static_cast<ptrdiff_t>(begin),
                                         stack_.end());
  stack_.resize(begin);
  auto* dict = std::get_if<PickleDict>(&Top()->value);
  if (dict == nullptr) FailHere("expected a dict to put items into, found {}", Top()->kind());
  if (items.size() % 2 != 0) FailHere("a key without a value");
  for (size_t i = 0; i < items.size(); i += 2) {
    const auto* key = items[i]->As<std::string_view>();
    if (key == nullptr) FailHere("expected a text as key, found {}", items[i]->kind());
    if (!IsUtf8(*key)) FailHere("the key '{}' is not UTF-8", Excerpt(*key));
    const auto* array = items[i + 1]->As<PickleArray>();
    if (array == nullptr || !array->layout.has_value()) {
      FailHere("'{}': expected an array of float32 or float64, found {}", Excerpt(*key),
               array == nullptr ? items[i + 1]->kind() : "an array without state");
    }
    dict->emplace_back(*key, items[i + 1]);
  }
}

}  // namespace

std::vector<NamedArray> ReadPickle(const std::filesystem::path& path) {
  const AlignedBuffer<uint8_t> bytes = ReadFile(path);
  return ParsePickle(bytes.span(), path.string());
}

std::vector<NamedArray> ParsePickle(std::span<const uint8_t> bytes, std::string_view where) {
  PickleMachine machine(bytes, where);
  const PickleDict& dict = machine.Run();
  std::vector<NamedArray> arrays;
  std::set<std::string_view> names;
  uint64_t total_bytes = 0;
  for (const auto& [name, object] : dict) {
    if (!names.insert(name).second) machine.FailHere("'{}' occurs twice", name);
    const auto& array = std::get<PickleArray>(object->value);
    // One array may have many names; a small file must not need much memory.
    total_bytes += array.bytes.size();
    if (total_bytes > bytes.size()) {
      machine.FailHere(
          "'{}': the arrays need more bytes than the file has; are two names of one "
          "array?",
          name);
    }
    arrays.push_back({std::string(name), DecodeArray(array.bytes, *array.layout)});
  }
  return arrays;
}

}  // namespace ocellus
