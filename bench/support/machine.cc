// See machine.h.
#include "bench/support/machine.h"

#include <chrono>
#include <fstream>
#include <thread>

namespace ocellus::bench {
namespace {

// The first line of /proc/stat: time spent so far, in all and doing nothing.
struct ProcessorTime {
  double total = 0;
  double idle = 0;
};

ProcessorTime ReadProcessorTime() {
  std::ifstream file("/proc/stat");
  std::string label;
  file >> label;
  ProcessorTime time;
  // user, nice, system, idle, iowait, irq, softirq, steal
  for (int field = 0; field < 8; ++field) {
    double ticks = 0;
    file >> ticks;
    time.total += ticks;
    if (field == 3 || field == 4) time.idle += ticks;
  }
  return time;
}

}  // namespace

double MeasureForeignLoad() {
  const ProcessorTime before = ReadProcessorTime();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const ProcessorTime after = ReadProcessorTime();
  const double total = after.total - before.total;
  return total > 0 ? 1 - (after.idle - before.idle) / total : 0;
}

std::string ProcessorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace ocellus::bench
