// Safetensors, read with suspicion.
#include "ocellus/formats/safetensors.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "ocellus/base/error.h"
#include "ocellus/formats/array_layout.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/byte_reader.h"
#include "ocellus/formats/file.h"

namespace ocellus {
namespace {

using HeaderJson = nlohmann::json;

constexpr const char* kMetadataKey = "__metadata__";
constexpr uint64_t kAlignmentOfData = 8;
// As in the official implementation. Ten thousand arrays need about 1 MB.
constexpr uint64_t kMaxHeaderBytes = 100'000'000;
// The file, an array, its shape, a number. What is deeper is no header, and printing it in a
// message would need a stack as deep.
constexpr int kMaxHeaderDepth = 4;

// Parses the header. nlohmann's parser checks the syntax and UTF-8; the last one of equal keys
// would win silently, so they are counted here.
HeaderJson ParseHeader(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto check = [&](int depth, HeaderJson::parse_event_t event, HeaderJson& parsed) {
    if (depth > kMaxHeaderDepth) Fail("{}: header: is nested too deeply", where);
    if (event == HeaderJson::parse_event_t::object_start) keys.emplace_back();
    if (event == HeaderJson::parse_event_t::object_end) keys.pop_back();
    if (event == HeaderJson::parse_event_t::key &&
        !keys.back().insert(parsed.get<std::string>()).second) {
      Fail("{}: header: '{}' occurs twice", where, parsed.get<std::string>());
    }
    return true;
  };
  try {
    HeaderJson header = HeaderJson::parse(text, check);
    if (!header.is_object()) Fail("{}: header: expected a JSON object", where);
    return header;
  } catch (const HeaderJson::exception& error) {
    Fail("{}: header is not valid JSON: {}", where, error.what());
  }
}

Metadata ParseMetadata(const HeaderJson& json, std::string_view where) {
  if (!json.is_object()) Fail("{}: {}: expected an object", where, kMetadataKey);
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) Fail("{}: {}: '{}' is not a text", where, kMetadataKey, key);
    metadata[key] = value.get<std::string>();
  }
  return metadata;
}

// A list of whole numbers from 0 to 2^63 - 1.
std::vector<int64_t> ParseIntegers(const HeaderJson& json, std::string_view where) {
  if (!json.is_array()) Fail("{}: expected a list", where);
  std::vector<int64_t> numbers;
  for (const HeaderJson& number : json) {
    if (!number.is_number_unsigned() || number.get<uint64_t>() > INT64_MAX) {
      Fail("{}: expected whole numbers below 2^63, found {}", where, number.dump());
    }
    numbers.push_back(number.get<int64_t>());
  }
  return numbers;
}

// One array of the header: where its bytes are and what they mean.
struct ArrayEntry {
  std::string name;
  ArrayLayout layout;
  int64_t begin = 0;
  int64_t end = 0;
};

ArrayEntry ParseEntry(const std::string& name, const HeaderJson& json, std::string_view file) {
  const std::string where = fmt::format("{}: array '{}'", file, name);
  if (!json.is_object()) Fail("{}: expected an object", where);
  const auto member = [&](const char* key) -> const HeaderJson& {
    const auto found = json.find(key);
    if (found == json.end()) Fail("{}: {} is missing", where, key);
    return *found;
  };
  const HeaderJson& dtype = member("dtype");
  ArrayEntry entry{.name = name};
  if (dtype == "F64") {
    entry.layout.element.size_bytes = 8;
  } else if (dtype != "F32") {
    Fail("{}: expected dtype F32 or F64, found {}", where, dtype.dump());
  }
  entry.layout.shape = ParseShape(ParseIntegers(member("shape"), where + ": shape"), where);
  const std::vector<int64_t> offsets =
      ParseIntegers(member("data_offsets"), where + ": data_offsets");
  if (offsets.size() != 2) {
    Fail("{}: data_offsets: expected 2 numbers, found {}", where, offsets.size());
  }
  if (json.size() != 3) {
    Fail("{}: expected only dtype, shape and data_offsets, found {}", where, json.dump());
  }
  entry.begin = offsets[0];
  entry.end = offsets[1];
  // Neither side overflows: a Shape has at most 2^58 elements, and offsets are not negative.
  if (entry.end - entry.begin != entry.layout.size_bytes()) {
    Fail("{}: shape {} of {} needs {} bytes, data_offsets {} to {} hold {}", where,
         entry.layout.shape.ToString(), dtype.get<std::string>(), entry.layout.size_bytes(),
         entry.begin, entry.end, entry.end - entry.begin);
  }
  return entry;
}

// Every byte of the data must belong to exactly one entry. `entries` are sorted by offset.
void CheckCoverage(std::span<const ArrayEntry> entries, int64_t data_bytes,
                   std::string_view where) {
  int64_t covered = 0;
  for (const ArrayEntry& entry : entries) {
    if (entry.begin != covered) {
      Fail("{}: array '{}': data begins at {}, but the array before it ends at {} ({})", where,
           entry.name, entry.begin, covered, entry.begin < covered ? "overlap" : "hole");
    }
    if (entry.end > data_bytes) {
      Fail("{}: array '{}': data ends at {}, but the file has only {} bytes of data", where,
           entry.name, entry.end, data_bytes);
    }
    covered = entry.end;
  }
  if (covered != data_bytes) {
    Fail("{}: {} bytes after the last array", where, data_bytes - covered);
  }
}

// The JSON text of a string. Throws Error if it is not UTF-8.
std::string Quote(const std::string& text, std::string_view where) {
  try {
    return HeaderJson(text).dump();
  } catch (const HeaderJson::exception&) {
    Fail("{}: '{}' is not UTF-8 and cannot be written", where, text);
  }
}

// An array as it is written.
struct Output {
  std::string_view name;
  std::string_view dtype;
  std::span<const int64_t> shape;
  std::span<const uint8_t> bytes;
};

std::string MakeHeader(std::span<const Output> arrays, const Metadata& metadata,
                       std::string_view where) {
  std::vector<std::string> members;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata) {
      pairs.push_back(Quote(key, where) + ":" + Quote(value, where));
    }
    members.push_back(fmt::format("\"{}\":{{{}}}", kMetadataKey, fmt::join(pairs, ",")));
  }
  std::set<std::string_view> names{kMetadataKey};
  size_t offset = 0;
  for (const Output& array : arrays) {
    if (!names.insert(array.name).second) {
      Fail("{}: the name '{}' is taken and cannot be written again", where, array.name);
    }
    const size_t end = offset + array.bytes.size();
    members.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                  Quote(std::string(array.name), where), array.dtype,
                                  fmt::join(array.shape, ","), offset, end));
    offset = end;
  }
  std::string header = fmt::format("{{{}}}", fmt::join(members, ","));
  // The 8 bytes before it do not change the alignment.
  while (header.size() % kAlignmentOfData != 0) header += ' ';
  return header;
}

void Write(const std::filesystem::path& path, std::span<const Output> arrays,
           const Metadata& metadata) {
  const std::string header = MakeHeader(arrays, metadata, path.string());
  std::array<uint8_t, 8> length{};
  for (size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<uint8_t>(header.size() >> (8 * i));
  }
  AtomicFile file(path);
  file.Write(length);
  file.Write(header);
  for (const Output& array : arrays) file.Write(array.bytes);
  file.Commit();
}

}  // namespace

Safetensors ParseSafetensors(std::span<const uint8_t> bytes, std::string_view where) {
  ByteReader reader(bytes, where);
  const uint64_t header_bytes = reader.LittleEndian<8>("the length of the header");
  if (header_bytes > kMaxHeaderBytes) {
    Fail("{}: expected a header of at most {} bytes, found {}; is this a safetensors file?", where,
         kMaxHeaderBytes, header_bytes);
  }
  const HeaderJson header = ParseHeader(reader.Text(header_bytes, "the header"), where);
  const std::span<const uint8_t> data = reader.Take(reader.left(), "the data");

  Safetensors file;
  std::vector<ArrayEntry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadataKey) {
      file.metadata = ParseMetadata(value, where);
    } else {
      entries.push_back(ParseEntry(name, value, where));
    }
  }
  std::ranges::sort(entries, {}, &ArrayEntry::begin);
  CheckCoverage(entries, static_cast<int64_t>(data.size()), where);
  for (ArrayEntry& entry : entries) {
    const auto part = data.subspan(static_cast<size_t>(entry.begin),
                                   static_cast<size_t>(entry.layout.size_bytes()));
    file.arrays.push_back({std::move(entry.name), DecodeArray(part, entry.layout)});
  }
  return file;
}

Safetensors ReadSafetensors(const std::filesystem::path& path) {
  const AlignedBuffer<uint8_t> bytes = ReadFile(path);
  return ParseSafetensors(bytes.span(), path.string());
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedArray> arrays,
                      const Metadata& metadata) {
  std::vector<Output> outputs;
  for (const NamedArray& array : arrays) {
    outputs.push_back({.name = array.name,
                       .dtype = array.dtype() == "float32" ? "F32" : "F64",
                       .shape = array.shape().sizes(),
                       .bytes = array.bytes()});
  }
  Write(path, outputs, metadata);
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedView> arrays,
                      const Metadata& metadata) {
  std::vector<Output> outputs;
  for (const NamedView& array : arrays) {
    const std::span<const float> values = array.values.span();
    outputs.push_back(
        {.name = array.name,
         .dtype = "F32",
         .shape = array.values.shape().sizes(),
         .bytes = {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()}});
  }
  Write(path, outputs, metadata);
}

}  // namespace ocellus
