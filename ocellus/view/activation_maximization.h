// Activation maximisation: the picture that a unit likes best, found by gradient ascent.
//
//   const std::array<int64_t, 2> units = {0, 12};
//   const ExcitingPictures best =
//       MaximizeActivation(model.network, node, units, model.preprocessing);
//   WritePng(ToPicture(best.pictures.view().Sample(0), range), "unit0.png");
//
// Starting from a nearly even picture, each step adds the gradient of the unit's activation with
// respect to the pixels, divided by its root mean square. Without more, the result is noise that
// excites the unit and tells nobody why; so each step also
//   - moves the picture by a few random pixels first (jitter): what must not depend on exact places
//     becomes smooth and large;
//   - adds the gradient blurred by a little, by twice as much, and so on (spread): in photographs
//     as in drawings what is large differs more than what is small, and a unit that is excited by
//     nothing near the first picture is found more often;
//   - stretches the gradient along the main colours of the data by their standard deviations, if
//     they are given: pixels of photographs differ in brightness more than in anything else, and
//     without it the pictures are of rainbow colours;
//   - draws every pixel a little towards the neutral grey (decay): what does not matter disappears;
//   - blurs the picture a little, less and less towards the end, so that fine detail comes last;
//   - keeps the pixels between black and white, and their mean distance from the grey below a
//     limit: what matters most becomes brightest. Without it, every pixel of a small filter's
//     picture ends up black or white, however little it matters.
// At the end the contrast is raised to that limit, or as far as three times what it is.
//
// How far jitter, spread and blur reach follows from the unit's receptive field, so that the same
// settings work for a 3 x 3 filter on digits and for a deep unit on photographs.
//
// Sources: Erhan, Bengio, Courville, Vincent, "Visualizing higher-layer features of a deep network"
// (2009), where the limit of the contrast is a fixed norm of the picture; decay and blur: Yosinski
// et al., "Understanding neural networks through deep visualization" (2015), section 3; jitter:
// Mordvintsev, Olah, Tyka, "Inceptionism" (2015); spread and colours: Olah, Mordvintsev, Schubert,
// "Feature visualization" (2017), section on preconditioning, which does it with Fourier transforms
// and with variances. Where variances stretch the gradient, the picture of a unit that is excited
// by yellow or orange often becomes black.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ocellus/network/network.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/network/receptive_field.h"
#include "ocellus/view/run_options.h"

namespace ocellus {

struct ActivationMaximizationOptions {
  int64_t steps = 200;
  double step_size = 0.04;  // of the root mean square change, in parts of black to white
  double decay = 0.01;      // of the distance to the neutral grey, each step
  // Root mean square distance from the neutral grey of the pixels that the unit sees, in parts of
  // the way to black or white, the longer one: the largest, and that of the last picture if it can
  // be reached; 1: no limit.
  double contrast = 0.45;
  double blur = 0.16;      // standard deviation at first, in pixels, at a receptive field of 1 x 1;
                           // it grows with the root of the field's side
  double jitter = 0.095;   // largest move, in parts of the receptive field's side; a picture's
                           // shorter side less a pixel is the most
  double spread = 0.25;    // largest blur of the gradient, likewise; 0: the gradient as it is
  double neutral = 127.5;  // the grey to start from and to decay to, as a raw value (0 to 255)
  // The main colours of the data, as PixelStatistics::components; empty: all colours alike.
  std::vector<double> colours = {};
  uint64_t seed = 1;
  RunOptions run = {};
};

struct ExcitingPictures {
  Tensor<float> pictures;          // units x C x H x W, as the network takes them
  std::vector<float> activations;  // of each unit by its picture
  GridPoint place;                 // of the units in their maps: the middle
  PixelBox field;                  // what they see there; may reach beyond the picture
};

// Finds a picture for each of the given units (channels of the node's output, or elements of a
// vector). Pixels that a unit does not see stay nearly neutral, but for jitter and blur. Layers
// behave as in prediction. The same seed gives the same pictures, for any number of threads; each
// unit's picture depends on its own number only, up to rounding, not on the other units. Throws
// Error if the node is the network's input, the input has no axes C, H, W, a unit is not there, or
// an option is out of range.
ExcitingPictures MaximizeActivation(const Network& network, int node,
                                    std::span<const int64_t> units,
                                    const Preprocessing& preprocessing,
                                    const ActivationMaximizationOptions& options = {});

}  // namespace ocellus
