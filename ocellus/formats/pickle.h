// The book's params.pkl: a pickled Python dict of NumPy arrays.
//
//   std::vector<NamedArray> params = ReadPickle("params.pkl");    // W1, b1, W2, ...
//   WritePickle("params.pkl", params);
//
// In Python: `params = pickle.load(open("params.pkl", "rb"))`.
//
// A pickle is a program. Here it runs on a machine that knows only what such a dict needs: dicts,
// tuples, texts, numbers, and the few functions that make a NumPy array. Anything else is refused
// by name, and nothing that the file names is ever imported or called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "ocellus/formats/named_array.h"

namespace ocellus {

// Reads a dict of float32 or float64 arrays, pickled with protocol 2 to 5 by NumPy 1 or 2, of
// either byte order and either axis order. Throws Error, naming the file and the offset, if it
// cannot be read, is damaged, or holds anything else.
std::vector<NamedArray> ReadPickle(const std::filesystem::path& path);

// The same for bytes in memory. Error messages begin with `where`.
std::vector<NamedArray> ParsePickle(std::span<const uint8_t> bytes, std::string_view where);

// Writes a dict in protocol 4, complete or not at all; NumPy 1 and 2 read it. Each array keeps its
// type. Throws Error if the file cannot be written, a name occurs twice or is not UTF-8.
void WritePickle(const std::filesystem::path& path, std::span<const NamedArray> arrays);

}  // namespace ocellus
