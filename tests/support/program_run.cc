// Child processes with their output in files, so that no pipe can fill up.
#include "tests/support/program_run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace ocellus {
namespace {

namespace fs = std::filesystem;

// A new thread gets as large a stack as the limit is; processors have addresses for less than this.
constexpr rlim_t kMoreThanAnyMemory = rlim_t{1} << 60;

// What the program may have; RLIM_INFINITY: as this process. And where its stderr goes, if not into
// a file.
struct Limits {
  rlim_t file_bytes = RLIM_INFINITY;
  rlim_t stack_bytes = RLIM_INFINITY;
  int err_file = -1;
};

pid_t Start(const std::vector<std::string>& arguments, const fs::path& folder,
            const fs::path& output, const Limits& limits = {}) {
  std::vector<std::string> words = {OCELLUS_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string out = output / "stdout", err = output / "stderr";
  const pid_t child = fork();
  if (child != 0) return child;
  const int out_file = open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = limits.err_file >= 0 ? limits.err_file
                                            : open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const auto set = [](auto resource, rlim_t bytes) {
    const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
    if (bytes != RLIM_INFINITY && setrlimit(resource, &limit) != 0) _exit(126);
  };
  // Ignored, so that a write fails, as on a full disk, instead of ending the program.
  if (limits.file_bytes != RLIM_INFINITY) signal(SIGXFSZ, SIG_IGN);
  set(RLIMIT_FSIZE, limits.file_bytes);
  set(RLIMIT_STACK, limits.stack_bytes);
  if (chdir(folder.c_str()) != 0 || dup2(out_file, 1) < 0 || dup2(err_file, 2) < 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

ProgramResult Wait(pid_t child, const fs::path& output) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          ReadBytes(output / "stdout"), ReadBytes(output / "stderr")};
}

}  // namespace

ProgramResult RunProgram(const std::vector<std::string>& arguments, const fs::path& folder) {
  const TemporaryFolder output;
  return Wait(Start(arguments, folder, output.path()), output.path());
}

ProgramResult RunProgramOnFullDisk(const std::vector<std::string>& arguments,
                                   const fs::path& folder, int64_t max_file_bytes) {
  const TemporaryFolder output;
  const Limits limits{.file_bytes = static_cast<rlim_t>(max_file_bytes)};
  return Wait(Start(arguments, folder, output.path(), limits), output.path());
}

bool HasPseudoTerminals() {
  const int reader = posix_openpt(O_RDWR | O_NOCTTY);
  if (reader < 0) return false;
  int terminal = -1;
  if (grantpt(reader) == 0 && unlockpt(reader) == 0) {
    terminal = open(ptsname(reader), O_RDWR | O_NOCTTY);
  }
  if (terminal >= 0) close(terminal);
  close(reader);
  return terminal >= 0;
}

ProgramResult RunProgramInTerminal(const std::vector<std::string>& arguments,
                                   const fs::path& folder, int columns) {
  const TemporaryFolder output;
  const int reader = posix_openpt(O_RDWR | O_NOCTTY);
  if (reader < 0 || grantpt(reader) != 0 || unlockpt(reader) != 0) {
    throw std::runtime_error("no terminal");
  }
  const int terminal = open(ptsname(reader), O_RDWR | O_NOCTTY);
  const winsize size{.ws_row = 24, .ws_col = static_cast<unsigned short>(columns)};
  if (terminal < 0 || ioctl(terminal, TIOCSWINSZ, &size) != 0) {
    throw std::runtime_error("no terminal");
  }
  const pid_t child = Start(arguments, folder, output.path(), {.err_file = terminal});
  close(terminal);  // the program's end is then the end of what can be read
  std::string err;
  char piece[4096];
  for (ssize_t n = 0; (n = read(reader, piece, sizeof(piece))) > 0;) {
    err.append(piece, static_cast<size_t>(n));
  }
  close(reader);
  WriteBytes(output / "stderr", err);
  return Wait(child, output.path());
}

ProgramResult RunProgramWithStderr(const std::vector<std::string>& arguments,
                                   const fs::path& folder, const fs::path& err) {
  const TemporaryFolder output;
  const int err_file = open(err.c_str(), O_WRONLY);
  if (err_file < 0) throw std::runtime_error(err.string() + " cannot be opened");
  const pid_t child = Start(arguments, folder, output.path(), {.err_file = err_file});
  close(err_file);
  WriteBytes(output / "stderr", "");
  return Wait(child, output.path());
}

ProgramResult RunProgramWithoutThreads(const std::vector<std::string>& arguments,
                                       const fs::path& folder) {
  const TemporaryFolder output;
  const Limits limits{.stack_bytes = kMoreThanAnyMemory};
  return Wait(Start(arguments, folder, output.path(), limits), output.path());
}

bool CanForbidThreads() {
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  rlimit stack{};
  return getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_max >= kMoreThanAnyMemory;
#else
  return false;
#endif
}

ProgramResult RunProgramAndInterrupt(const std::vector<std::string>& arguments,
                                     const fs::path& folder, const fs::path& when_exists,
                                     int signal) {
  const TemporaryFolder output;
  const pid_t child = Start(arguments, folder, output.path());
  std::error_code error;
  for (int i = 0; i < 6000; ++i) {
    if (fs::file_size(when_exists, error) > 0 && !error) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  kill(child, signal);
  if (signal == SIGTERM) {  // as timeout does, once to the program and once to its group
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    kill(child, signal);
  }
  return Wait(child, output.path());
}

ProgramResult RunProgramAndKill(const std::vector<std::string>& arguments, const fs::path& folder,
                                int milliseconds) {
  const TemporaryFolder output;
  const pid_t child = Start(arguments, folder, output.path());
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  kill(child, SIGKILL);  // no harm if it has ended: it is a zombie until Wait
  return Wait(child, output.path());
}

}  // namespace ocellus
