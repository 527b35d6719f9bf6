// Building a network and holding its parameters. How it runs stands in network_run.cc.
#include "ocellus/network/network.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "ocellus/base/check.h"
#include "ocellus/base/did_you_mean.h"
#include "ocellus/base/error.h"
#include "ocellus/base/printable.h"
#include "ocellus/layers/initializer.h"

namespace ocellus {
namespace {

const std::string kInputName = "input";

// 16 TB of floats. Up to here, sizes in bytes and numbers of operations fit into 64 bits.
constexpr int64_t kMaxValues = int64_t{1} << 42;

// The label with the number of nodes that have it already, plus one; more if that name is taken.
std::string DefaultName(std::span<const Node> nodes, const std::string& label) {
  const auto taken = [&](const std::string& name) {
    return name == kInputName || std::ranges::find(nodes, name, &Node::name) != nodes.end();
  };
  auto number = 1 + std::ranges::count_if(
                        nodes, [&](const Node& node) { return node.layer->label() == label; });
  std::string name = label + std::to_string(number);
  while (taken(name)) name = label + std::to_string(++number);
  return name;
}

}  // namespace

template <typename T>
BasicNetwork<T>::BasicNetwork(const Shape& input_shape) : input_shape_(input_shape) {
  if (input_shape.rank() < 1 || input_shape.rank() >= Shape::kMaxRank) {
    Fail("network: input shape: expected 1 to {} axes, found {}", Shape::kMaxRank - 1,
         input_shape.ToString());
  }
}

template <typename T>
BasicNetwork<T>& BasicNetwork<T>::Add(std::unique_ptr<Layer> layer, const Connection& connection) {
  Node node;
  node.name = connection.name.empty() ? DefaultName(nodes_, layer->label()) : connection.name;
  node.layer = std::move(layer);
  if (values_.has_value()) {
    Fail("{}: cannot be added to a network whose parameters have values already", node.where());
  }
  if (node.name == kInputName ||
      std::ranges::find(nodes_, node.name, &Node::name) != nodes_.end()) {
    Fail("{}: the name '{}' is taken", node.where(), node.name);
  }

  if (const std::string text = Printable(node.name); text != node.name) {
    Fail("{}: a name must not have control characters", text);
  }

  std::vector<Shape> shapes;
  if (connection.inputs.empty()) node.inputs.push_back(static_cast<int>(nodes_.size()) - 1);
  for (const std::string& input : connection.inputs) {
    try {
      node.inputs.push_back(FindNode(input));
    } catch (const Error& error) {
      Fail("{}: inputs: {}", node.where(), error.what());
    }
  }
  for (const int input : node.inputs) shapes.push_back(shape_of(input));
  node.info = node.layer->Prepare(node.where(), shapes);
  for (const ParameterInfo& info : node.info.parameters) {
    CheckInitializer(info.initializer, node.where() + ": initial " + info.name);
  }

  node.first_parameter = static_cast<int>(slots_.size());
  for (const ParameterInfo& info : node.info.parameters) {
    slots_.push_back({.name = node.name + "." + info.name,
                      .node = static_cast<int>(nodes_.size()),
                      .info = info,
                      .offset = values_size_});
    const auto unit = kAlignmentBytes / static_cast<int64_t>(sizeof(T));
    values_size_ += RoundUp(info.shape.elements(), unit);
    if (values_size_ > kMaxValues) {
      Fail("{}: expected a network of at most 2^42 parameter values, found more", node.where());
    }
  }
  nodes_.push_back(std::move(node));
  return *this;
}

template <typename T>
template <typename U>
BasicNetwork<U> BasicNetwork<T>::ConvertTo() const {
  BasicNetwork<U> copy(input_shape_);
  for (const Node& node : nodes_) {
    std::vector<std::string> inputs;
    for (const int input : node.inputs) inputs.push_back(name_of(input));
    copy.Add(node.layer->Clone(), {.name = node.name, .inputs = inputs});
  }
  if (!values_.has_value()) return copy;
  for (int index = 0; index < static_cast<int>(slots_.size()); ++index) {
    copy.SetParameter(index, ocellus::ConvertTo<U>(parameter(index)));
  }
  return copy;
}

template <typename T>
const Shape& BasicNetwork<T>::shape_of(int node) const {
  return node == kNetworkInput ? input_shape_ : nodes_[static_cast<size_t>(node)].info.output;
}

template <typename T>
const std::string& BasicNetwork<T>::name_of(int node) const {
  return node == kNetworkInput ? kInputName : nodes_[static_cast<size_t>(node)].name;
}

template <typename T>
int BasicNetwork<T>::FindNode(std::string_view name) const {
  if (name == kInputName) return kNetworkInput;
  const auto found = std::ranges::find(nodes_, name, &Node::name);
  if (found != nodes_.end()) return static_cast<int>(found - nodes_.begin());
  std::vector<std::string> known = {kInputName};
  for (const Node& node : nodes_) known.push_back(node.name);
  Fail("there is no layer '{}'{}", name, DidYouMean(name, known));
}

template <typename T>
void BasicNetwork<T>::CheckOutputsAreUsed() const {
  std::vector<bool> is_used(nodes_.size(), false);
  for (const Node& node : nodes_) {
    for (const int input : node.inputs) {
      if (input != kNetworkInput) is_used[static_cast<size_t>(input)] = true;
    }
  }
  for (size_t i = 0; i + 1 < nodes_.size(); ++i) {
    if (is_used[i]) continue;
    Fail("{}: its output is not used; only the last layer is the network's output",
         nodes_[i].where());
  }
}

template <typename T>
int64_t BasicNetwork<T>::parameter_count() const {
  int64_t count = 0;
  for (const ParameterSlot& slot : slots_) {
    if (slot.info.is_trained()) count += slot.info.shape.elements();
  }
  return count;
}

template <typename T>
int BasicNetwork<T>::FindParameter(std::string_view name) const {
  const auto found = std::ranges::find(slots_, name, &ParameterSlot::name);
  if (found != slots_.end()) return static_cast<int>(found - slots_.begin());
  std::vector<std::string> known;
  for (const ParameterSlot& slot : slots_) known.push_back(slot.name);
  Fail("there is no parameter '{}'{}", name, DidYouMean(name, known));
}

template <typename T>
TensorView<T> BasicNetwork<T>::parameter(int index) {
  const ParameterSlot& slot = slots_[static_cast<size_t>(index)];
  OCELLUS_CHECK(values_.has_value(), "{} has no values yet", slot.name);
  return {values_->data() + slot.offset, slot.info.shape};
}

template <typename T>
TensorView<const T> BasicNetwork<T>::parameter(int index) const {
  return const_cast<BasicNetwork*>(this)->parameter(index);
}

template <typename T>
std::span<T> BasicNetwork<T>::parameter_values() {
  OCELLUS_CHECK(has_parameter_values(), "parameters have no values yet");
  return slots_.empty() ? std::span<T>() : values_->span();
}

template <typename T>
std::span<const T> BasicNetwork<T>::parameter_values() const {
  return const_cast<BasicNetwork*>(this)->parameter_values();
}

template <typename T>
void BasicNetwork<T>::AllocateParameters() {
  if (values_.has_value()) return;
  values_.emplace(values_size_);
  std::ranges::fill(values_->span(), T{0});
  for (size_t index = 0; index < slots_.size(); ++index) {
    parameter(static_cast<int>(index)).Fill(std::numeric_limits<T>::quiet_NaN());
  }
}

template <typename T>
void BasicNetwork<T>::Initialize(uint64_t seed) {
  AllocateParameters();
  for (size_t index = 0; index < slots_.size(); ++index) {
    const ParameterInfo& info = slots_[index].info;
    ocellus::Initialize(info.initializer, {.in = info.fan_in, .out = info.fan_out},
                        Random(seed, /*stream=*/index), parameter(static_cast<int>(index)));
  }
}

template <typename T>
void BasicNetwork<T>::SetParameter(int index, TensorView<const T> values) {
  const ParameterSlot& slot = slots_[static_cast<size_t>(index)];
  if (values.shape() != slot.info.shape) {
    Fail("{}: expected shape {}, found {}", slot.name, slot.info.shape.ToString(),
         values.shape().ToString());
  }
  AllocateParameters();
  std::ranges::copy(values.span(), parameter(index).data());
}

template <typename T>
void BasicNetwork<T>::UpdateStatistics(std::span<T> d_parameters) {
  const std::span<T> values = parameter_values();
  OCELLUS_CHECK(d_parameters.size() == values.size(), "{} gradients for {} values",
                d_parameters.size(), values.size());
  for (const ParameterSlot& slot : slots_) {
    if (slot.info.is_trained()) continue;
    const auto begin = static_cast<size_t>(slot.offset);
    const auto end = begin + static_cast<size_t>(slot.info.shape.elements());
    for (size_t i = begin; i < end; ++i) values[i] -= std::exchange(d_parameters[i], T{0});
  }
}

template class BasicNetwork<float>;
template class BasicNetwork<double>;
template BasicNetwork<float> BasicNetwork<float>::ConvertTo<float>() const;
template BasicNetwork<double> BasicNetwork<float>::ConvertTo<double>() const;
template BasicNetwork<float> BasicNetwork<double>::ConvertTo<float>() const;
template BasicNetwork<double> BasicNetwork<double>::ConvertTo<double>() const;

}  // namespace ocellus
