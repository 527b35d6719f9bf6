// A convolution with a table of connections: a dense one whose other weights are zero.
#include "ocellus/layers/partial_convolution_layer.h"

#include <gtest/gtest.h>

#include "ocellus/layers/convolution_layer.h"
#include "ocellus/network/network.h"
#include "ocellus/network/workspace.h"
#include "tests/support/compare.h"
#include "tests/support/error_text.h"

namespace ocellus {
namespace {

const Connections kTable = {{0, 2}, {1}, {0, 1, 2, 3}, {3}};

Convolution Options(const Connections& connections) {
  return {.filters = 4,
          .kernel_size = {3, 2},
          .stride = {1, 2},
          .padding = {1, 0},
          .connections = connections};
}

template <typename T>
BasicNetwork<T> MakeNet(const Connections& connections) {
  Network net({4, 5, 6});
  net.Add(Options(connections));
  net.Initialize(3);
  return net.ConvertTo<T>();
}

// The place of each weight of the partial network in the dense one.
std::vector<int64_t> DensePlaces() {
  std::vector<int64_t> places;
  for (int64_t oc = 0; oc < 4; ++oc) {
    for (const int64_t ic : kTable[static_cast<size_t>(oc)]) {
      for (int64_t i = 0; i < 6; ++i) places.push_back((oc * 4 + ic) * 6 + i);
    }
  }
  return places;
}

template <typename T>
void ExpectToBeADenseOneWithZeros() {
  const BasicNetwork<T> partial = MakeNet<T>(kTable);
  BasicNetwork<T> dense = MakeNet<T>({});
  const std::vector<int64_t> places = DensePlaces();
  dense.parameter(0).Fill(T{0});
  for (size_t i = 0; i < places.size(); ++i) {
    dense.parameter(0)[places[i]] = partial.parameter(0)[static_cast<int64_t>(i)];
  }
  const WorkspaceOptions options{.max_batch = 3, .training = true, .input_gradient = true};
  Workspace<T> partial_workspace(partial, options), dense_workspace(dense, options);
  const Tensor<T> input = RandomTensor<T>({3, 4, 5, 6}, 1);
  partial.Forward(input, partial_workspace);
  dense.Forward(input, dense_workspace);
  EXPECT_TRUE(SameBits(partial_workspace.output(), dense_workspace.output()));

  const Tensor<T> d_output = RandomTensor<T>(dense_workspace.output().shape(), 2);
  for (Workspace<T>* workspace : {&partial_workspace, &dense_workspace}) {
    std::ranges::copy(d_output.span(), workspace->d_output().data());
  }
  partial.Backward(partial_workspace);
  dense.Backward(dense_workspace);
  EXPECT_TRUE(SameBits(partial_workspace.d_input(), dense_workspace.d_input()));
  EXPECT_TRUE(SameBits(partial_workspace.d_parameter(1), dense_workspace.d_parameter(1)));
  for (size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(partial_workspace.d_parameter(0)[static_cast<int64_t>(i)],
              dense_workspace.d_parameter(0)[places[i]])
        << i;
  }
  // A second pass adds to the gradients.
  const Tensor<T> once = ConvertTo<T>(partial_workspace.d_parameter(0));
  std::ranges::copy(d_output.span(), partial_workspace.d_output().data());
  partial.Backward(partial_workspace);
  for (int64_t i = 0; i < once.elements(); ++i) {
    EXPECT_EQ(partial_workspace.d_parameter(0)[i], 2 * once[i]) << i;
  }
}

TEST(PartialConvolution, IsADenseOneWithZerosInFloat) { ExpectToBeADenseOneWithZeros<float>(); }
TEST(PartialConvolution, IsADenseOneWithZerosInDouble) { ExpectToBeADenseOneWithZeros<double>(); }

TEST(PartialConvolution, HasNoWeightsWhereItHasNoConnections) {
  const LayerInfo info = MakeLayer(Options(kTable))->Prepare("x", std::vector<Shape>{{4, 5, 6}});
  EXPECT_EQ(info.output, (Shape{4, 5, 3}));
  ASSERT_EQ(info.parameters.size(), 2u);
  EXPECT_EQ(info.parameters[0].shape, (Shape{8, 1, 3, 2}));
  EXPECT_EQ(info.parameters[0].fan_in, 8 * 6 / 4);
  EXPECT_EQ(info.parameters[1].shape, Shape{4});
  EXPECT_EQ(info.multiply_adds, 8 * 6 * 5 * 3);
}

TEST(PartialConvolution, RefusesATableThatDoesNotFit) {
  const auto error = [](const Convolution& options) {
    return ErrorText([&] { MakeLayer(options)->Prepare("C3", std::vector<Shape>{{4, 5, 6}}); });
  };
  EXPECT_EQ(error(Options({{0}, {1}, {2}})),
            "C3: connections: expected a list of input channels for each of 4 filters, found 3");
  EXPECT_EQ(error(Options({{0}, {1, 4}, {2}, {3}})),
            "C3: connections of filter 1: expected input channels from 0 to 3 in ascending order, "
            "found [1,4]");
  const std::string expected =
      "C3: connections of filter 2: expected input channels from 0 to 3 "
      "in ascending order, found ";
  EXPECT_EQ(error(Options({{0}, {1}, {-1}, {3}})), expected + "[-1]");
  EXPECT_EQ(error(Options({{0}, {1}, {2, 2}, {3}})), expected + "[2,2]");
  EXPECT_EQ(error(Options({{0}, {1}, {2, 1}, {3}})), expected + "[2,1]");
  EXPECT_EQ(error(Options({{0}, {1}, {}, {3}})), expected + "[]");
  Convolution grouped = Options(kTable);
  grouped.groups = 2;
  EXPECT_EQ(error(grouped),
            "C3: connections: a convolution with a table of connections has no groups");
}

}  // namespace
}  // namespace ocellus
