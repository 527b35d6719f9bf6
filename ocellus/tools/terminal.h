// stderr, where people read what the program has to say beside its result.
//
//   Note("note: {} pictures are left out\n", count);
//   if (StderrIsTerminal()) Note("\r\033[K{}", line);  // of less than StderrColumns() characters
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace ocellus {

// Writes to stderr. Unlike fmt::print it throws nothing: work must not end because its notes cannot
// be written.
template <typename... Args>
void Note(fmt::format_string<Args...> text, Args&&... args) {
  std::fputs(fmt::format(text, std::forward<Args>(args)...).c_str(), stderr);
  std::fflush(stderr);
}

bool StderrIsTerminal();

// How many characters a line of that terminal has; a large number if nobody knows.
int64_t StderrColumns();

}  // namespace ocellus
