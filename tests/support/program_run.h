// Runs the program as a user would.
#pragma once

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace ocellus {

struct ProgramResult {
  int status = -1;  // the exit status; 128 + signal if it was ended by one
  std::string out;
  std::string err;
};

// Runs `ocellus` with these arguments, in the given folder, and waits for its end.
ProgramResult RunProgram(const std::vector<std::string>& arguments,
                         const std::filesystem::path& folder = ".");

// The same where no file can become larger than this, as if the disk were full then.
ProgramResult RunProgramOnFullDisk(const std::vector<std::string>& arguments,
                                   const std::filesystem::path& folder, int64_t max_file_bytes);

// Whether RunProgramInTerminal can work: a container may be without what it needs.
bool HasPseudoTerminals();

// The same with stderr on a terminal of so many columns.
ProgramResult RunProgramInTerminal(const std::vector<std::string>& arguments,
                                   const std::filesystem::path& folder, int columns);

// The same with stderr on this file or device, which must exist.
ProgramResult RunProgramWithStderr(const std::vector<std::string>& arguments,
                                   const std::filesystem::path& folder,
                                   const std::filesystem::path& err);

// The same where no thread can be started beside the first, as its stack would be larger than any
// memory. Only if CanForbidThreads: on Linux, without sanitizers, which have threads of their own.
ProgramResult RunProgramWithoutThreads(const std::vector<std::string>& arguments,
                                       const std::filesystem::path& folder = ".");
bool CanForbidThreads();

// Starts it, sends the signal (SIGTERM twice) once the file `when_exists` is there and not empty,
// and waits for its end.
ProgramResult RunProgramAndInterrupt(const std::vector<std::string>& arguments,
                                     const std::filesystem::path& folder,
                                     const std::filesystem::path& when_exists, int signal = SIGINT);

// Starts it, sends SIGKILL after so many milliseconds unless it has ended, and waits for its end.
ProgramResult RunProgramAndKill(const std::vector<std::string>& arguments,
                                const std::filesystem::path& folder, int milliseconds);

}  // namespace ocellus
