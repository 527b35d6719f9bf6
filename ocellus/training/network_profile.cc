// Profiles of networks.
#include "ocellus/training/network_profile.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/base/random.h"
#include "ocellus/kernels/machine_limits.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/optimizer.h"

namespace ocellus {
namespace {

constexpr int kMinRuns = 3;
constexpr int kMaxRuns = 10'000;  // enough for every median

void CheckOptions(const ProfileOptions& options) {
  if (options.batch_size < 1) Fail("batch size: expected 1 or more, found {}", options.batch_size);
  if (!std::isfinite(options.seconds) || options.seconds <= 0) {
    Fail("seconds: expected a finite number above 0, found {}", options.seconds);
  }
}

Tensor<float> RandomImages(const Network& network, int64_t batch_size) {
  Tensor<float> images(network.input_shape().Batch(batch_size));
  Random random(/*seed=*/1, /*stream=*/0);
  for (float& value : images.span()) value = static_cast<float>(random.Uniform());
  return images;
}

double Median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double SteadySeconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

// Takes the time from one call to the next. The passes of a run come in the same order every time.
class Stopwatch {
 public:
  Stopwatch(size_t passes, const ProfileOptions& options)
      : clock_(options.clock ? options.clock : SteadySeconds), seconds_(passes) {}

  double Now() const { return clock_(); }

  void Start() {
    pass_ = 0;
    start_ = last_ = Now();
  }

  // Ends a pass and begins the next one.
  void Lap() {
    const double now = Now();
    seconds_[pass_++].push_back(now - last_);
    last_ = now;
  }

  // Ends a run.
  void Stop() { totals_.push_back(last_ - start_); }

  void Report(NetworkProfile& profile) {
    for (size_t i = 0; i < seconds_.size(); ++i) profile.passes[i].seconds = Median(seconds_[i]);
    profile.seconds = Median(totals_);
  }

 private:
  std::function<double()> clock_;
  std::vector<std::vector<double>> seconds_;  // of each pass in each run
  std::vector<double> totals_;
  size_t pass_ = 0;
  double start_ = 0;
  double last_ = 0;
};

// Runs it once untimed, then for so many seconds.
void RunFor(double seconds, Stopwatch& stopwatch, FunctionRef<void(Stopwatch&)> run) {
  Stopwatch warm_up = stopwatch;
  warm_up.Start();
  run(warm_up);
  const double end = stopwatch.Now() + seconds;
  for (int runs = 0; runs < kMinRuns || (runs < kMaxRuns && stopwatch.Now() < end); ++runs) {
    stopwatch.Start();
    run(stopwatch);
    stopwatch.Stop();
  }
}

NetworkProfile EmptyProfile(const std::string& work, const ProfileOptions& options,
                            const MachineLimits& limits, const ThreadPool& pool) {
  CheckOptions(options);
  return {
      .work = work, .batch_size = options.batch_size, .threads = pool.threads(), .limits = limits};
}

// Three significant digits, but no more than so many behind the point; "" for what does not apply.
std::string Digits(double value, int max_decimals = 3) {
  if (value == 0) return "";
  int decimals = 0;
  for (double limit = 99.95; value < limit && decimals < max_decimals; limit /= 10) ++decimals;
  return fmt::format("{:.{}f}", value, decimals);
}

// Down to a nanosecond: a step of one sample may take less than a microsecond.
std::string Milliseconds(double seconds) { return Digits(1e3 * seconds, 6); }

std::string Percent(double share) { return fmt::format("{:.0f}%", 100 * share); }

const char* Name(Bound bound) { return bound == Bound::kArithmetic ? "arithmetic" : "memory"; }

}  // namespace

double NetworkProfile::flop() const {
  double sum = 0;
  for (const NetworkPass& pass : passes) sum += pass.flop;
  return sum;
}

MachineLimits MeasureLimits(const Network& network, const ProfileOptions& options,
                            ThreadPool& pool) {
  CheckOptions(options);
  // A small network lives in the caches, a large one does not.
  constexpr int64_t kMinBytes = int64_t{1} << 20;
  constexpr int64_t kMaxBytes = int64_t{256} << 20;
  const WorkspaceOptions workspace{.max_batch = options.batch_size, .constant_parameters = true};
  const int64_t bytes = MakeExecutionPlan(network, workspace, pool.threads()).memory.size_bytes +
                        static_cast<int64_t>(network.parameter_values().size_bytes());
  return {.flop_per_second = 1e9 * MeasureFmaPeak(pool),
          .bytes_per_second =
              1e9 * MeasureReadBandwidth(pool, std::clamp(bytes, kMinBytes, kMaxBytes))};
}

NetworkProfile ProfilePrediction(const Network& network, const ProfileOptions& options,
                                 const MachineLimits& limits, ThreadPool& pool) {
  NetworkProfile profile = EmptyProfile("prediction", options, limits, pool);
  Workspace<float> workspace(
      network, {.max_batch = options.batch_size, .constant_parameters = true, .pool = &pool});
  profile.passes = PredictionPasses(network, workspace);
  profile.memory_bytes =
      workspace.size_bytes() + static_cast<int64_t>(network.parameter_values().size_bytes());

  const Tensor<float> images = RandomImages(network, options.batch_size);
  Stopwatch stopwatch(profile.passes.size(), options);
  RunFor(options.seconds, stopwatch, [&](Stopwatch& watch) {
    network.Forward(images, workspace, [&](int, TensorView<const float>) { watch.Lap(); });
  });
  stopwatch.Report(profile);
  return profile;
}

NetworkProfile ProfileTraining(const Network& network, const ProfileOptions& options,
                               const MachineLimits& limits, ThreadPool& pool) {
  NetworkProfile profile = EmptyProfile("training step", options, limits, pool);
  const Tensor<float> images = RandomImages(network, options.batch_size);
  const std::vector<int32_t> labels(static_cast<size_t>(options.batch_size), 0);
  CheckLabels(network.output_shape().Batch(options.batch_size), labels);
  Network learner = network.Clone();
  Workspace<float> workspace(learner,
                             {.max_batch = options.batch_size, .training = true, .pool = &pool});
  Optimizer optimizer(Adam{}, static_cast<int64_t>(learner.parameter_values().size()));

  profile.passes = TrainingPasses(learner, workspace);
  profile.memory_bytes =
      workspace.size_bytes() + 3 * static_cast<int64_t>(learner.parameter_values().size_bytes());

  const SoftmaxWithLoss<float> last_layer;
  Stopwatch stopwatch(profile.passes.size(), options);
  RunFor(options.seconds, stopwatch, [&](Stopwatch& watch) {
    learner.Forward(images, workspace, [&](int, TensorView<const float>) { watch.Lap(); });
    const TensorView<float> d_scores = workspace.d_output();
    last_layer.Forward(workspace.output(), labels, d_scores, workspace.context());
    last_layer.Backward(d_scores, labels, d_scores, workspace.context());
    watch.Lap();
    workspace.ClearGradients();  // which Backward does in passing
    // Called before each step's pass, so the first call ends nothing.
    bool is_first = true;
    learner.Backward(workspace, [&](int, TensorView<const float>) {
      if (!std::exchange(is_first, false)) watch.Lap();
    });
    if (!is_first) watch.Lap();  // there is no step if nothing can be trained
    optimizer.Update(workspace.d_parameters(), learner.parameter_values(), workspace.context());
    watch.Lap();
  });
  stopwatch.Report(profile);
  return profile;
}

std::string ToTable(const NetworkProfile& profile) {
  const MachineLimits& limits = profile.limits;
  const double flop_per_second = profile.flop() / profile.seconds;
  std::string table = fmt::format(
      "{}, batch {}, {} thread{}: {} ms, {:.0f} images/s, {:.0f} GFLOP/s ({} of {:.0f})\n\n",
      profile.work, profile.batch_size, profile.threads, profile.threads == 1 ? "" : "s",
      Milliseconds(profile.seconds), static_cast<double>(profile.batch_size) / profile.seconds,
      1e-9 * flop_per_second, Percent(flop_per_second / limits.flop_per_second),
      1e-9 * limits.flop_per_second);
  size_t width = 5;
  for (const NetworkPass& pass : profile.passes) width = std::max(width, pass.layer.size());
  constexpr const char* kLine = "{:<{}}  {:<8}  {:>8}  {:>5}  {:>7}  {:>5}  {:>6}  {:<10}  {:>8}\n";
  table += fmt::format(kLine, "layer", width, "pass", "ms", "share", "GFLOP/s", "peak", "GB/s",
                       "limited by", "of limit");
  for (const NetworkPass& pass : profile.passes) {
    const double rate = pass.flop / pass.seconds;
    table += fmt::format(kLine, pass.layer, width, pass.pass, Milliseconds(pass.seconds),
                         Percent(pass.seconds / profile.seconds), Digits(1e-9 * rate),
                         rate == 0 ? "" : Percent(rate / limits.flop_per_second),
                         Digits(1e-9 * pass.bytes / pass.seconds), Name(pass.bound(limits)),
                         Percent(pass.limit_seconds(limits) / pass.seconds));
  }
  return table;
}

Json ToJson(const NetworkProfile& profile) {
  Json passes = Json::array();
  for (const NetworkPass& pass : profile.passes) {
    passes.push_back({{"layer", pass.layer},
                      {"pass", pass.pass},
                      {"seconds", pass.seconds},
                      {"flop", pass.flop},
                      {"bytes", pass.bytes},
                      {"limited_by", Name(pass.bound(profile.limits))},
                      {"share_of_limit", pass.limit_seconds(profile.limits) / pass.seconds}});
  }
  const double flop_per_second = profile.flop() / profile.seconds;
  return {{"work", profile.work},
          {"batch_size", profile.batch_size},
          {"threads", profile.threads},
          {"seconds", profile.seconds},
          {"images_per_second", static_cast<double>(profile.batch_size) / profile.seconds},
          {"flop_per_second", flop_per_second},
          {"share_of_peak", flop_per_second / profile.limits.flop_per_second},
          {"memory_bytes", profile.memory_bytes},
          {"limits",
           {{"flop_per_second", profile.limits.flop_per_second},
            {"bytes_per_second", profile.limits.bytes_per_second}}},
          {"passes", passes}};
}

}  // namespace ocellus
