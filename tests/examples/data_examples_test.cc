// The C++ at the beginning of the headers of ocellus/data/ and formats/, as it stands there.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/data/augmentation.h"
#include "ocellus/data/batch_loader.h"
#include "ocellus/data/cifar10.h"
#include "ocellus/data/dataset.h"
#include "ocellus/data/fitted_dataset.h"
#include "ocellus/data/idx.h"
#include "ocellus/data/idx_folder.h"
#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/data/load_data.h"
#include "ocellus/data/picture_dataset.h"
#include "ocellus/data/picture_folder.h"
#include "ocellus/data/picture_list.h"
#include "ocellus/data/pixel_statistics.h"
#include "ocellus/data/subset.h"
#include "ocellus/formats/array_layout.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/book_names.h"
#include "ocellus/formats/byte_reader.h"
#include "ocellus/formats/file.h"
#include "ocellus/formats/fit_image.h"
#include "ocellus/formats/image.h"
#include "ocellus/formats/image_orientation.h"
#include "ocellus/formats/model_file.h"
#include "ocellus/formats/named_array.h"
#include "ocellus/formats/npz.h"
#include "ocellus/formats/pickle.h"
#include "ocellus/formats/resize.h"
#include "ocellus/formats/safetensors.h"
#include "ocellus/formats/utf8.h"
#include "ocellus/nets/simple_conv_net.h"
#include "tests/support/compare.h"
#include "tests/support/idx_bytes.h"
#include "tests/support/picture_files.h"
#include "tests/support/picture_folders.h"
#include "tests/support/small_mnist.h"
#include "tests/support/temporary_folder.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

// Runs each example in an empty folder, for the files that it reads and writes.
class FileExamples : public testing::Test {
 protected:
  FileExamples() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~FileExamples() override { fs::current_path(before_); }

  const TemporaryFolder folder_;
  const fs::path before_;
};

class DataExamples : public FileExamples {
 protected:
  DataExamples() {
    for (const char* name : {"cat/anna.png", "cat/tom.png", "dog/rex.png", "dog/bello.png"}) {
      PutPicture(fs::path("pets") / name, /*seed=*/1, {3, 40, 40});
    }
  }

  static const DataSplits& Mnist() {
    static const DataSplits data = LoadData("mnist");
    return data;
  }
};

std::vector<NamedArray> SomeArrays() {
  std::vector<NamedArray> arrays;
  arrays.push_back({"W1", Tensor<float>({2, 3}, 0.5f)});
  return arrays;
}

TEST_F(DataExamples, Augmentation) {
  const PixelStatistics pixels =
      MeasurePixels(*LoadData("pets", {.fit = {.shape = {3, 40, 40}}}).train);
  Random random(/*seed=*/1, /*stream=*/0);
  const Tensor<float> image = RandomTensor({3, 256, 256}, 1);
  Tensor<float> input({3, 227, 227});
  const Augmentation augmentation{.crop = true, .colour_sigma = 0.1, .colours = pixels};
  const AugmentationDraw draw = Draw(augmentation, {3, 256, 256}, {3, 227, 227}, random);
  Augment(image, draw, input);
  EXPECT_LE(draw.top, 29);
}

TEST_F(DataExamples, BatchLoader) {
  const DataSplits& data = Mnist();
  const Preprocessing pixels{.scale = 1.0 / 255};
  constexpr int64_t steps = 2;
  int64_t learned = 0;
  const auto Learn = [&](TensorView<const float> images, std::span<const int32_t> labels) {
    EXPECT_EQ(images.shape()[0], std::ssize(labels));
    learned += std::ssize(labels);
  };
  BatchLoader loader(*data.train, {.batch_size = 100, .seed = 1, .preprocessing = pixels});
  for (int64_t step = 0; step < steps; ++step) {
    const Batch batch = loader.Load(step);
    Learn(batch.images, batch.labels);
  }
  EXPECT_EQ(learned, 200);
}

TEST_F(DataExamples, Cifar10) {
  fs::create_directory("cifar-10-batches-bin");
  const std::string record(1 + 3 * 32 * 32, '\1');
  for (const std::string name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                                 "data_batch_5", "test_batch"}) {
    WriteBytes("cifar-10-batches-bin/" + name + ".bin", record);
  }
  WriteBytes("cifar-10-batches-bin/batches.meta.txt", "airplane\nbird\n");
  const DataSplits data = LoadCifar10("cifar-10-batches-bin");
  EXPECT_EQ(data.train->size(), 5);
}

TEST_F(DataExamples, Dataset) {
  const DataSplits data = LoadData("mnist");
  Tensor<float> images({2, 1, 28, 28});
  std::array<int32_t, 2> labels;
  data.train->Read(std::array<int64_t, 2>{7, 42}, images, labels);
  EXPECT_EQ(labels, (std::array<int32_t, 2>{3, 7}));
}

TEST_F(DataExamples, FittedDataset) {
  DataSplits data = LoadData("mnist");
  data.train = FitDataset(std::move(data.train), {.shape = {3, 32, 32}});
  EXPECT_EQ(data.train->image_shape(), (Shape{3, 32, 32}));
}

TEST_F(DataExamples, Idx) {
  WriteBytes("train-images-idx3-ubyte.gz", GzipBytes(IdxBytes({2, 1, 3}, "abcdef")));
  const Tensor<uint8_t> images = ReadIdx("train-images-idx3-ubyte.gz", /*rank=*/3);
  EXPECT_EQ(images.shape(), (Shape{2, 1, 3}));
}

TEST_F(DataExamples, IdxFolder) {
  WriteSmallMnist("data/mnist", 30, 10);
  const DataSplits data = LoadIdxFolder("data/mnist");
  data.train->size();  // 60000
  EXPECT_EQ(data.train->size(), 30);
}

TEST_F(DataExamples, InMemoryDataset) {
  Tensor<float> images({100, 3, 32, 32});
  std::vector<int32_t> labels(100);
  InMemoryDataset dataset(std::move(images), std::move(labels), {"cat", "dog"}, "my pets");
  EXPECT_EQ(dataset.size(), 100);
}

TEST_F(DataExamples, LoadData) {
  const DataSplits data = LoadData("mnist");
  const DataSplits pets = LoadData("pets", {.fit = {.shape = {3, 32, 32}}});
  EXPECT_EQ(data.train->size(), 60000);
  EXPECT_EQ(pets.train->image_shape(), (Shape{3, 32, 32}));
}

TEST_F(DataExamples, Pictures) {
  PictureDataset dataset(ListPictures("pets"), {.fit = {.shape = {3, 32, 32}}}, "pets");
  EXPECT_EQ(dataset.size(), 4);
  const DataSplits pets = LoadPictureFolder("pets", {.fit = {.shape = {3, 32, 32}}});
  EXPECT_EQ(pets.train->size() + pets.test->size(), 4);
}

TEST_F(DataExamples, PictureList) {
  const PictureList pictures = ListPictures("pets");
  pictures.class_names();  // "cat", "dog"
  pictures.path(2);        // "pets/dog/rex.jpg"
  EXPECT_EQ(pictures.class_names(), (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(pictures.path(2), "pets/dog/bello.png");
}

TEST_F(DataExamples, PixelStatistics) {
  const DataSplits& data = Mnist();
  const PixelStatistics pixels = MeasurePixels(*data.train);
  Preprocessing normalise = NormalisePixels(pixels, /*scale=*/1.0 / 255, data.train->source());
  EXPECT_NEAR(normalise.mean[0], 0.1307, 1e-4);
}

TEST_F(DataExamples, Subset) {
  const DataSplits& data = Mnist();
  const std::unique_ptr<Dataset> quick = FirstSamples(*data.train, 1000);
  EXPECT_EQ(quick->size(), 1000);
}

TEST_F(FileExamples, ArrayLayout) {
  const std::string where = "params.npz";
  const std::vector<int64_t> sizes = {2, 3};
  const std::vector<uint8_t> bytes(24);
  const ArrayLayout layout{ParseShape(sizes, where), *ParseElementFormat(">f4"),
                           AxisOrder::kFortran};
  ArrayValues values = DecodeArray(bytes, layout);
  EXPECT_EQ(std::get<Tensor<float>>(values).shape(), (Shape{2, 3}));
}

TEST_F(FileExamples, AtomicFile) {
  const std::string header = "5 bytes: ", values = "hello";
  AtomicFile file("model.safetensors");
  file.Write(header);
  file.Write(values);
  file.Commit();
  EXPECT_EQ(ReadBytes("model.safetensors"), "5 bytes: hello");
}

TEST_F(FileExamples, ByteReader) {
  const std::vector<uint8_t> bytes = {2, 0, 0, 0, 0, 0, 0, 0, '{', '}', 7};
  ByteReader reader(bytes, "model.safetensors");
  const uint64_t size = reader.LittleEndian<8>("the length of the header");
  const std::span<const uint8_t> header = reader.Take(size, "the header");
  EXPECT_EQ(header[1], '}');
}

TEST_F(FileExamples, File) {
  WriteBytes("model.safetensors", "12345");
  AlignedBuffer<uint8_t> bytes = ReadFile("model.safetensors");
  EXPECT_EQ(bytes.size(), 5);
}

TEST_F(FileExamples, Utf8) {
  const std::string where = "params.pkl", name = "W\xff";
  EXPECT_THROW(
      {
        if (!IsUtf8(name)) Fail("{}: the name '{}' is not UTF-8", where, name);
      },
      Error);
}

TEST_F(FileExamples, BookNames) {
  const Network network = MakeSimpleConvNet();
  std::vector<std::string> names = BookNames(network);  // {"W1", "b1", "W2", ...}
  EXPECT_EQ(names[2], "W2");
}

TEST_F(FileExamples, Images) {
  WritePng(NoisePicture(/*seed=*/1, {3, 300, 400}), "photo.png");
  fs::rename("photo.png", "photo.jpg");  // its bytes tell what it is
  Image input = FitImage(ReadImage("photo.jpg"), {.shape = {3, 227, 227}, .crop_from = 256});
  EXPECT_EQ(input.width, 227);
  Image photo = ReadImage("photo.jpg");
  Image digit = Resize(ToGrey(photo), {28, 28});  // resize.h
  WritePng(digit, "digit.png");
  EXPECT_EQ(ReadImage("digit.png").height, 28);
}

TEST_F(FileExamples, Resize) {
  WritePng(NoisePicture(/*seed=*/1, {3, 30, 40}), "photo.png");
  fs::rename("photo.png", "photo.jpg");
  Image digit = Resize(ToGrey(ReadImage("photo.jpg")), {28, 28});
  EXPECT_EQ(digit.channels, 1);
}

TEST_F(FileExamples, ImageOrientation) {
  const std::vector<uint8_t> exif = MakeExif(6, /*big_endian=*/true);
  Image stored(1, 2, 3);
  Image upright = Orient(stored, ExifOrientation(exif));
  EXPECT_EQ(upright.height, 3);
}

TEST_F(FileExamples, ModelFile) {
  Model model{.network = MakeSimpleConvNet()};
  model.network.Initialize(/*seed=*/1);
  SaveModel(model, "model.safetensors");
  Model again = LoadModel("model.safetensors");
  EXPECT_TRUE(SameBits(again.network.parameter_values(), model.network.parameter_values()));
}

TEST_F(FileExamples, Npz) {
  const std::vector<NamedArray> arrays = SomeArrays();
  WriteNpz("params.npz", arrays);
  std::vector<NamedArray> again = ReadNpz("params.npz");
  EXPECT_EQ(again[0].shape(), arrays[0].shape());
}

TEST_F(FileExamples, NamedArray) {
  WriteNpz("params.npz", SomeArrays());
  std::vector<NamedArray> arrays = ReadNpz("params.npz");
  const NamedArray* weights = FindArray(arrays, "W1");
  Tensor<float> values = weights->ToFloat();
  EXPECT_EQ(values[5], 0.5f);
}

TEST_F(FileExamples, Pickle) {
  WritePickle("params.pkl", SomeArrays());
  std::vector<NamedArray> params = ReadPickle("params.pkl");  // W1, b1, W2, ...
  WritePickle("params.pkl", params);
  EXPECT_EQ(ReadPickle("params.pkl")[0].name, "W1");
}

TEST_F(FileExamples, Safetensors) {
  const std::vector<NamedArray> arrays = SomeArrays();
  const std::string json_text = "{}";
  WriteSafetensors("model.safetensors", arrays, {{"architecture", json_text}});
  const Safetensors model = ReadSafetensors("model.safetensors");
  model.metadata.at("architecture");
  EXPECT_EQ(model.metadata.at("architecture"), "{}");
}

}  // namespace
}  // namespace ocellus
