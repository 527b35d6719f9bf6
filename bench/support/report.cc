// See report.h.
#include "bench/support/report.h"

#include <fmt/core.h>

#include "bench/support/machine.h"
#include "ocellus/base/json.h"
#include "ocellus/kernels/machine_limits.h"
#include "ocellus/kernels/simd_target.h"

namespace ocellus::bench {
namespace {

// One line of the table; the same for its heading.
constexpr const char* kLine = "{:<47} {:>7} {:<17} {:>9} {:>6} {:>9} {:>8} {:>5} {:>7}\n";
constexpr const char* kMemoryLine = "{:<47} {:>7} {:<17} {:>9} {:>9} {:>7}\n";

constexpr int64_t kMuchMoreThanCaches = int64_t{256} << 20;

// What a system does by itself, with some to spare.
constexpr double kTolerableLoad = 0.05;

// Three significant digits, never in scientific notation; "" for what does not apply.
std::string Digits(double value) {
  if (value == 0) return "";
  return fmt::format("{:.{}f}", value, value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 4);
}

std::string Percent(double share) { return share == 0 ? "" : fmt::format("{:.0f}%", 100 * share); }

}  // namespace

Report::Report(std::span<const int> thread_counts) {
  json_ = {{"processor", ProcessorName()}, {"simd", CurrentSimdTarget()}, {"build", OCELLUS_BUILD},
           {"limits", Json::array()},      {"results", Json::array()},    {"notes", Json::array()}};
  fmt::print("{}, {}, {}\n", ProcessorName(), CurrentSimdTarget(), OCELLUS_BUILD);
  for (const int threads : thread_counts) {
    ThreadPool pool(threads);
    const double gflops = MeasureFmaPeak(pool);
    const double gigabytes = MeasureReadBandwidth(pool, kMuchMoreThanCaches);
    peak_gflops_[threads] = gflops;
    json_["limits"].push_back(
        {{"threads", threads}, {"fma_gflops", gflops}, {"read_gb_per_second", gigabytes}});
    fmt::print("limits with {} thread{}: {:.0f} GFLOP/s of fused multiply-adds, {:.1f} GB/s read\n",
               threads, threads == 1 ? "" : "s", gflops, gigabytes);
  }
  CheckForeignLoad("before");
}

void Report::Run(const Work& work, std::span<const Contestant> contestants,
                 const InterleaveOptions& options) {
  const std::vector<Timing> timings = RunInterleaved(contestants, options);
  if (json_["results"].empty()) {
    fmt::print("\n");
    fmt::print(kLine, "work, batch", "threads", "who", "median ms", "spread", "images/s", "GFLOP/s",
               "peak", "ocellus");
  }
  const auto limit = peak_gflops_.find(work.threads);
  for (size_t i = 0; i < contestants.size(); ++i) {
    const Timing& timing = timings[i];
    const double images_per_second = static_cast<double>(work.images) / timing.median;
    const double gflops = 1e-9 * work.flop / timing.median;
    const double share = limit == peak_gflops_.end() ? 0 : gflops / limit->second;
    const double ratio = timing.median / timings[0].median;
    Json result = {{"work", work.name},
                   {"threads", work.threads},
                   {"who", contestants[i].name},
                   {"median_ms", 1e3 * timing.median},
                   {"lower_quartile_ms", 1e3 * timing.lower_quartile},
                   {"upper_quartile_ms", 1e3 * timing.upper_quartile}};
    if (work.images > 0) result["images_per_second"] = images_per_second;
    if (gflops > 0) result["gflops"] = gflops;
    if (share > 0) result["share_of_peak"] = share;
    result["ocellus_times_as_fast"] = ratio;
    json_["results"].push_back(std::move(result));
    fmt::print(kLine, i == 0 ? work.name : "", work.threads, contestants[i].name,
               Digits(1e3 * timing.median), fmt::format("{:.1f}%", 100 * timing.spread()),
               Digits(images_per_second), Digits(gflops), Percent(share),
               i == 0 ? "" : fmt::format("{:.2f}x", ratio));
  }
  std::fflush(stdout);
}

void Report::AddMemory(const std::string& work, int threads, std::span<const MemoryUse> uses) {
  if (!json_.contains("memory")) {
    json_["memory"] = Json::array();
    fmt::print("\n");
    fmt::print(kMemoryLine, "work, batch", "threads", "who", "peak MB", "start MB", "ocellus");
  }
  for (size_t i = 0; i < uses.size(); ++i) {
    const double ratio =
        static_cast<double>(uses[0].peak_bytes) / static_cast<double>(uses[i].peak_bytes);
    json_["memory"].push_back({{"work", work},
                               {"threads", threads},
                               {"who", uses[i].who},
                               {"start_bytes", uses[i].start_bytes},
                               {"peak_bytes", uses[i].peak_bytes}});
    fmt::print(kMemoryLine, i == 0 ? work : "", threads, uses[i].who,
               Digits(1e-6 * static_cast<double>(uses[i].peak_bytes)),
               Digits(1e-6 * static_cast<double>(uses[i].start_bytes)),
               i == 0 ? "" : fmt::format("{:.2f}x", ratio));
  }
  std::fflush(stdout);
}

void Report::CheckForeignLoad(const std::string& when) {
  const double load = MeasureForeignLoad();
  json_["foreign_load_" + when] = load;
  if (load > kTolerableLoad) {
    Note(fmt::format(
        "{} the measurements, other processes kept {:.0f}% of the processors busy: do not "
        "trust these numbers",
        when, 100 * load));
  }
}

void Report::Note(const std::string& text) {
  json_["notes"].push_back(text);
  fmt::print("note: {}\n", text);
}

}  // namespace ocellus::bench
