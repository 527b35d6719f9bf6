// IDX files, plain or compressed.
#include "ocellus/data/idx.h"

#include <zlib.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/formats/byte_reader.h"
#include "ocellus/formats/file.h"

namespace ocellus {
namespace {

constexpr uint64_t kUnsignedByte = 8;

// The header: checked, and with it the number of bytes that the elements take.
struct Header {
  Shape shape;
  uint64_t size_bytes = 0;  // of the header
};

uint64_t HeaderBytes(int rank) { return 4 + 4 * static_cast<uint64_t>(rank); }

Header ParseHeader(std::span<const uint8_t> bytes, int rank, std::string_view where) {
  ByteReader reader(bytes, where);
  const uint64_t zeros = reader.BigEndian<2>("the magic number");
  const uint64_t type = reader.BigEndian<1>("the magic number");
  const uint64_t axes = reader.BigEndian<1>("the magic number");
  if (zeros != 0 || type != kUnsignedByte || axes != static_cast<uint64_t>(rank)) {
    const uint64_t found = zeros << 16 | type << 8 | axes;
    Fail("{}: expected magic number {:#010x} (unsigned bytes, {} {}), found {:#010x}{}", where,
         kUnsignedByte << 8 | static_cast<uint64_t>(rank), rank, rank == 1 ? "axis" : "axes", found,
         zeros != 0 ? "; this is not an IDX file" : "");
  }
  std::vector<int64_t> sizes;
  sizes.reserve(static_cast<size_t>(rank));
  for (int axis = 0; axis < rank; ++axis) {
    sizes.push_back(static_cast<int64_t>(reader.BigEndian<4>("the size of an axis")));
  }
  try {
    return {Shape(sizes), reader.offset()};
  } catch (const Error& error) {
    Fail("{}: {}", where, error.what());
  }
}

void CheckSize(uint64_t found, uint64_t expected, const Shape& shape, std::string_view where) {
  if (found == expected) return;
  Fail("{}: expected {} bytes for {} elements, found {}; {}", where, expected, shape.ToString(),
       found, found < expected ? "the file is truncated" : "something follows the last element");
}

// Whether the bytes begin as gzip data does.
bool BeginsGzip(const uint8_t* bytes, size_t size) {
  return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

// A gzip file being decompressed piece by piece. Several members one after the other, as `cat a.gz
// b.gz` makes them, are one text (RFC 1952, section 2.2).
class Gunzip {
 public:
  Gunzip(std::span<const uint8_t> bytes, std::string_view where) : where_(where) {
    // 15: the largest window; + 16: gzip only.
    if (inflateInit2(&stream_, 15 + 16) != Z_OK) throw std::bad_alloc();
    stream_.next_in = const_cast<Bytef*>(bytes.data());
    left_ = bytes.size();
  }
  ~Gunzip() { inflateEnd(&stream_); }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  // Fills `to` as far as there is something, and returns how many bytes that were.
  size_t Read(std::span<uint8_t> to) {
    size_t done = 0;
    while (done < to.size() && !ended_) {
      constexpr size_t kMaxPiece = 1 << 30;  // zlib counts in 32 bits
      stream_.avail_in = static_cast<uInt>(std::min(left_, kMaxPiece));
      stream_.next_out = to.data() + done;
      stream_.avail_out = static_cast<uInt>(std::min(to.size() - done, kMaxPiece));
      const uInt in = stream_.avail_in, out = stream_.avail_out;
      const int status = inflate(&stream_, Z_NO_FLUSH);
      left_ -= in - stream_.avail_in;
      done += out - stream_.avail_out;
      if (status == Z_STREAM_END) {
        if (left_ == 0) {
          ended_ = true;
        } else if (BeginsGzip(stream_.next_in, left_)) {
          inflateReset(&stream_);
        } else {
          Fail("{}: {} bytes follow the end of the gzip data", where_, left_);
        }
      } else if (status == Z_BUF_ERROR ||
                 (status == Z_OK && left_ == 0 && stream_.avail_out != 0)) {
        Fail("{}: the gzip data is truncated", where_);
      } else if (status != Z_OK) {
        Fail("{}: the gzip data is damaged: {}", where_,
             stream_.msg != nullptr ? stream_.msg : "not decodable");
      }
    }
    return done;
  }

 private:
  std::string where_;
  z_stream stream_{};
  size_t left_ = 0;
  bool ended_ = false;
};

// The next `expected` bytes, or all there are if they are fewer. Memory grows with what is really
// there: a small file cannot claim a large one's memory.
std::vector<uint8_t> ReadAtMost(Gunzip& gunzip, uint64_t expected) {
  constexpr uint64_t kFirstPiece = 1 << 20;
  std::vector<uint8_t> bytes;
  uint64_t found = 0;
  while (found == bytes.size() && found < expected) {
    bytes.resize(std::min(expected, std::max(2 * found, kFirstPiece)));
    found += gunzip.Read(std::span(bytes).subspan(found));
  }
  bytes.resize(found);
  return bytes;
}

// Reads to the end of the gzip data, whose checksum follows it, and expects nothing there.
void CheckEnd(Gunzip& gunzip, const Header& header, std::string_view where) {
  constexpr uint64_t kCountAtMost = 1 << 24;  // an endless rest is not worth the count
  std::vector<uint8_t> rest(1 << 16);
  uint64_t more = 0;
  for (size_t n = gunzip.Read(rest); n > 0; n = gunzip.Read(rest)) {
    more += n;
    if (more >= kCountAtMost) break;
  }
  if (more == 0) return;
  const auto expected = static_cast<uint64_t>(header.shape.elements());
  Fail("{}: expected {} bytes for {} elements, found {}{}; something follows the last element",
       where, expected, header.shape.ToString(), more >= kCountAtMost ? "at least " : "",
       expected + more);
}

Tensor<uint8_t> ParseGzip(std::span<const uint8_t> bytes, int rank, std::string_view where) {
  Gunzip gunzip(bytes, where);
  std::vector<uint8_t> header_bytes(HeaderBytes(rank));
  header_bytes.resize(gunzip.Read(header_bytes));
  const Header header = ParseHeader(header_bytes, rank, where);
  const auto expected = static_cast<uint64_t>(header.shape.elements());
  // Deflate makes at most 1032 bytes of one.
  if (expected / 1032 > bytes.size()) {
    Fail("{}: expected {} bytes for {} elements, which a file of {} bytes cannot hold", where,
         expected, header.shape.ToString(), bytes.size());
  }
  const std::vector<uint8_t> elements = ReadAtMost(gunzip, expected);
  CheckSize(elements.size(), expected, header.shape, where);
  CheckEnd(gunzip, header, where);
  Tensor<uint8_t> tensor(header.shape);
  std::ranges::copy(elements, tensor.data());
  return tensor;
}

Tensor<uint8_t> ParsePlain(std::span<const uint8_t> bytes, int rank, std::string_view where) {
  const Header header = ParseHeader(bytes, rank, where);
  const std::span<const uint8_t> elements = bytes.subspan(header.size_bytes);
  CheckSize(elements.size(), static_cast<uint64_t>(header.shape.elements()), header.shape, where);
  Tensor<uint8_t> tensor(header.shape);
  std::ranges::copy(elements, tensor.data());
  return tensor;
}

}  // namespace

Tensor<uint8_t> ParseIdx(std::span<const uint8_t> bytes, int rank, std::string_view where) {
  return BeginsGzip(bytes.data(), bytes.size()) ? ParseGzip(bytes, rank, where)
                                                : ParsePlain(bytes, rank, where);
}

Tensor<uint8_t> ReadIdx(const std::filesystem::path& path, int rank) {
  return ParseIdx(ReadFile(path).span(), rank, path.string());
}

}  // namespace ocellus
