// W1, b1, W2, ...
#include "ocellus/formats/book_names.h"

#include "ocellus/base/error.h"

namespace ocellus {

template <typename T>
std::vector<std::string> BookNames(const BasicNetwork<T>& network) {
  std::vector<std::string> names;
  int layer = 0;
  int node = kNetworkInput;
  for (const ParameterSlot& slot : network.parameters()) {
    if (slot.node != node) ++layer;
    node = slot.node;
    const bool is_weights = slot.info.name == "weights";
    if (!is_weights && slot.info.name != "biases") {
      Fail("{}: the book has no name for this kind of parameter", slot.name);
    }
    names.push_back((is_weights ? "W" : "b") + std::to_string(layer));
  }
  return names;
}

template std::vector<std::string> BookNames(const BasicNetwork<float>&);
template std::vector<std::string> BookNames(const BasicNetwork<double>&);

}  // namespace ocellus
