// DeepConvNet: the book's shapes, and the book's files.
#include "ocellus/nets/deep_conv_net.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ocellus/base/json.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/formats/npz.h"
#include "tests/support/compare.h"
#include "tests/support/net_table.h"
#include "tests/support/numpy.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

TEST(DeepConvNet, HasTheBooksShapes) {
  const Network net = MakeDeepConvNet();
  const std::vector<Shape> weights = {{16, 1, 3, 3},  {16, 16, 3, 3}, {32, 16, 3, 3},
                                      {32, 32, 3, 3}, {64, 32, 3, 3}, {64, 64, 3, 3},
                                      {1024, 50},     {50, 10}};
  ASSERT_EQ(net.parameters().size(), 2 * weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(net.parameters()[2 * i].info.shape, weights[i]) << i;
    EXPECT_EQ(net.parameters()[2 * i].info.initializer, He()) << i;
  }
  EXPECT_EQ(net.shape_of(net.FindNode("conv4")), (Shape{32, 16, 16}));
  EXPECT_EQ(net.shape_of(net.FindNode("pool3")), (Shape{64, 4, 4}));
  EXPECT_EQ(net.nodes().back().layer->type(), "Dropout");
  EXPECT_EQ(MakeDeepConvNet(7).output_shape(), Shape{7});
}

// The book's DeepConvNet in NumPy: parameters, a batch, and what predict makes of it.
constexpr const char* kBook = R"(
from numpy.lib.stride_tricks import sliding_window_view
random = np.random.default_rng(1)
params = {}
channels = [1, 16, 16, 32, 32, 64, 64]
for i in range(6):
    deviation = (2 / (channels[i] * 9)) ** 0.5
    params[f'W{i + 1}'] = deviation * random.standard_normal((channels[i + 1], channels[i], 3, 3))
    params[f'b{i + 1}'] = 0.1 * random.standard_normal(channels[i + 1])
for i, (inputs, units) in enumerate([(1024, 50), (50, 10)]):
    params[f'W{i + 7}'] = (2 / inputs) ** 0.5 * random.standard_normal((inputs, units))
    params[f'b{i + 7}'] = 0.1 * random.standard_normal(units)

def convolution(x, number, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    patches = sliding_window_view(x, (3, 3), (2, 3))
    out = np.einsum('ncyxhw,fchw->nfyx', patches, params[f'W{number}'])
    return np.maximum(out + params[f'b{number}'][:, None, None], 0)

def pooling(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).max((3, 5))

x = random.random((2, 1, 28, 28)).astype('f4')
out = pooling(convolution(convolution(x, 1, 1), 2, 1))
out = pooling(convolution(convolution(out, 3, 1), 4, 2))
out = pooling(convolution(convolution(out, 5, 1), 6, 1)).reshape(2, -1)
out = np.maximum(out @ params['W7'] + params['b7'], 0) * 0.5
out = (out @ params['W8'] + params['b8']) * 0.5
pickle.dump(params, open(folder + '/deep_convnet_params.pkl', 'wb'))
np.savez(folder + '/batch.npz', x=x, scores=out)
)";

TEST(DeepConvNet, PredictsWhatTheBooksDoesWithTheBooksFile) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  ASSERT_TRUE(RunNumpy(kBook, folder.path()));
  const std::vector<NamedArray> batch = ReadNpz(folder / "batch.npz");
  ASSERT_EQ(batch.size(), 2u);
  const Tensor<double> x = batch[0].ToDouble(), scores = batch[1].ToDouble();

  auto net = MakeDeepConvNet().ConvertTo<double>();
  LoadParameters(folder / "deep_convnet_params.pkl", net);
  EXPECT_TRUE(AllNear(net.Predict(x), scores, 1e-12 * Largest(scores)));

  Network fast = MakeDeepConvNet();
  LoadParameters(folder / "deep_convnet_params.pkl", fast);
  EXPECT_TRUE(AllNear(fast.Predict(ConvertTo<float>(x.view())), scores, 1e-5 * Largest(scores)));
}

TEST(DeepConvNet, WritesAFileThatTheBookReads) {
  if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  const TemporaryFolder folder;
  Network net = MakeDeepConvNet();
  net.Initialize(1);
  net.parameter(15)[9] = 0.25f;
  SaveParameters(net, folder / "params.pkl");
  EXPECT_TRUE(RunNumpy(R"(
params = pickle.load(open(folder + '/params.pkl', 'rb'))
assert list(params) == [f'{kind}{i}' for i in range(1, 9) for kind in 'Wb'], list(params)
assert params['W4'].shape == (32, 32, 3, 3) and params['W7'].shape == (1024, 50)
assert params['b8'].tolist() == [0] * 9 + [0.25]
)",
                       folder.path()));
}

}  // namespace
}  // namespace ocellus
