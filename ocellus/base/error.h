// The one exception of the library, and how to throw it with a formatted message.
//
//   if (stride < 1) Fail("{} (Convolution): stride must be at least 1, found {}", name, stride);
//
// A message says where, what was expected, what was found, and gives a hint if there is a likely
// cause. Broken promises inside the library are not errors but failed checks: see check.h.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ocellus {

// The caller's mistake, a bad file or a bad flag.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws Error with the formatted message.
template <typename... Args>
[[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace ocellus
