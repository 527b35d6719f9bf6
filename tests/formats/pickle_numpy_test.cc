// Pickles of arrays, compared with what Python and NumPy make of them.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocellus/base/json.h"
#include "ocellus/formats/pickle.h"
#include "tests/support/error_text.h"
#include "tests/support/numpy.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PickleNumpyTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasNumpy()) GTEST_SKIP() << "python3 cannot import numpy";
  }

  TemporaryFolder folder_;
};

// W1[i][j][k] = 100 i + 10 j + k + 0.5, shape 2x3x4, and b1 = [1, -2].
void ExpectValues(const std::vector<NamedArray>& arrays, std::string_view dtype) {
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_EQ(arrays[0].name, "W1");
  EXPECT_EQ(arrays[0].dtype(), dtype);
  ASSERT_EQ(arrays[0].shape(), (Shape{2, 3, 4}));
  const Tensor<double> weights = arrays[0].ToDouble();
  for (int64_t i = 0; i < 24; ++i) {
    const int64_t expected = 100 * (i / 12) + 10 * (i / 4 % 3) + i % 4;
    EXPECT_EQ(weights[i], static_cast<double>(expected) + 0.5) << i;
  }
  EXPECT_EQ(arrays[1].name, "b1");
  EXPECT_EQ(arrays[1].shape(), Shape{2});
  EXPECT_THAT(arrays[1].ToDouble().span(), ElementsAre(1, -2));
}

TEST_F(PickleNumpyTest, ReadsEveryProtocolTypeByteOrderAndAxisOrder) {
  // Modules of NumPy 2 are tested by their name: what they pickle is the same.
  ASSERT_TRUE(RunNumpy(R"(
i, j, k = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing='ij')
for protocol in 2, 3, 4, 5:
    for code in '<f4', '<f8', '>f4', '>f8':
        for order in 'CF':
            params = {'W1': np.array(100 * i + 10 * j + k + 0.5, code, order=order),
                      'b1': np.array([1, -2], code)}
            data = pickle.dumps(params, protocol)
            name = f'{folder}/{protocol}{code[1:]}{"big" if code[0] == ">" else "little"}{order}'
            open(name + '1', 'wb').write(data)
            data = data.replace(b'numpy.core.', b'numpy._core.').replace(
                b'\x8c\x15numpy._core.', b'\x8c\x16numpy._core.').replace(
                b'\x8c\x12numpy._core.', b'\x8c\x13numpy._core.')
            if protocol >= 4:  # the frame is longer now
                data = data[:3] + (len(data) - 11).to_bytes(8, 'little') + data[11:]
            assert b'_core' in data and b'numpy.core' not in data
            open(name + '2', 'wb').write(data)
)",
                       folder_.path()));
  for (const int protocol : {2, 3, 4, 5})
    for (const char* type : {"f4", "f8"})
      for (const char* byte_order : {"little", "big"})
        for (const char* order : {"C", "F"})
          for (const int version : {1, 2}) {
            const std::string name =
                fmt::format("{}{}{}{}{}", protocol, type, byte_order, order, version);
            SCOPED_TRACE(name);
            ExpectValues(ReadPickle(folder_ / name),
                         type == std::string_view("f4") ? "float32" : "float64");
          }
}

TEST_F(PickleNumpyTest, ReadsWhatIsNotContiguousScalarLargeOrShared) {
  ASSERT_TRUE(RunNumpy(R"(
shared = np.arange(3.0)
params = {'view': np.arange(24.0).reshape(4, 6)[::2, ::3], 'scalar': np.array(7.0),
          'large': np.arange(100000.0), 'shared1': shared, 'shared2': shared}
for i in range(1500):
    params['small%d' % i] = np.full(1, i, '<f4')
for protocol in 2, 3, 4, 5:
    pickle.dump(params, open(f'{folder}/{protocol}', 'wb'), protocol)
)",
                       folder_.path()));
  for (const char* protocol : {"2", "3", "4", "5"}) {
    SCOPED_TRACE(protocol);
    const std::vector<NamedArray> arrays = ReadPickle(folder_ / protocol);
    ASSERT_EQ(arrays.size(), 1505u);
    EXPECT_EQ(arrays[0].shape(), (Shape{2, 2}));
    EXPECT_THAT(arrays[0].ToDouble().span(), ElementsAre(0, 3, 12, 15));
    EXPECT_EQ(arrays[1].shape(), Shape());
    EXPECT_EQ(arrays[1].ToDouble()[0], 7);
    EXPECT_EQ(arrays[2].ToDouble()[99999], 99999);
    EXPECT_THAT(arrays[4].ToDouble().span(), ElementsAre(0, 1, 2));
    EXPECT_EQ(arrays[1504].ToFloat()[0], 1499);
  }
}

TEST_F(PickleNumpyTest, RefusesOtherTypesAndObjectsByName) {
  ASSERT_TRUE(RunNumpy(R"(
class Thing: pass
def save(name, value, protocol=4):
    pickle.dump(value, open(f'{folder}/{name}', 'wb'), protocol)
save('int', {'W1': np.arange(3)})
save('half', {'W1': np.zeros(3, 'f2')})
save('text', {'W1': np.array(['a'])})
save('record', {'W1': np.zeros(2, [('x', 'f4')])})
save('empty', {'W1': np.zeros((0, 3))})
save('scalar', {'W1': np.float64(3)})
save('number', {'epochs': 3})
save('float', {'rate': 0.1})
save('list', [np.zeros(3)])
save('array', np.zeros(3))
save('nested', {'W1': {'W': np.zeros(3)}})
save('object', {'W1': Thing()})
save('protocol0', {'W1': np.zeros(3)}, 0)
save('key', {1: np.zeros(3)})
)",
                       folder_.path()));
  const auto error = [&](const char* name) {
    return ErrorText([&] { ReadPickle(folder_ / name); });
  };
  EXPECT_THAT(error("int"), HasSubstr("expected arrays of f4 (float32) or f8 (float64), found i8"));
  EXPECT_THAT(error("half"), HasSubstr("found f2"));
  EXPECT_THAT(error("text"), HasSubstr("found U1"));
  EXPECT_THAT(error("record"), HasSubstr("found V4"));
  EXPECT_THAT(error("empty"), HasSubstr("0x3"));
  EXPECT_THAT(error("scalar"), HasSubstr("refused to use numpy.core.multiarray.scalar"));
  EXPECT_THAT(error("number"), HasSubstr("'epochs': expected an array of float32 or float64, "
                                         "found a number"));
  EXPECT_THAT(error("float"), HasSubstr("instruction BINFLOAT (0x47)"));
  EXPECT_THAT(error("list"), HasSubstr("instruction EMPTY_LIST (0x5d)"));
  EXPECT_THAT(error("array"), HasSubstr("expected a dict, found an array"));
  EXPECT_THAT(error("nested"), HasSubstr("'W1': expected an array of float32 or float64, found a"
                                         " dict"));
  EXPECT_THAT(error("object"), HasSubstr("refused to use __main__.Thing"));
  EXPECT_THAT(error("protocol0"), HasSubstr("expected a pickle of protocol 2 to 5"));
  EXPECT_THAT(error("key"), HasSubstr("expected a text as key, found a number"));
  EXPECT_THAT(error("key"), HasSubstr("offset "));
}

TEST_F(PickleNumpyTest, PythonReadsWhatIsWritten) {
  const std::string name =
      "gr\xc3\xb6\xc3\x9f"
      "e";
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>(Shape{2, 3})});
  for (int64_t i = 0; i < 6; ++i) std::get<Tensor<float>>(arrays[0].values)[i] = 0.1F * float(i);
  arrays.push_back({name, Tensor<double>(Shape{})});
  std::get<Tensor<double>>(arrays[1].values)[0] = 1e300;
  WritePickle(folder_ / "params.pkl", arrays);
  EXPECT_TRUE(RunNumpy(R"(
params = pickle.load(open(folder + '/params.pkl', 'rb'))
assert list(params) == ['W1', 'gr\u00f6\u00dfe'], params
w, s = params.values()
assert w.dtype == '<f4' and w.shape == (2, 3) and w.flags.c_contiguous
assert (w.ravel() == np.float32(0.1) * np.arange(6, dtype='f4')).all(), w
assert s.dtype == '<f8' and s.shape == () and s == 1e300
w += 1  # arrays can be written to
)",
                       folder_.path()));
}

}  // namespace
}  // namespace ocellus
