// Options of data sets and images.
#include "ocellus/tools/data_arguments.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/data/idx_folder.h"
#include "ocellus/network/network_summary.h"
#include "ocellus/tools/load_arguments.h"
#include "ocellus/tools/terminal.h"

namespace ocellus {
namespace {

// "checking pictures: 12,288 of 60,000", in place if stderr is a terminal; and bad pictures.
class CheckReport {
 public:
  void Progress(int64_t done, int64_t total) {
    if (!is_terminal_ || total < 1000) return;
    Note("\rchecking pictures: {} of {}{}", FormatCount(done), FormatCount(total),
         done == total ? "\r\033[K" : "");
  }

  void Bad(const std::string& message) {
    constexpr int64_t kNamed = 20;
    if (++bad_ <= kNamed) Note("{}left out: {}\n", clear_, message);
    if (bad_ == kNamed + 1) Note("{}left out: and more\n", clear_);
  }

  int64_t bad() const { return bad_; }

 private:
  const bool is_terminal_ = StderrIsTerminal();
  const char* clear_ = is_terminal_ ? "\r\033[K" : "";
  int64_t bad_ = 0;
};

// The paper cuts 227 pixels out of 256.
int64_t CropFromForRandomCrops(int64_t shorter_side) {
  return std::llround(static_cast<double>(shorter_side) * 256 / 227);
}

int64_t CropFrom(const ImageArguments& images, const Shape& input_shape, bool random_crops,
                 int64_t before) {
  const int64_t shorter_side = LeastCropFrom(input_shape);
  const bool is_set = before > shorter_side;
  int64_t crop_from = random_crops && !is_set ? CropFromForRandomCrops(shorter_side) : before;
  if (images.resize) {
    const std::string& text = *images.resize;
    if (text == "stretch") {
      crop_from = 0;
    } else {
      const char* end = text.data() + text.size();
      const auto [stop, error] = std::from_chars(text.data(), end, crop_from);
      if (error != std::errc() || stop != end || crop_from < shorter_side) {
        Fail(
            "--resize: expected stretch or the shorter side in pixels, at least the network's {}, "
            "found '{}'",
            shorter_side, text);
      }
    }
  }
  if (random_crops && crop_from <= shorter_side) {
    Fail(
        "--augment crop: expected --resize with more pixels than the network's {}, so that there "
        "is something to cut off; found {}",
        shorter_side, crop_from == 0 ? std::string("stretch") : std::to_string(crop_from));
  }
  return crop_from;
}

void NoteResize(Extent from, Extent to) {
  Note("note: pictures of {}x{} are resized to {}x{}\n", from.h, from.w, to.h, to.w);
}

bool Has(const ImageArguments& images, const std::string& word) {
  return std::ranges::find(images.augment, word) != images.augment.end();
}

void CheckAugmentWords(const ImageArguments& images) {
  static const std::vector<std::string> known = {"crop", "mirror", "colour"};
  for (const std::string& word : images.augment) {
    if (std::ranges::find(known, word) == known.end()) {
      Fail("--augment: unknown word '{}'{}", word, DidYouMean(word, known));
    }
  }
}

// Flags that would change nothing are a misunderstanding.
void RefuseSplitFlags(const DataArguments& arguments, const DataSplits& splits) {
  if (splits.is_random) return;
  const char* flag = arguments.test_fraction ? "--test-fraction"
                     : arguments.split_seed  ? "--split-seed"
                                             : nullptr;
  if (flag != nullptr) {
    Fail("{}: there is nothing to divide, {} has test images of its own", flag, arguments.data);
  }
}

PictureFolderOptions FolderOptions(const DataArguments& arguments, const ImageFit& fit,
                                   ThreadPool* pool) {
  PictureFolderOptions options{.fit = fit, .read = {.max_pixels = arguments.max_pixels}};
  options.test_fraction = arguments.test_fraction.value_or(options.test_fraction);
  options.split_seed = arguments.split_seed.value_or(options.split_seed);
  options.pool = pool;
  return options;
}

// What the model's training left in its file about its data; null if nothing.
Json DataRecipe(const Model& model, const char* key) {
  if (!model.training.is_object()) return {};
  const Json data = model.training.value("data", Json());
  return data.is_object() ? data.value(key, Json()) : Json();
}

// A number of it, unless an argument was given.
template <typename T>
void UseRecipe(const Model& model, const char* key, const std::optional<T>& given, T& value) {
  const Json found = DataRecipe(model, key);
  if (!given && found.is_number()) value = found.get<T>();
}

// "cat, dog", or the first few of many.
std::string ListOf(const std::vector<std::string>& names) {
  constexpr size_t kListed = 10;
  const size_t listed = std::min(names.size(), kListed);
  return fmt::format("{}{}", fmt::join(names.begin(), names.begin() + listed, ", "),
                     listed < names.size() ? ", ..." : "");
}

// Where --data was needed, and what the model says about it.
[[noreturn]] void FailForLackOfData(const Model& model, const std::string& why) {
  Fail("--data: {}; the model's classes are {}", why,
       model.class_names.empty() ? "not known" : ListOf(model.class_names));
}

}  // namespace

void AddDataArguments(CLI::App& command, DataArguments& arguments, DefaultData default_data) {
  DataArguments& a = arguments;
  const bool is_of_model = default_data == DefaultData::kOfModel;
  a.data = is_of_model ? "" : "mnist";
  command
      .add_option("--data", a.data,
                  fmt::format("DATA: mnist, fashion-mnist, or a folder: of IDX files, of CIFAR-10, "
                              "or with one sub-folder of PNG and JPEG pictures for each class{}",
                              is_of_model ? " (default: what the model was trained on)" : ""))
      ->default_str(a.data)
      ->check([](const std::string& data) {
        return data.empty() ? "expected a data set or a folder, found nothing" : "";
      });
  command
      .add_option("--test-fraction", a.test_fraction,
                  "Of the pictures of each class, unless the folder has train/ and test/ (default: "
                  "0.2, or as the model was trained)")
      ->default_str("");
  command
      .add_option("--split-seed", a.split_seed,
                  "Decides which pictures these are (default: 1, or as the model was trained)")
      ->default_str("");
  command.add_flag("--skip-bad", a.skip_bad, "Leave out pictures that cannot be read");
  command.add_option("--max-pixels", a.max_pixels, "Refuse pictures with more pixels");
}

void AddImageArguments(CLI::App& command, ImageArguments& arguments) {
  ImageArguments& a = arguments;
  command
      .add_option(
          "--resize", a.resize,
          "How a picture is brought to the network's size: its shorter side to so many "
          "pixels and the centre cut out, or stretch (default: what the network's JSON says; "
          "or its shorter side, with --augment crop 256/227 of it)")
      ->default_str("");
  command
      .add_option("--augment", a.augment,
                  "Change training images at random: crop, mirror, colour, or several with commas")
      ->delimiter(',')
      ->default_str("");
  CLI::Option* subtract_mean =
      command.add_flag("--subtract-mean", a.subtract_mean,
                       "Give each channel mean 0, measured on the training images");
  command
      .add_flag("--normalize", a.normalize,
                "Give each channel mean 0 and deviation 1, measured on the training images")
      ->excludes(subtract_mean);
}

std::string DataNameFor(const Model& model, const DataArguments& arguments) {
  if (!arguments.data.empty()) return arguments.data;
  const Json trained_on = DataRecipe(model, "name");
  if (trained_on.is_string()) {
    const auto name = trained_on.get<std::string>();
    if (!IsDataName(name) && !std::filesystem::is_directory(name)) {
      FailForLackOfData(model, fmt::format("the model was trained on the folder '{}', which is not "
                                           "here; name the data to use",
                                           name));
    }
    return name;
  }
  if (model.class_names.empty() || model.class_names == DigitNames()) return "mnist";
  FailForLackOfData(model, "name the data to use: the model does not say what it was trained on");
}

DataSplits LoadDataFor(const Model& model, const DataArguments& arguments, ThreadPool* pool) {
  const ImageFit fit{.shape = model.network.input_shape(),
                     .crop_from = model.preprocessing.crop_from};
  PictureFolderOptions options = FolderOptions(arguments, fit, pool);
  options.check = PictureFolderOptions::Check::kWhenRead;
  UseRecipe(model, "test_fraction", arguments.test_fraction, options.test_fraction);
  UseRecipe(model, "split_seed", arguments.split_seed, options.split_seed);
  CheckReport report;
  if (arguments.skip_bad) {
    options.on_bad_picture = [&](const std::string& message) { report.Bad(message); };
  }
  DataSplits splits = LoadData(DataNameFor(model, arguments), options, NoteResize);
  RefuseSplitFlags(arguments, splits);
  return splits;
}

void ExpectClassesOf(const Model& model, const std::vector<std::string>& class_names,
                     const std::string& data_name) {
  if (model.class_names.empty() || model.class_names == class_names) return;
  if (model.class_names.size() != class_names.size()) {
    Fail("{}: has {} classes ({}), the model has {} ({}); --data names the data to use", data_name,
         class_names.size(), ListOf(class_names), model.class_names.size(),
         ListOf(model.class_names));
  }
  Note("note: the model's classes are called {}, those of the data {}\n", ListOf(model.class_names),
       ListOf(class_names));
}

TrainingData LoadTrainingData(const DataArguments& data, const ImageArguments& images,
                              const Model& model, ThreadPool* pool) {
  CheckAugmentWords(images);
  ImageFit fit{.shape = model.network.input_shape(), .crop_from = model.preprocessing.crop_from};
  fit.Validate("--net");
  TrainingData result;
  result.augmentation.crop = Has(images, "crop");
  result.augmentation.mirror = Has(images, "mirror");
  result.preprocessing = model.preprocessing;
  result.preprocessing.crop_from = fit.crop_from =
      CropFrom(images, fit.shape, result.augmentation.crop, fit.crop_from);
  fit.Validate("--resize");

  PictureFolderOptions options = FolderOptions(data, fit, pool);
  if (result.augmentation.crop) options.train_margin = TrainMargin::kKeep;
  CheckReport report;
  options.on_progress = [&](int64_t done, int64_t total) { report.Progress(done, total); };
  if (data.skip_bad) {
    options.on_bad_picture = [&](const std::string& message) { report.Bad(message); };
  }
  result.splits = LoadData(data.data, options, NoteResize);
  RefuseSplitFlags(data, result.splits);
  const Dataset& train = *result.splits.train;
  Note("{} images to learn from, {} to test with, {} classes{}\n", FormatCount(train.size()),
       FormatCount(result.splits.test->size()), train.class_names().size(),
       report.bad() > 0 ? fmt::format("; {} left out", FormatCount(report.bad())) : "");

  const bool colour = Has(images, "colour");
  if (images.subtract_mean || images.normalize || colour) {
    const PixelStatistics pixels = MeasurePixels(train, pool);
    Preprocessing& preprocessing = result.preprocessing;
    if (images.subtract_mean) {
      preprocessing.mean.clear();
      for (const double mean : pixels.mean)
        preprocessing.mean.push_back(mean * preprocessing.scale);
    }
    if (images.normalize) {
      preprocessing = NormalisePixels(pixels, preprocessing.scale, train.source());
      preprocessing.crop_from = fit.crop_from;
    }
    if (colour) {
      result.augmentation.colour_sigma = 0.1;  // the paper's
      result.augmentation.colours = pixels;
    }
  }
  result.recipe = {{"name", data.data}, {"source", train.source()}};
  if (result.splits.is_random) {
    result.recipe["test_fraction"] = options.test_fraction;
    result.recipe["split_seed"] = options.split_seed;
  }
  return result;
}

}  // namespace ocellus
