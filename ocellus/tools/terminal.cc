// What the operating system knows about the terminal.
#include "ocellus/tools/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <limits>

namespace ocellus {

bool StderrIsTerminal() { return isatty(STDERR_FILENO) != 0; }

int64_t StderrColumns() {
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : std::numeric_limits<int64_t>::max();
}

}  // namespace ocellus
