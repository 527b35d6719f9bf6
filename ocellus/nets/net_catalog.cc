// The table of built-in networks. A new one gets one line here.
#include "ocellus/nets/net_catalog.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/file.h"
#include "ocellus/nets/alexnet.h"
#include "ocellus/nets/deep_conv_net.h"
#include "ocellus/nets/lenet.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/network/network_json.h"

namespace ocellus {
namespace {

Preprocessing ChapterPreprocessing() { return {.scale = 1.0 / 255, .mean = {}, .std = {}}; }

Preprocessing KeepingProportions(Preprocessing preprocessing, const Network& network) {
  preprocessing.crop_from = LeastCropFrom(network.input_shape());
  return preprocessing;
}

struct Entry {
  const char* name;
  int64_t classes;  // unless the data has another number
  Network (*make)(int64_t classes);
  Preprocessing (*preprocessing)() = ChapterPreprocessing;
  double adam_rate = 0;  // 0: Adam's own
};

const Entry kNets[] = {
    {"simple-conv-net", 10, [](int64_t n) { return MakeSimpleConvNet({.output_size = n}); }},
    {"lenet", 10, MakeLenet},
    {"lenet-modern", 10, MakeLenetModern},
    {"alexnet", 1000, MakeAlexnet, AlexnetPreprocessing, kAlexnetAdamRate},
    {"alexnet-small", 10, MakeAlexnetSmall},
    {"deep-conv-net", 10, MakeDeepConvNet},
};

// No description of a network is larger; a model or a picture given by mistake is not read in full.
constexpr int64_t kMaxBytes = 16 << 20;

// What the network computes, without what its weights begin with.
Json LayersOf(const Network& network) {
  Json json = NetworkToJson(network);
  for (Json& layer : json["layers"]) {
    layer.erase("weight_init");
    layer.erase("bias_init");
  }
  return json;
}

Model LoadNetFile(const std::string& path, int64_t classes) {
  const AlignedBuffer<uint8_t> text = ReadFile(path, kMaxBytes);
  NetworkDescription description =
      ParseNetwork({reinterpret_cast<const char*>(text.data()), text.span().size()}, path);
  const int64_t outputs = description.network.output_shape().elements();
  if (classes != 0 && outputs != classes) {
    Fail("{}: expected a network with {} outputs, one for each class, found {}", path, classes,
         outputs);
  }
  Model model{.network = std::move(description.network)};
  model.preprocessing =
      description.preprocessing.value_or(KeepingProportions(ChapterPreprocessing(), model.network));
  return model;
}

}  // namespace

std::vector<std::string> NetNames() {
  std::vector<std::string> names;
  for (const Entry& net : kNets) names.emplace_back(net.name);
  return names;
}

Network LoadNet(const std::string& name_or_file, const NetOptions& options) {
  return LoadNetModel(name_or_file, options).network;
}

Model LoadNetModel(const std::string& name_or_file, const NetOptions& options) {
  if (options.classes < 0) Fail("classes: expected 0 or more, found {}", options.classes);
  if (name_or_file.ends_with(".json") || name_or_file.find('/') != std::string::npos) {
    return LoadNetFile(name_or_file, options.classes);
  }
  for (const Entry& net : kNets) {
    if (name_or_file == net.name) {
      Model model{.network = net.make(options.classes == 0 ? net.classes : options.classes)};
      model.preprocessing = KeepingProportions(net.preprocessing(), model.network);
      return model;
    }
  }
  const std::vector<std::string> names = NetNames();
  Fail("unknown network '{}'{} (a file that describes one ends in .json)", name_or_file,
       DidYouMean(name_or_file, names));
}

double AdamRateFor(const Network& network) {
  const Json layers = LayersOf(network);
  const int64_t classes = network.output_shape().elements();
  for (const Entry& net : kNets) {
    if (net.adam_rate > 0 && LayersOf(net.make(classes)) == layers) return net.adam_rate;
  }
  return 0;
}

Json NetToJson(const Model& model) {
  Json json = NetworkToJson(model.network);
  if (model.preprocessing == KeepingProportions(ChapterPreprocessing(), model.network)) return json;
  json["preprocessing"] = ToJson(model.preprocessing);
  json["preprocessing"]["crop_from"] = model.preprocessing.crop_from;  // 0 must be said
  return json;
}

}  // namespace ocellus
