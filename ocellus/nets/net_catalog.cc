// The table of built-in networks. A new one gets one line here.
#include "ocellus/nets/net_catalog.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/formats/file.h"
#include "ocellus/nets/simple_conv_net.h"
#include "ocellus/network/network_json.h"

namespace ocellus {
namespace {

using Entry = std::pair<const char*, Network (*)()>;

const Entry kNets[] = {
    {"simple-conv-net", [] { return MakeSimpleConvNet(); }},
};

// No description of a network is larger; a model or a picture given by mistake is not read in full.
constexpr int64_t kMaxBytes = 16 << 20;

}  // namespace

std::vector<std::string> NetNames() {
  std::vector<std::string> names;
  for (const auto& [name, make] : kNets) names.emplace_back(name);
  return names;
}

Network LoadNet(const std::string& name_or_file) {
  if (name_or_file.ends_with(".json") || name_or_file.find('/') != std::string::npos) {
    const AlignedBuffer<uint8_t> text = ReadFile(name_or_file, kMaxBytes);
    return ParseNetwork({reinterpret_cast<const char*>(text.data()), text.span().size()},
                        name_or_file);
  }
  for (const auto& [name, make] : kNets) {
    if (name_or_file == name) return make();
  }
  const std::vector<std::string> names = NetNames();
  Fail("unknown network '{}'{} (a file that describes one ends in .json)", name_or_file,
       DidYouMean(name_or_file, names));
}

}  // namespace ocellus
