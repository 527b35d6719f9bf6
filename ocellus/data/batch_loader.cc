// Shuffles, reads, augments, preprocesses; and the threads that do it ahead.
#include "ocellus/data/batch_loader.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>

#include "ocellus/base/check.h"
#include "ocellus/base/checked_math.h"
#include "ocellus/base/error.h"

namespace ocellus {
namespace {

// Streams of random numbers: parameters use 0, 1, ... and layers those from 2^63. Epoch e is
// shuffled with the first of these plus e; the sample that is the i-th of all that a training sees
// is augmented with the second plus i.
constexpr uint64_t kShuffleStream = uint64_t{1} << 32;
constexpr uint64_t kAugmentStream = uint64_t{1} << 62;

// One that the caller uses, one that is complete, and one being filled.
constexpr int64_t kBatchesInFlight = 3;

// So many samples are a piece of work for a thread when samples are read quickly.
constexpr int64_t kPieceSamples = 16;

}  // namespace

// The memory of a batch, and what is to be put there.
struct BatchLoader::Slot {
  Slot(const Shape& image_shape, int64_t batch_size)
      : images(image_shape.Batch(batch_size)),
        labels(static_cast<size_t>(batch_size)),
        samples(static_cast<size_t>(batch_size)) {}

  Batch View() const {
    return {.images = images.view().Samples(0, size),
            .labels = std::span(labels).first(static_cast<size_t>(size))};
  }

  Tensor<float> images;
  std::vector<int32_t> labels;
  std::vector<int64_t> samples;
  int64_t step = -1;
  int64_t size = 0;
  int64_t first_position = 0;  // of its first sample among all that a training sees

  // In the background only, guarded by its mutex.
  int64_t claimed = 0;  // samples that some thread has begun
  int64_t done = 0;
  int64_t failed_sample = 0;
  std::exception_ptr exception;
};

// What is done for one batch and for one sample.
class BatchLoader::Filler {
 public:
  Filler(const Dataset& dataset, const BatchLoaderOptions& options, int workers)
      : dataset_(dataset),
        options_(options),
        image_shape_(options.image_shape.rank() == 0 ? dataset.image_shape() : options.image_shape),
        batch_size_(std::min(options.batch_size, dataset.size())),
        steps_per_epoch_(CeilDivide(dataset.size(), batch_size_)),
        order_(options.order == SampleOrder::kShuffled ? static_cast<size_t>(dataset.size()) : 0) {
    CheckShapes();
    options.augmentation.Validate(image_shape_[0]);
    options.preprocessing.Validate(image_shape_[0], dataset.source());
    if (!options.augmentation.is_on()) return;
    for (int i = 0; i < workers; ++i) scratch_.emplace_back(dataset.image_shape().Batch(1));
  }

  int64_t batch_size() const { return batch_size_; }
  int64_t steps_per_epoch() const { return steps_per_epoch_; }
  int64_t end() const { return options_.end; }

  std::unique_ptr<Slot> MakeSlot() const {
    return std::make_unique<Slot>(image_shape_, batch_size_);
  }

  // Writes into the slot which samples the batch of a step has. Fastest for one step after the
  // other. To be called by one thread at a time.
  void Schedule(int64_t step, Slot& slot) {
    const int64_t epoch = step / steps_per_epoch_;
    const int64_t first = step % steps_per_epoch_ * batch_size_;
    slot.step = step;
    slot.size = std::min(batch_size_, dataset_.size() - first);
    slot.first_position = epoch * dataset_.size() + first;
    const auto samples = std::span(slot.samples).first(static_cast<size_t>(slot.size));
    if (options_.order == SampleOrder::kSequential) {
      std::iota(samples.begin(), samples.end(), first);
      return;
    }
    if (epoch != shuffled_epoch_) {
      std::iota(order_.begin(), order_.end(), int64_t{0});
      Random(options_.seed, kShuffleStream + static_cast<uint64_t>(epoch))
          .Shuffle(std::span(order_));
      shuffled_epoch_ = epoch;
    }
    std::copy_n(order_.begin() + first, slot.size, samples.begin());
  }

  // Fills in sample i of the batch. Calls for different samples may run at the same time, by
  // different workers.
  void Fill(Slot& slot, int64_t i, int worker) {
    const auto index = static_cast<size_t>(i);
    const std::span<const int64_t> sample = std::span(slot.samples).subspan(index, 1);
    const std::span<int32_t> label = std::span(slot.labels).subspan(index, 1);
    const TensorView<float> to = slot.images.view().Samples(i, 1);
    if (options_.augmentation.is_on()) {
      const TensorView<float> image = scratch_[static_cast<size_t>(worker)];
      dataset_.Read(sample, image, label);
      Random random(options_.seed, kAugmentStream + static_cast<uint64_t>(slot.first_position + i));
      Augment(image.Sample(0),
              Draw(options_.augmentation, image.shape().Sample(), image_shape_, random),
              to.Sample(0));
    } else {
      dataset_.Read(sample, to, label);
    }
    options_.preprocessing.Apply(to);
  }

 private:
  void CheckShapes() const {
    const Shape& from = dataset_.image_shape();
    const Shape& to = image_shape_;
    if (from == to) return;
    const bool is_larger = from.rank() == 3 && to.rank() == 3 && from[0] == to[0] &&
                           from[1] >= to[1] && from[2] >= to[2];
    if (!is_larger) {
      Fail("{}: images have shape {}, of which {} cannot be cut out", dataset_.source(),
           from.ToString(), to.ToString());
    }
    if (!options_.augmentation.crop) {
      Fail("{}: images have shape {}, the network expects {}; only random crops take a part",
           dataset_.source(), from.ToString(), to.ToString());
    }
  }

  const Dataset& dataset_;
  const BatchLoaderOptions options_;
  const Shape image_shape_;
  const int64_t batch_size_;
  const int64_t steps_per_epoch_;
  std::vector<int64_t> order_;
  int64_t shuffled_epoch_ = -1;
  std::vector<Tensor<float>> scratch_;  // a whole image for each worker
};

// Threads that fill the slots ahead. The batch of step s is in slot s modulo their number; samples
// are begun in their order, by whichever thread is free.
class BatchLoader::Background {
 public:
  Background(Filler& filler, int64_t first_step, int threads)
      : filler_(filler), next_scheduled_(first_step), in_use_(first_step) {
    for (auto& slot : slots_) slot = filler.MakeSlot();
    threads_.emplace(threads, [this](int worker) { Work(worker); });
  }

  ~Background() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    work_.notify_all();
  }

  // Whether Take may be called for this step: the one after, or another look at the same.
  bool ComesNext(int64_t step) const { return step == in_use_ || step == in_use_ + 1; }

  // Gives up the batch before and waits for that of a step.
  Batch Take(int64_t step) {
    std::unique_lock lock(mutex_);
    in_use_ = step;
    work_.notify_all();
    Slot& slot = SlotOf(step);
    ready_.wait(lock, [&] { return slot.step == step && slot.done == slot.size; });
    if (slot.exception) std::rethrow_exception(slot.exception);
    return slot.View();
  }

 private:
  Slot& SlotOf(int64_t step) { return *slots_[static_cast<size_t>(step % kBatchesInFlight)]; }

  // The slot with a sample that nobody has begun, or nullptr if there is none and no further batch
  // may be scheduled: those before in_use_ are used no longer.
  Slot* Claimable() {
    if (filling_ != nullptr && filling_->claimed < filling_->size) return filling_;
    const bool is_wanted = next_scheduled_ < filler_.end() || next_scheduled_ == in_use_;
    if (!is_wanted || next_scheduled_ >= in_use_ + kBatchesInFlight) return nullptr;
    filling_ = &SlotOf(next_scheduled_);
    filler_.Schedule(next_scheduled_++, *filling_);
    filling_->claimed = filling_->done = 0;
    filling_->exception = nullptr;
    return filling_;
  }

  void Work(int worker) {
    std::unique_lock lock(mutex_);
    for (;;) {
      Slot* slot = nullptr;
      work_.wait(lock, [&] { return stop_ || (slot = Claimable()) != nullptr; });
      if (stop_) return;
      const int64_t i = slot->claimed++;
      lock.unlock();
      std::exception_ptr exception;
      try {
        filler_.Fill(*slot, i, worker);
      } catch (...) {
        exception = std::current_exception();
      }
      lock.lock();
      // The first sample's error is told, so that it does not depend on the threads.
      if (exception && (!slot->exception || i < slot->failed_sample)) {
        slot->exception = exception;
        slot->failed_sample = i;
      }
      if (++slot->done == slot->size) ready_.notify_one();
    }
  }

  Filler& filler_;
  std::array<std::unique_ptr<Slot>, kBatchesInFlight> slots_;
  std::mutex mutex_;
  std::condition_variable work_;   // there may be a sample to begin
  std::condition_variable ready_;  // a batch is complete
  bool stop_ = false;
  int64_t next_scheduled_;
  int64_t in_use_;  // by the caller, or waited for
  Slot* filling_ = nullptr;
  std::optional<BackgroundThreads> threads_;  // the last member: it ends before the others do
};

BatchLoader::BatchLoader(const Dataset& dataset, const BatchLoaderOptions& options)
    : pool_(options.pool != nullptr ? options.pool : &DefaultThreadPool()) {
  if (options.batch_size < 1) Fail("batch size: expected 1 or more, found {}", options.batch_size);
  filler_ = std::make_unique<Filler>(dataset, options, pool_->threads());
  if (!dataset.reads_slowly()) slot_ = filler_->MakeSlot();
}

BatchLoader::~BatchLoader() = default;

int64_t BatchLoader::batch_size() const { return filler_->batch_size(); }

int64_t BatchLoader::steps_per_epoch() const { return filler_->steps_per_epoch(); }

Batch BatchLoader::Load(int64_t step) {
  OCELLUS_CHECK(step >= 0, "step {}", step);
  if (slot_ == nullptr) {
    if (background_ == nullptr || !background_->ComesNext(step)) {
      background_.reset();
      background_ = std::make_unique<Background>(*filler_, step, pool_->threads());
    }
    return background_->Take(step);
  }
  filler_->Schedule(step, *slot_);
  pool_->ParallelFor(CeilDivide(slot_->size, kPieceSamples), [&](int64_t piece, int worker) {
    const int64_t end = std::min(slot_->size, (piece + 1) * kPieceSamples);
    for (int64_t i = piece * kPieceSamples; i < end; ++i) filler_->Fill(*slot_, i, worker);
  });
  return slot_->View();
}

}  // namespace ocellus
