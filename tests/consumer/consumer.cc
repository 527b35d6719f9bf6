// A program of somebody else: a network, a prediction, a file and a picture.
#include <cstdio>

#include "ocellus/formats/image.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/view/filters.h"

int main() {
  ocellus::Model model{.network = ocellus::MakeSimpleConvNet()};
  model.network.Initialize(/*seed=*/1);
  const ocellus::Tensor<float> scores =
      model.network.Predict(ocellus::Tensor<float>({3, 1, 28, 28}, 0.5f));
  ocellus::SaveModel(model, "model.safetensors");
  ocellus::WritePng(ocellus::DrawFilters(model.network.parameter(0), {.title = "filters"}),
                    "filters.png");
  std::printf("%s\n", scores.shape().ToString().c_str());
}
