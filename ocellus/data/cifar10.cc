// Reading the records of CIFAR-10.
#include "ocellus/data/cifar10.h"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "ocellus/base/error.h"
#include "ocellus/data/in_memory_dataset.h"
#include "ocellus/formats/file.h"
#include "ocellus/formats/utf8.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kChannels = 3, kSide = 32;
constexpr int64_t kPixels = kChannels * kSide * kSide;
constexpr int64_t kRecord = 1 + kPixels;

std::vector<std::string> ReadClassNames(const fs::path& path) {
  constexpr int64_t kMaxBytes = 1 << 16;
  const AlignedBuffer<uint8_t> text = ReadFile(path, kMaxBytes);
  std::istringstream lines(std::string(text.span().begin(), text.span().end()));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!IsUtf8(line)) Fail("{}: expected UTF-8", path.string());
    if (!line.empty()) names.push_back(line);
  }
  if (names.empty()) Fail("{}: expected a name of a class a line, found none", path.string());
  return names;
}

std::unique_ptr<Dataset> ReadBatches(const std::vector<fs::path>& paths,
                                     const std::vector<std::string>& class_names,
                                     const std::string& source) {
  std::vector<AlignedBuffer<uint8_t>> files;
  int64_t samples = 0;
  for (const fs::path& path : paths) {
    files.push_back(ReadFile(path));
    const int64_t size = files.back().size();
    if (size % kRecord != 0) {
      Fail("{}: expected a multiple of {} bytes (a label and 3x32x32 pixels each), found {}",
           path.string(), kRecord, size);
    }
    samples += size / kRecord;
  }
  Tensor<uint8_t> images({samples, kChannels, kSide, kSide});
  std::vector<int32_t> labels;
  uint8_t* pixels = images.data();
  for (size_t file = 0; file < files.size(); ++file) {
    for (int64_t offset = 0; offset < files[file].size(); offset += kRecord) {
      const uint8_t* record = files[file].data() + offset;
      if (record[0] >= std::ssize(class_names)) {
        Fail("{}: offset {}: expected a label from 0 to {}, found {}", paths[file].string(), offset,
             std::ssize(class_names) - 1, record[0]);
      }
      labels.push_back(record[0]);
      pixels = std::copy_n(record + 1, kPixels, pixels);
    }
  }
  return std::make_unique<InMemoryDataset>(std::move(images), std::move(labels), class_names,
                                           source);
}

}  // namespace

DataSplits LoadCifar10(const fs::path& folder) {
  const std::vector<std::string> names = ReadClassNames(folder / "batches.meta.txt");
  std::vector<fs::path> train;
  for (int i = 1; i <= 5; ++i) train.push_back(folder / fmt::format("data_batch_{}.bin", i));
  return {ReadBatches(train, names, folder.string() + " (train)"),
          ReadBatches({folder / "test_batch.bin"}, names, folder.string() + " (test)")};
}

}  // namespace ocellus
