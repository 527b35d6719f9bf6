// A data set of picture files, which are read and decoded when they are asked for.
//
//   PictureDataset dataset(ListPictures("pets"), {.fit = {.shape = {3, 32, 32}}}, "pets");
#pragma once

#include <string>
#include <vector>

#include "ocellus/data/dataset.h"
#include "ocellus/data/picture_list.h"
#include "ocellus/formats/fit_image.h"
#include "ocellus/formats/image.h"

namespace ocellus {

struct PictureDatasetOptions {
  ImageFit fit;
  ReadImageOptions read = {};
};

class PictureDataset final : public Dataset {
 public:
  // `pictures` has at least one. Throws Error, beginning with `source`, if the fit is not valid.
  PictureDataset(PictureList pictures, const PictureDatasetOptions& options, std::string source);

  int64_t size() const override { return pictures_.size(); }
  const Shape& image_shape() const override { return options_.fit.shape; }
  const std::vector<std::string>& class_names() const override { return pictures_.class_names(); }
  void Read(std::span<const int64_t> samples, TensorView<float> images,
            std::span<int32_t> labels) const override;
  bool reads_slowly() const override { return true; }
  std::string source() const override { return source_; }

  std::string SampleName(int64_t sample) const override;

  // Of the files: pictures are not decoded for it.
  std::string sha256() const override;
  Sha256Digest SampleSha256(int64_t sample) const override;

  // Tells what sha256() is, for someone who read all files anyway.
  void set_sha256(std::string sha256) { known_sha256_ = std::move(sha256); }

 private:
  PictureList pictures_;
  PictureDatasetOptions options_;
  std::string source_;
  std::string known_sha256_;
};

// The fingerprint of one picture: of its file's bytes and its label.
Sha256Digest PictureSha256(std::span<const uint8_t> file, int32_t label);

}  // namespace ocellus
