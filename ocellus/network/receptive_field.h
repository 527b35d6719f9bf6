// The receptive field of a unit: which part of the input image it can see.
//
//   const PixelBox field = ReceptiveField(network, network.FindNode("conv2"), {4, 7});
//
// One layer back, the unit at (y, x) sees the rows from y S - P to y S - P + D (F - 1), and columns
// likewise (S stride, P padding, D dilation, F window size). Repeating this until the input gives,
// for a chain, a box of size
//
//   r = 1 + sum over the layers l of D_l (F_l - 1) * (product of the strides before l)
//
// (Dumoulin and Visin 2016; Araujo, Norris and Sim 2019, equation 2). Where a graph branches, it is
// the smallest box around the boxes of the branches.
#pragma once

#include <cstdint>

#include "ocellus/network/network.h"
#include "ocellus/tensor/geometry.h"

namespace ocellus {

// A place in an output: row and column.
struct GridPoint {
  int64_t y = 0;
  int64_t x = 0;
};

// A rectangle of pixels.
struct PixelBox {
  int64_t top = 0;
  int64_t left = 0;
  Extent size;

  friend bool operator==(const PixelBox&, const PixelBox&) = default;
};

// Returns the box that the units at `unit`, in any channel of the node's output, see of the
// network's input. Near the edge it reaches beyond the image, by what is padding for the unit: the
// box has the same size for all units of a chain. Behind a layer that reads its whole input, such
// as Affine, it is the whole image, whatever the place. The network's input must have axes C, H, W,
// and the place must be in the output (0, 0 if that is no image).
PixelBox ReceptiveField(const Network& network, int node, GridPoint unit);

// The part of the box that lies in an image of this size.
PixelBox ClipToImage(const PixelBox& box, Extent image);

}  // namespace ocellus
