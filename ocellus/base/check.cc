// What happens when a check fails.
#include "ocellus/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ocellus {
namespace {

void WriteToStderr(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  std::fflush(stderr);
}

CheckFailureHandler g_handler = WriteToStderr;

}  // namespace

CheckFailureHandler SetCheckFailureHandler(CheckFailureHandler handler) {
  const CheckFailureHandler previous = g_handler;
  g_handler = handler == nullptr ? WriteToStderr : handler;
  return previous;
}

namespace internal {

void CheckFailed(const char* file, int line, const char* condition, const std::string& values) {
  g_handler(fmt::format("{}:{}: check failed: {}{}{}", file, line, condition,
                        values.empty() ? "" : ": ", values));
  std::abort();
}

}  // namespace internal
}  // namespace ocellus
