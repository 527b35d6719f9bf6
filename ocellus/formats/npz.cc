// Archives of arrays, read and written with libzip.
#include "ocellus/formats/npz.h"

#include <zip.h>

#include <array>
#include <memory>
#include <set>
#include <string>

#include "ocellus/base/aligned_buffer.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/file.h"
#include "ocellus/formats/npy.h"
#include "ocellus/formats/utf8.h"

namespace ocellus {
namespace {

constexpr std::string_view kSuffix = ".npy";

struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using Archive = std::unique_ptr<zip_t, DiscardArchive>;

struct CloseEntry {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

struct FreeSource {
  void operator()(zip_source_t* source) const { zip_source_free(source); }
};
using Source = std::unique_ptr<zip_source_t, FreeSource>;

// Holds libzip's description of a failure.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;

  zip_error_t* get() { return &error_; }
  const char* text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

// ---- Reading

// Opens an archive in memory, which must outlive it.
Archive OpenArchive(std::span<const uint8_t> bytes, std::string_view where) {
  if (bytes.empty()) Fail("{}: is empty", where);  // libzip would see an archive without entries
  ZipError error;
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get()));
  if (source == nullptr) Fail("{}: {}", where, error.text());
  Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY, error.get()));
  if (archive == nullptr) Fail("{}: expected a zip archive: {}", where, error.text());
  (void)source.release();  // the archive has it now
  return archive;
}

// Returns what is known about an entry. Its sizes can be believed: no more memory will be needed
// than such a file can be worth.
zip_stat_t CheckEntry(zip_t* archive, zip_uint64_t index, uint64_t bytes_left,
                      std::string_view where) {
  zip_stat_t entry;
  zip_stat_init(&entry);
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE |
                                   ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive, index, 0, &entry) != 0 || (entry.valid & kNeeded) != kNeeded) {
    Fail("{}: entry {} is damaged: {}", where, index, zip_strerror(archive));
  }
  if (entry.encryption_method != ZIP_EM_NONE) {
    Fail("{}: entry '{}' is encrypted", where, entry.name);
  }
  if (entry.comp_method != ZIP_CM_STORE && entry.comp_method != ZIP_CM_DEFLATE) {
    Fail("{}: entry '{}': expected compression method 0 (stored) or 8 (deflated), found {}", where,
         entry.name, entry.comp_method);
  }
  // Several entries that share their bytes are an attack.
  if (entry.comp_size > bytes_left) {
    Fail("{}: entry '{}' has {} bytes, but the file has only {} more", where, entry.name,
         entry.comp_size, bytes_left);
  }
  // Deflate needs at least 2 bits for 258 bytes.
  constexpr uint64_t kMaxRatio = 1032;
  const uint64_t max_size = entry.comp_size * (entry.comp_method == ZIP_CM_STORE ? 1 : kMaxRatio);
  if (entry.size > max_size) {
    Fail("{}: entry '{}': {} bytes in the archive cannot become {}", where, entry.name,
         entry.comp_size, entry.size);
  }
  return entry;
}

AlignedBuffer<uint8_t> ReadEntry(zip_t* archive, zip_uint64_t index, const zip_stat_t& entry,
                                 std::string_view where) {
  const OpenEntry file(zip_fopen_index(archive, index, 0));
  if (file == nullptr) Fail("{}: {}", where, zip_strerror(archive));
  AlignedBuffer<uint8_t> bytes(static_cast<int64_t>(entry.size));
  uint64_t size = 0;
  while (size < entry.size) {
    const zip_int64_t count = zip_fread(file.get(), bytes.data() + size, entry.size - size);
    if (count < 0) Fail("{}: {}", where, zip_file_strerror(file.get()));
    if (count == 0) Fail("{}: ends after {} of {} bytes", where, size, entry.size);
    size += static_cast<uint64_t>(count);
  }
  // The checksum is compared at the end of the data.
  uint8_t more = 0;
  const zip_int64_t count = zip_fread(file.get(), &more, 1);
  if (count < 0) Fail("{}: {}", where, zip_file_strerror(file.get()));
  if (count > 0) Fail("{}: expected {} bytes, found more", where, entry.size);
  return bytes;
}

// ---- Writing

void CheckMemberNames(std::span<const NamedArray> arrays, std::string_view where) {
  std::set<std::string_view> names;
  for (const NamedArray& array : arrays) {
    if (array.name.empty() || array.name.find('\0') != std::string::npos || !IsUtf8(array.name)) {
      Fail("{}: a name is empty, not UTF-8 or has a zero byte and cannot be written: '{}'", where,
           array.name);
    }
    if (!names.insert(array.name).second) {
      Fail("{}: the name '{}' is taken and cannot be written again", where, array.name);
    }
  }
}

// Adds an array to the archive, which reads header and array when it is closed.
void AddEntry(zip_t* archive, const NamedArray& array, const std::string& header,
              std::string_view where) {
  const std::span<const uint8_t> data = array.bytes();
  // libzip's fragments are not const, because it may be asked to free them.
  const std::array<zip_buffer_fragment_t, 2> fragments{
      {{reinterpret_cast<zip_uint8_t*>(const_cast<char*>(header.data())), header.size()},
       {const_cast<zip_uint8_t*>(data.data()), data.size()}}};
  Source source(zip_source_buffer_fragment(archive, fragments.data(), fragments.size(), 0));
  const std::string name = array.name + std::string(kSuffix);
  const zip_int64_t added =
      source == nullptr ? -1 : zip_file_add(archive, name.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  if (added < 0) Fail("{}: '{}': {}", where, array.name, zip_strerror(archive));
  (void)source.release();  // the archive has it now
  // The same bytes at any time and place: the first day that zip can write, 1 January 1980.
  constexpr zip_uint16_t kDate = 1 << 5 | 1;
  const auto index = static_cast<zip_uint64_t>(added);
  if (zip_set_file_compression(archive, index, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, index, 0, kDate, 0) != 0) {
    Fail("{}: '{}': {}", where, array.name, zip_strerror(archive));
  }
}

// Writes what libzip has put into memory to the file.
void CopyToFile(zip_source_t* archive, const std::filesystem::path& path) {
  AtomicFile file(path);
  if (zip_source_open(archive) != 0) {
    Fail("{}: {}", path.string(), zip_error_strerror(zip_source_error(archive)));
  }
  std::array<uint8_t, 1 << 16> piece;
  zip_int64_t count = 0;
  while ((count = zip_source_read(archive, piece.data(), piece.size())) > 0) {
    file.Write(std::span(piece).first(static_cast<size_t>(count)));
  }
  zip_source_close(archive);
  if (count < 0) Fail("{}: {}", path.string(), zip_error_strerror(zip_source_error(archive)));
  file.Commit();
}

}  // namespace

std::vector<NamedArray> ReadNpz(const std::filesystem::path& path) {
  const AlignedBuffer<uint8_t> bytes = ReadFile(path);
  return ParseNpz(bytes.span(), path.string());
}

std::vector<NamedArray> ParseNpz(std::span<const uint8_t> bytes, std::string_view where) {
  const Archive archive = OpenArchive(bytes, where);
  std::vector<NamedArray> arrays;
  std::set<std::string> names;
  uint64_t bytes_left = bytes.size();
  const auto count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
  for (zip_uint64_t index = 0; index < count; ++index) {
    const zip_stat_t entry = CheckEntry(archive.get(), index, bytes_left, where);
    bytes_left -= entry.comp_size;
    std::string name = entry.name;
    const std::string entry_where = fmt::format("{}: entry '{}'", where, name);
    if (!name.ends_with(kSuffix)) Fail("{}: expected a name that ends in {}", entry_where, kSuffix);
    name.resize(name.size() - kSuffix.size());
    if (!names.insert(name).second) Fail("{}: occurs twice", entry_where);
    const AlignedBuffer<uint8_t> content = ReadEntry(archive.get(), index, entry, entry_where);
    arrays.push_back({std::move(name), ParseNpy(content.span(), entry_where)});
  }
  return arrays;
}

void WriteNpz(const std::filesystem::path& path, std::span<const NamedArray> arrays) {
  const std::string where = path.string();
  CheckMemberNames(arrays, where);
  if (arrays.empty()) {  // libzip makes no file then
    AtomicFile file(path);
    file.Write(std::string("PK\5\6") + std::string(18, '\0'));
    return file.Commit();
  }
  ZipError error;
  const Source memory(zip_source_buffer_create(nullptr, 0, 0, error.get()));
  if (memory == nullptr) Fail("{}: {}", where, error.text());
  zip_source_keep(memory.get());  // once for the archive, once for reading what it wrote
  Archive archive(zip_open_from_source(memory.get(), ZIP_TRUNCATE, error.get()));
  if (archive == nullptr) {
    zip_source_free(memory.get());
    Fail("{}: {}", where, error.text());
  }
  std::vector<std::string> headers;
  headers.reserve(arrays.size());  // strings that move may move their characters
  for (const NamedArray& array : arrays) {
    AddEntry(archive.get(), array, headers.emplace_back(NpyHeader(array)), where);
  }
  if (zip_close(archive.get()) != 0) Fail("{}: {}", where, zip_strerror(archive.get()));
  static_cast<void>(archive.release());  // closed
  CopyToFile(memory.get(), path);
}

}  // namespace ocellus
