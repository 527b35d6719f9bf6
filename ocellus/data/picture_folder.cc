// Layout, split and check of a folder of pictures.
#include "ocellus/data/picture_folder.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/data/picture_dataset.h"
#include "ocellus/data/picture_list.h"
#include "ocellus/formats/file.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// Sets `is_random` if the folder is not split already.
PictureSplit ListSplits(const fs::path& folder, const PictureFolderOptions& options,
                        bool& is_random) {
  const fs::path train = folder / "train";
  const fs::path test = IsFolder(folder / "test") ? folder / "test" : folder / "val";
  is_random = !IsFolder(train) && !IsFolder(test);
  if (is_random) {
    return SplitPictures(ListPictures(folder), options.test_fraction, options.split_seed);
  }
  if (!IsFolder(train) || !IsFolder(test)) {
    Fail("{}: expected the folders train and test, found only {}", folder.string(),
         (IsFolder(train) ? train : test).filename().string());
  }
  PictureSplit split{.train = ListPictures(train), .test = {}};
  split.test = ListPictures(test, split.train.class_names());
  return split;
}

// Decodes every picture, some at a time, so that memory does not grow with their number.
class PictureCheck {
 public:
  PictureCheck(const PictureFolderOptions& options, int64_t total)
      : options_(options), total_(total) {}

  // Returns the good pictures and stores the fingerprint of them all.
  PictureList Check(const PictureList& pictures, std::string& sha256) {
    constexpr int64_t kBlock = 1024;
    ThreadPool& pool = options_.pool != nullptr ? *options_.pool : DefaultThreadPool();
    std::vector<Sha256Digest> digests(kBlock);
    std::vector<std::string> errors(kBlock);
    PictureList good(pictures.folder(), pictures.class_names());
    Sha256 hash;
    for (int64_t first = 0; first < pictures.size(); first += kBlock) {
      const int64_t count = std::min(kBlock, pictures.size() - first);
      pool.ParallelFor(count, [&](int64_t i, int) {
        const auto slot = static_cast<size_t>(i);
        errors[slot].clear();
        try {
          digests[slot] = CheckPicture(pictures, first + i);
        } catch (const Error& error) {
          errors[slot] = error.what();
        }
      });
      for (int64_t i = 0; i < count; ++i) {
        const auto slot = static_cast<size_t>(i);
        if (errors[slot].empty()) {
          hash.Update(digests[slot]);
          good.Add(pictures.label(first + i), pictures.name(first + i));
        } else {
          AddBad(errors[slot]);
        }
      }
      done_ += count;
      if (options_.on_progress) options_.on_progress(done_, total_);
    }
    sha256 = hash.Hexadecimal();
    return good;
  }

  // Throws if there were bad pictures and they are not to be left out.
  void Finish() const {
    if (bad_ == 0 || options_.on_bad_picture) return;
    std::string more;
    if (bad_ > std::ssize(messages_)) more = fmt::format("\n  and {} more", bad_ - kNamed);
    Fail("{} of {} pictures cannot be read (--skip-bad leaves them out):\n  {}{}", bad_, total_,
         fmt::join(messages_, "\n  "), more);
  }

 private:
  static constexpr int64_t kNamed = 20;

  Sha256Digest CheckPicture(const PictureList& pictures, int64_t picture) const {
    const fs::path path = pictures.path(picture);
    const AlignedBuffer<uint8_t> file = ReadFile(path);
    DecodeImage(file.span(), path.string(), options_.read);
    return PictureSha256(file.span(), pictures.label(picture));
  }

  void AddBad(const std::string& message) {
    ++bad_;
    if (options_.on_bad_picture) {
      options_.on_bad_picture(message);
    } else if (bad_ <= kNamed) {
      messages_.push_back(message);
    }
  }

  const PictureFolderOptions& options_;
  int64_t total_;
  int64_t done_ = 0;
  int64_t bad_ = 0;
  std::vector<std::string> messages_;
};

// Every class to learn must have a picture left, and so must the test.
void CheckWhatIsLeft(const PictureSplit& split, const PictureSplit& good) {
  const std::vector<int64_t> before = split.train.CountByClass();
  const std::vector<int64_t> after = good.train.CountByClass();
  for (size_t label = 0; label < after.size(); ++label) {
    if (after[label] > 0) continue;
    Fail("{}: none of the {} pictures to learn from can be read",
         (split.train.folder() / split.train.class_names()[label]).string(), before[label]);
  }
  if (good.test.size() == 0) {
    Fail("{}: none of the {} pictures to test with can be read", split.test.folder().string(),
         split.test.size());
  }
}

}  // namespace

DataSplits LoadPictureFolder(const fs::path& folder, const PictureFolderOptions& options) {
  options.fit.Validate(folder.string());
  bool is_random = false;
  PictureSplit split = ListSplits(folder, options, is_random);
  std::string train_sha256, test_sha256;
  if (options.check == PictureFolderOptions::Check::kNow || options.on_bad_picture) {
    PictureCheck check(options, split.train.size() + split.test.size());
    PictureSplit good{.train = check.Check(split.train, train_sha256), .test = {}};
    good.test = check.Check(split.test, test_sha256);
    check.Finish();
    CheckWhatIsLeft(split, good);
    split = std::move(good);
  }
  PictureDatasetOptions train_options{.fit = options.fit, .read = options.read};
  if (options.train_margin == TrainMargin::kKeep) {
    train_options.fit.shape = options.fit.UncroppedShape();
  }
  auto train = std::make_unique<PictureDataset>(std::move(split.train), train_options,
                                                folder.string() + " (train)");
  auto test = std::make_unique<PictureDataset>(
      std::move(split.test), PictureDatasetOptions{.fit = options.fit, .read = options.read},
      folder.string() + " (test)");
  train->set_sha256(std::move(train_sha256));
  test->set_sha256(std::move(test_sha256));
  return {std::move(train), std::move(test), is_random};
}

}  // namespace ocellus
