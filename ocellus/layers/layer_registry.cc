// The table of layers. A new layer of the library gets one line here.
#include "ocellus/layers/layer_registry.h"

#include <algorithm>
#include <utility>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/layers/add_layer.h"
#include "ocellus/layers/affine_layer.h"
#include "ocellus/layers/average_pooling_layer.h"
#include "ocellus/layers/batch_norm_layer.h"
#include "ocellus/layers/concat_layer.h"
#include "ocellus/layers/convolution_layer.h"
#include "ocellus/layers/dropout_layer.h"
#include "ocellus/layers/flatten_layer.h"
#include "ocellus/layers/global_average_pooling_layer.h"
#include "ocellus/layers/leaky_relu_layer.h"
#include "ocellus/layers/local_response_norm_layer.h"
#include "ocellus/layers/max_pooling_layer.h"
#include "ocellus/layers/relu_layer.h"
#include "ocellus/layers/sigmoid_layer.h"
#include "ocellus/layers/softmax_layer.h"
#include "ocellus/layers/subsampling_layer.h"
#include "ocellus/layers/tanh_layer.h"

namespace ocellus {
namespace {

using Table = std::vector<std::pair<std::string, LayerFactory>>;

Table& Layers() {
  static Table table = {
      {"Convolution", [](OptionReader& o) { return MakeLayer(ConvolutionFromJson(o)); }},
      {"MaxPooling", [](OptionReader& o) { return MakeLayer(MaxPoolingFromJson(o)); }},
      {"AveragePooling", [](OptionReader& o) { return MakeLayer(AveragePoolingFromJson(o)); }},
      {"GlobalAveragePooling", [](OptionReader&) { return MakeLayer(GlobalAveragePooling{}); }},
      {"Subsampling", [](OptionReader& o) { return MakeLayer(SubsamplingFromJson(o)); }},
      {"LocalResponseNorm",
       [](OptionReader& o) { return MakeLayer(LocalResponseNormFromJson(o)); }},
      {"Affine", [](OptionReader& o) { return MakeLayer(AffineFromJson(o)); }},
      {"Relu", [](OptionReader&) { return MakeLayer(Relu{}); }},
      {"LeakyRelu", [](OptionReader& o) { return MakeLayer(LeakyReluFromJson(o)); }},
      {"Sigmoid", [](OptionReader&) { return MakeLayer(Sigmoid{}); }},
      {"Tanh", [](OptionReader&) { return MakeLayer(Tanh{}); }},
      {"Softmax", [](OptionReader&) { return MakeLayer(Softmax{}); }},
      {"Dropout", [](OptionReader& o) { return MakeLayer(DropoutFromJson(o)); }},
      {"BatchNorm", [](OptionReader& o) { return MakeLayer(BatchNormFromJson(o)); }},
      {"Flatten", [](OptionReader&) { return MakeLayer(Flatten{}); }},
      {"Add", [](OptionReader&) { return MakeLayer(Add{}); }},
      {"Concat", [](OptionReader&) { return MakeLayer(Concat{}); }},
  };
  return table;
}

}  // namespace

void RegisterLayer(const std::string& type, LayerFactory factory) {
  if (std::ranges::find(Layers(), type, &Table::value_type::first) != Layers().end()) {
    Fail("layer type '{}' is registered already", type);
  }
  Layers().emplace_back(type, factory);
}

std::vector<std::string> LayerTypes() {
  std::vector<std::string> types;
  for (const auto& [type, factory] : Layers()) types.push_back(type);
  return types;
}

std::unique_ptr<Layer> MakeLayerFromJson(const std::string& type, OptionReader& options) {
  const auto found = std::ranges::find(Layers(), type, &Table::value_type::first);
  if (found == Layers().end()) {
    Fail("{}: unknown layer type '{}'{}", options.where(), type, DidYouMean(type, LayerTypes()));
  }
  std::unique_ptr<Layer> layer = found->second(options);
  options.RefuseUnknown();
  return layer;
}

}  // namespace ocellus
