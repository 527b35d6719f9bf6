// Reading a whole file.
//
//   AlignedBuffer<uint8_t> bytes = ReadFile("model.safetensors");
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>

#include "ocellus/base/aligned_buffer.h"

namespace ocellus {

// Returns the contents of a file. Throws Error if it is missing, is a folder or another thing that
// is not a file, may not be read, is empty, or has more than `max_bytes`; nothing is read then.
AlignedBuffer<uint8_t> ReadFile(const std::filesystem::path& path,
                                int64_t max_bytes = std::numeric_limits<int64_t>::max());

}  // namespace ocellus
