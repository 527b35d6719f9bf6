// Where a decision comes from, as colours over the picture: Grad-CAM and occlusion side by side.
//
//   const Attention attention{.title = "mnist:test:42",
//                             .picture = ToPicture(input.view().Sample(0), range),
//                             .input_size = {28, 28},
//                             .cam_layer = model.network.name_of(node),
//                             .cam = GradCam(model.network, input, node, /*target=*/3),
//                             .occlusion = Occlude(model.network, input, /*target=*/3),
//                             .target = 3,
//                             .probabilities = probabilities,
//                             .class_names = model.class_names};
//   WritePng(DrawAttention(attention), "attention.png");
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/formats/image.h"
#include "ocellus/tensor/geometry.h"
#include "ocellus/tensor/tensor.h"
#include "ocellus/view/occlusion.h"

namespace ocellus {

struct Attention {
  std::string title;
  Image picture;          // what the network sees, in any size and colours: the photograph itself
  Extent input_size;      // the size in which it sees that
  std::string cam_layer;  // whose maps the next is made from
  Tensor<float> cam;      // {H, W}, from GradCam
  OcclusionMap occlusion;
  int64_t target = 0;                // the class that both are about
  std::vector<float> probabilities;  // of all classes
  std::vector<std::string> class_names;
};

// Returns a colour picture: the image with the most probable classes, the Grad-CAM map over it, and
// the occlusion map over it (bright where hiding costs most). Throws Error if the image is empty.
Image DrawAttention(const Attention& attention);

// The picture enlarged, with a map {h, w} of values from 0 to 1 over it: the map is stretched over
// the picture by bilinear interpolation, and covers it more the higher it is.
Image OverlayHeat(const Image& picture, TensorView<const float> map, int64_t enlargement);

}  // namespace ocellus
