// Checks of promises that the library makes to itself. A failed check prints the place and the
// values and aborts: it is a defect of the library (or of a layer written outside it), never the
// user's input.
//
//   OCELLUS_CHECK(view.elements() == size, "view has {} elements, buffer {}", view.elements(),
//   size);
//
// OCELLUS_CHECK is always on and must be cheap; OCELLUS_DCHECK is compiled in debug builds only.
#pragma once

#include <fmt/core.h>

#include <string>

namespace ocellus {

// Called with the complete message when a check fails. It may throw (as tests do); if it returns,
// the process aborts.
using CheckFailureHandler = void (*)(const std::string& message);

// Installs a handler and returns the one before it. nullptr restores the default, which writes to
// stderr. Not to be called while other threads use the library.
CheckFailureHandler SetCheckFailureHandler(CheckFailureHandler handler);

namespace internal {

[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              const std::string& values);

inline std::string CheckValues() { return {}; }
template <typename... Args>
std::string CheckValues(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}

}  // namespace internal
}  // namespace ocellus

#define OCELLUS_CHECK(condition, ...)                                                  \
  do {                                                                                 \
    if (!(condition)) [[unlikely]]                                                     \
      ::ocellus::internal::CheckFailed(__FILE__, __LINE__, #condition,                 \
                                       ::ocellus::internal::CheckValues(__VA_ARGS__)); \
  } while (false)

#ifdef NDEBUG
#define OCELLUS_DCHECK(condition, ...) \
  do {                                 \
    (void)sizeof((condition) ? 1 : 0); \
  } while (false)
#else
#define OCELLUS_DCHECK(condition, ...) OCELLUS_CHECK(condition __VA_OPT__(, ) __VA_ARGS__)
#endif
