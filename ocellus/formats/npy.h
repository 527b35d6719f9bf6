// NumPy's .npy: one array. Here it is what an .npz archive consists of.
//
//   6 bytes     "\x93NUMPY"
//   2 bytes     version: 1.0, 2.0 or 3.0
//   2, 4 bytes  length of the header, little-endian; 2 bytes in version 1.0
//   header      a Python dict: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
//   data        the elements
//
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ocellus/formats/named_array.h"

namespace ocellus {

// Reads an array of float32 or float64. Throws Error, beginning with `where`, if the bytes are
// damaged or hold anything else.
ArrayValues ParseNpy(std::span<const uint8_t> bytes, std::string_view where);

// All that comes before the data of this array, which is array.bytes().
std::string NpyHeader(const NamedArray& array);

}  // namespace ocellus
