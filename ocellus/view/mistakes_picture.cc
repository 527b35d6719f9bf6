// The sheet of mistakes.
#include "ocellus/view/mistakes_picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "ocellus/formats/resize.h"
#include "ocellus/view/page.h"
#include "ocellus/view/pixel_range.h"
#include "ocellus/view/probability_bars.h"

namespace ocellus {
namespace {

constexpr int64_t kPictureSize = 112;

Block MistakeBlock(const Mistake& mistake, const Dataset& dataset,
                   const Preprocessing& preprocessing) {
  const Shape& shape = dataset.image_shape();
  Tensor<float> image(shape.Batch(1));
  std::array<int32_t, 1> label{};
  dataset.Read(std::array<int64_t, 1>{mistake.sample}, image, label);
  preprocessing.Apply(image.view());
  Image picture = ToPicture(image.view().Sample(0), PixelRangeOf(preprocessing, shape[0]));
  const int64_t longer = std::max(shape[1], shape[2]);
  if (longer > 2 * kPictureSize) {
    const auto scaled = [&](int64_t side) {
      return std::max<int64_t>(1, side * kPictureSize / longer);
    };
    picture = Resize(picture, {scaled(shape[1]), scaled(shape[2])});
  }
  const int64_t enlargement = EnlargementFor(std::max(picture.height, picture.width), kPictureSize);
  const std::vector<std::string>& names = dataset.class_names();
  TextStyle is = page::kSmall;
  is.size = 17;
  is.weight = Weight::kBold;
  is.colour = colours::kBlue;
  TextStyle taken = is;
  taken.colour = colours::kOrange;
  Block block = PictureBlock(std::move(picture), enlargement);
  block =
      CaptionedBlock(std::move(block), fmt::format("is {}", ClassName(names, mistake.label)), is);
  block = CaptionedBlock(std::move(block),
                         fmt::format("taken for {}", ClassName(names, mistake.predicted)), taken);
  block = CaptionedBlock(std::move(block), fmt::format("{:.1f}%", 100 * mistake.probability));
  return CaptionedBlock(std::move(block), dataset.SampleName(mistake.sample));
}

}  // namespace

Image DrawMistakes(const Mistakes& mistakes, const Dataset& dataset,
                   const Preprocessing& preprocessing, const std::string& title) {
  constexpr int64_t kColumns = 8;
  constexpr int64_t kGap = 24;
  const double accuracy = 100.0 * static_cast<double>(mistakes.samples - mistakes.wrong) /
                          static_cast<double>(mistakes.samples);
  std::vector<std::string> lines = {
      fmt::format("{} of {} wrong, {:.2f}% right", mistakes.wrong, mistakes.samples, accuracy)};
  std::vector<Block> blocks;
  for (const Mistake& mistake : mistakes.worst) {
    blocks.push_back(MistakeBlock(mistake, dataset, preprocessing));
  }
  if (blocks.empty()) return DrawPage(title, lines, {});
  lines.push_back(std::ssize(blocks) < mistakes.wrong
                      ? fmt::format("the {} that the network was most sure about", blocks.size())
                      : "what the network was most sure about comes first");
  return DrawPage(title, lines,
                  Grid(blocks, std::min<int64_t>(kColumns, std::ssize(blocks)), kGap));
}

}  // namespace ocellus
