// Runs python3.
#include "tests/support/numpy.h"

#include <cstdlib>
#include <string>

#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

// The one that the distribution's packages belong to, if there is one.
std::string Python() {
  return std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
}

}  // namespace

bool HasNumpy() {
  static const bool has_numpy =
      std::system((Python() + " -c 'import numpy' 2>/dev/null").c_str()) == 0;
  return has_numpy;
}

bool RunNumpy(std::string_view program, const std::filesystem::path& folder) {
  const TemporaryFolder place;
  const std::string head = "import pickle, sys\nimport numpy as np\nfolder = sys.argv[1]\n";
  const std::filesystem::path file = WriteBytes(place / "program.py", head + std::string(program));
  const std::string command = Python() + " '" + file.string() + "' '" + folder.string() + "'";
  return std::system(command.c_str()) == 0;
}

}  // namespace ocellus
