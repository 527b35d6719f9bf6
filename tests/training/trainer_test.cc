// Training: learns, the same bits for any number of threads, every sample, stops and diverges well.
#include "ocellus/training/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <mutex>

#include "ocellus/base/error.h"
#include "ocellus/nets/simple_conv_net.h"
#include "tests/support/compare.h"
#include "tests/support/tiny_data.h"

namespace ocellus {
namespace {

Network TinyConvNet(double weight_init_std = 0.1) {
  return MakeSimpleConvNet({.input_dim = {1, 8, 8},
                            .filter_num = 4,
                            .filter_size = 3,
                            .hidden_size = 12,
                            .output_size = 4,
                            .weight_init_std = weight_init_std});
}

// Counts how often each sample is read.
class CountingDataset : public Dataset {
 public:
  explicit CountingDataset(const Dataset& dataset) : dataset_(dataset) {}
  int64_t size() const override { return dataset_.size(); }
  const Shape& image_shape() const override { return dataset_.image_shape(); }
  const std::vector<std::string>& class_names() const override { return dataset_.class_names(); }
  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override {
    {
      const std::lock_guard lock(mutex_);
      for (const int64_t sample : samples) ++counts[sample];
    }
    dataset_.Read(samples, images, labels);
  }
  std::string source() const override { return dataset_.source(); }
  std::string sha256() const override { return dataset_.sha256(); }

  mutable std::map<int64_t, int> counts;

 private:
  mutable std::mutex mutex_;
  const Dataset& dataset_;
};

TEST(Trainer, LearnsAndCountsEverySampleOnceAnEpoch) {
  const auto data = TinyData(103, 8, 4);
  const CountingDataset counting(*data);
  Network net = TinyConvNet();
  int64_t steps = 0;
  const TrainingResult result =
      Trainer(net, {.optimizer = Adam{.learning_rate = 0.01}, .batch_size = 20, .epochs = 12})
          .Fit(counting, data.get(), {.on_step = [&](const StepReport& r) {
                 EXPECT_EQ(r.step, ++steps);
                 EXPECT_EQ(r.samples, r.step % 6 == 0 ? 3 : 20);
                 return Verdict::kContinue;
               }});
  EXPECT_EQ(result.end, TrainingResult::End::kFinished);
  EXPECT_EQ(result.steps, 12 * 6);
  ASSERT_TRUE(result.last_epoch && result.last_epoch->test);
  EXPECT_EQ(result.last_epoch->test->samples, 103);
  EXPECT_GT(result.last_epoch->test->accuracy(), 0.95);
  EXPECT_EQ(counting.counts.size(), 103u);
  for (const auto& [sample, count] : counting.counts) EXPECT_EQ(count, 12) << sample;
}

TEST(Trainer, GivesTheSameBitsForAnyNumberOfThreadsAndTwice) {
  const auto data = TinyData(50, 8, 4);
  std::vector<float> expected;
  for (const int threads : {1, 1, 2, 3, 7}) {
    ThreadPool pool(threads);
    Network net = TinyConvNet();
    Trainer(net, {.batch_size = 16, .epochs = 3, .seed = 9, .pool = &pool}).Fit(*data, nullptr);
    const std::span<const float> values = net.parameter_values();
    if (expected.empty()) expected.assign(values.begin(), values.end());
    EXPECT_TRUE(SameBits(values, expected)) << threads;
  }
}

TEST(Trainer, StopsWhenTheCallbackSaysSo) {
  const auto data = TinyData(40, 8, 4);
  Network net = TinyConvNet();
  int epochs = 0;
  const TrainingResult result =
      Trainer(net, {.batch_size = 10})
          .Fit(*data, nullptr,
               {.on_step =
                    [](const StepReport& r) {
                      return r.step == 3 ? Verdict::kStop : Verdict::kContinue;
                    },
                .on_epoch =
                    [&](const EpochReport& r) {
                      ++epochs;
                      EXPECT_EQ(r.step, 3);
                      EXPECT_FALSE(r.is_complete);
                      EXPECT_FALSE(r.is_best);
                    }});
  EXPECT_EQ(result.end, TrainingResult::End::kStopped);
  EXPECT_EQ(result.steps, 3);
  EXPECT_EQ(epochs, 1);
}

TEST(Trainer, ATestLossThatIsNotFiniteIsADivergenceToo) {
  const auto data = TinyData(20, 8, 4);
  Tensor<float> images({4, 1, 8, 8});
  images.Fill(NAN);
  const InMemoryDataset test(std::move(images), {0, 1, 2, 3}, data->class_names(), "NaN");
  Network net = TinyConvNet();
  int reports = 0;
  const TrainingResult result =
      Trainer(net, {.batch_size = 10, .epochs = 2})
          .Fit(*data, &test, {.on_epoch = [&](const EpochReport&) { ++reports; }});
  EXPECT_EQ(result.end, TrainingResult::End::kDiverged);
  EXPECT_THAT(result.cause, testing::HasSubstr("the test loss after step 2 is nan"));
  EXPECT_EQ(reports, 0) << "or the model would be saved as a good one";
}

TEST(Trainer, NamesTheLayerWhenTheLossDiverges) {
  const auto data = TinyData(40, 8, 4);
  Network net = TinyConvNet();
  int epochs = 0;
  const TrainingResult result =
      Trainer(net, {.optimizer = Sgd{.learning_rate = 1e30}, .batch_size = 10})
          .Fit(*data, nullptr, {.on_step = {}, .on_epoch = [&](const EpochReport&) { ++epochs; }});
  EXPECT_EQ(result.end, TrainingResult::End::kDiverged);
  EXPECT_EQ(epochs, 0);
  EXPECT_THAT(result.cause, testing::ContainsRegex("[0-9] \\((Convolution|Affine|Relu)\\): its"));
}

TEST(Trainer, RefusesWhatDoesNotFit) {
  Network net = TinyConvNet();
  EXPECT_THROW(Trainer(net, {.batch_size = 0}), Error);
  EXPECT_THROW(Trainer(net, {.epochs = 0}), Error);
  EXPECT_THROW(Trainer(net, {.max_steps = -1}), Error);
  EXPECT_THROW(Trainer(net, {.early_stopping = -1}), Error);
  EXPECT_THROW(Trainer(net, {.schedule = StepDecay{.factor = 0}}), Error);
  EXPECT_THROW(Trainer(net, {.warmup_steps = -1}), Error);
  EXPECT_THROW(Trainer(net, {.optimizer = Adam{.learning_rate = 0}}), Error);
  EXPECT_THROW(Trainer(net, {.optimizer = Adam{.beta1 = 1}}), Error);
  Trainer trainer(net, {});
  EXPECT_THROW(trainer.Fit(*TinyData(10, 9, 4), nullptr), Error);
  EXPECT_THROW(trainer.Fit(*TinyData(10, 8, 3), nullptr), Error);
}

// Losses that a test can plan: a network that knows nothing has the loss log(classes) in each epoch
// if its parameters stay; the first is the smallest then.
constexpr double kNoChange = 1e-30;

TEST(Trainer, StopsEarlyWhenTheTestLossStays) {
  const auto data = TinyData(40, 8, 4);
  Network net = TinyConvNet();
  std::vector<bool> best;
  const TrainingResult result =
      Trainer(net,
              {.optimizer = Sgd{.learning_rate = kNoChange}, .batch_size = 20, .early_stopping = 3})
          .Fit(*data, data.get(), {.on_step = {}, .on_epoch = [&](const EpochReport& report) {
                                     EXPECT_TRUE(report.is_complete);
                                     best.push_back(report.is_best);
                                   }});
  EXPECT_EQ(result.end, TrainingResult::End::kStoppedEarly);
  EXPECT_EQ(result.steps, 4 * 2);
  EXPECT_THAT(best, testing::ElementsAre(true, false, false, false));
}

TEST(Trainer, KnowsWhichEpochIsTheBest) {
  const auto data = TinyData(40, 8, 4);
  Network net = TinyConvNet();
  double smallest = INFINITY;
  int not_best = 0;
  Trainer(net, {.optimizer = Adam{.learning_rate = 0.1}, .batch_size = 10})
      .Fit(*data, data.get(), {.on_step = {}, .on_epoch = [&](const EpochReport& report) {
                                 EXPECT_EQ(report.is_best, report.test->loss < smallest);
                                 smallest = std::min(smallest, report.test->loss);
                                 if (!report.is_best) ++not_best;
                               }});
  EXPECT_GT(not_best, 0) << "or this test shows nothing";
}

// The learning rates of all steps.
std::vector<double> Rates(const TrainerOptions& options) {
  const auto data = TinyData(40, 8, 4);
  Network net = TinyConvNet();
  std::vector<double> rates;
  Trainer(net, options).Fit(*data, data.get(), {.on_step = [&](const StepReport& report) {
    rates.push_back(report.learning_rate);
    return Verdict::kContinue;
  }});
  return rates;
}

TEST(Trainer, FollowsTheSchedule) {
  EXPECT_THAT(Rates({.optimizer = Sgd{.learning_rate = 0.5},
                     .schedule = StepDecay{.every_epochs = 1, .factor = 0.5},
                     .warmup_steps = 2,
                     .batch_size = 20,
                     .epochs = 3}),
              testing::ElementsAre(0.25, 0.5, 0.25, 0.25, 0.125, 0.125));
  EXPECT_THAT(Rates({.optimizer = Sgd{.learning_rate = kNoChange},
                     .schedule = PlateauDecay{.patience = 2, .factor = 0.5},
                     .batch_size = 40,
                     .epochs = 6}),
              testing::ElementsAre(kNoChange, kNoChange, kNoChange, kNoChange / 2, kNoChange / 2,
                                   kNoChange / 4));
  const std::vector<double> cosine = Rates({.optimizer = Sgd{.learning_rate = 0.5},
                                            .schedule = CosineDecay{},
                                            .batch_size = 40,
                                            .epochs = 9,
                                            .max_steps = 4});
  ASSERT_EQ(cosine.size(), 4u);
  EXPECT_EQ(cosine[0], 0.5);
  EXPECT_NEAR(cosine[2], 0.25, 1e-15) << "over the steps that there will be, not the epochs";
}

TEST(Trainer, TheRateReachesTheParameters) {
  const auto data = TinyData(40, 8, 4);
  Network constant = TinyConvNet(), cosine = TinyConvNet();
  Trainer(constant, {.epochs = 2}).Fit(*data, nullptr);
  Trainer(cosine, {.schedule = CosineDecay{}, .epochs = 2}).Fit(*data, nullptr);
  EXPECT_FALSE(SameBits(constant.parameter_values(), cosine.parameter_values()));
}

}  // namespace
}  // namespace ocellus
