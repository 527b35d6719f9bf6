// IDX, the format of MNIST and its relatives: http://yann.lecun.com/exdb/mnist
//
//   const Tensor<uint8_t> images = ReadIdx("train-images-idx3-ubyte.gz", /*rank=*/3);
//
//   4 bytes         0, 0, type of the elements (8: unsigned byte), number of axes
//   4 bytes each    size along each axis, big-endian
//   bytes           the elements, C order
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "ocellus/tensor/tensor.h"

namespace ocellus {

// Reads a file of unsigned bytes with `rank` axes, 3 for images and 1 for labels; plain, or
// compressed with gzip, which the contents tell and not the name. Throws Error, naming the file, if
// it cannot be read, is damaged, has another type or rank, or does not end after its last element.
Tensor<uint8_t> ReadIdx(const std::filesystem::path& path, int rank);

// The same for bytes in memory. Error messages begin with `where`.
Tensor<uint8_t> ParseIdx(std::span<const uint8_t> bytes, int rank, std::string_view where);

}  // namespace ocellus
