// Files of a training.
#include "ocellus/tools/output_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/image.h"

namespace ocellus {
namespace {

namespace fs = std::filesystem;

void Remove(const fs::path& path) {
  std::error_code error;
  fs::remove(path, error);
  if (error) Fail("{}: cannot be removed: {}", path.string(), error.message());
}

// What a process that was killed while it wrote a file has left behind.
void RemoveTemporaryFiles(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    for (const char* file : {"checkpoint.safetensors", "model.safetensors", "curves.png"}) {
      if (name.starts_with(std::string(file) + ".tmp-")) Remove(entry.path());
    }
  }
}

}  // namespace

void OutputFolder::ExpectFinished(const fs::path& folder) {
  const fs::path checkpoint = CheckpointPath(folder);
  if (!fs::exists(checkpoint)) return;
  Fail(
      "{}: a training was interrupted here; --resume goes on with it, --overwrite begins anew, and "
      "another --out keeps it",
      checkpoint.string());
}

OutputFolder OutputFolder::Begin(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) Fail("{}: cannot make this folder: {}", folder.string(), error.message());
  OutputFolder output(folder);
  Remove(output.checkpoint_path());
  RemoveTemporaryFiles(folder);
  output.Open(std::ios::trunc);
  return output;
}

OutputFolder OutputFolder::Continue(const fs::path& folder, int64_t metrics_bytes) {
  OutputFolder output(folder);
  const fs::path path = output.metrics_path();
  std::error_code error;
  const auto bytes = static_cast<int64_t>(fs::file_size(path, error));
  if (error) Fail("{}: cannot be read: {}", path.string(), error.message());
  if (bytes < metrics_bytes) {
    Fail(
        "{}: expected the {} bytes that it had at the checkpoint, or more, found {}; has it been "
        "changed?",
        path.string(), metrics_bytes, bytes);
  }
  fs::resize_file(path, static_cast<uintmax_t>(metrics_bytes), error);
  if (error) Fail("{}: cannot be written: {}", path.string(), error.message());
  std::ifstream file(path);
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    try {
      output.AddToCurves(Json::parse(line));
    } catch (const Json::exception& error_in_line) {
      Fail("{}: line {}: {}", path.string(), number, error_in_line.what());
    }
  }
  RemoveTemporaryFiles(folder);
  output.Open(std::ios::app);
  return output;
}

bool OutputFolder::HasEnded(const fs::path& folder) {
  std::ifstream file(MetricsPath(folder));
  std::string last;
  for (std::string line; std::getline(file, line);) last = std::move(line);
  const Json json = Json::parse(last, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.value("event", "") == "end";
}

void OutputFolder::Open(std::ios::openmode mode) {
  metrics_.open(metrics_path(), std::ios::out | mode);
  if (!metrics_) Fail("{}: cannot be written; check --out", metrics_path().string());
}

void OutputFolder::AddLine(const Json& line) {
  metrics_ << line.dump() << '\n';
  if (line["event"] != "step") metrics_.flush();
  if (!metrics_) Fail("{}: cannot be written; is the disk full?", metrics_path().string());
  AddToCurves(line);
}

// From the line, so that curves are the same whether a training was interrupted or not.
void OutputFolder::AddToCurves(const Json& line) {
  const std::string event = line.at("event");
  if (event == "step") {
    curves_.loss.push_back({line.at("epochs_done"), line.at("loss")});
  } else if (event == "epoch") {
    curves_.train_accuracy.push_back({line.at("epochs_done"), line.at("train_accuracy")});
    if (line.contains("test_accuracy")) {
      curves_.test_accuracy.push_back({line.at("epochs_done"), line.at("test_accuracy")});
      curves_.test_loss.push_back({line.at("epochs_done"), line.at("test_loss")});
    }
  }
}

void OutputFolder::Add(const StepReport& report) {
  AddLine({{"event", "step"},
           {"epoch", report.epoch},
           {"step", report.step},
           {"epochs_done", report.epochs_done},
           {"loss", report.loss},
           {"accuracy", report.accuracy},
           {"learning_rate", report.learning_rate}});
}

void OutputFolder::Add(const EpochReport& report) {
  Json line = {{"event", "epoch"},
               {"epoch", report.epoch},
               {"step", report.step},
               {"epochs_done", report.epochs_done},
               {"train_loss", report.train_loss},
               {"train_accuracy", report.train_accuracy}};
  if (report.test) {
    line["test_loss"] = report.test->loss;
    line["test_accuracy"] = report.test->accuracy();
  }
  AddLine(line);
}

int64_t OutputFolder::FlushMetrics() {
  metrics_.flush();
  const int file = open(metrics_path().c_str(), O_WRONLY | O_CLOEXEC);
  const bool is_on_disk = metrics_ && file >= 0 && fsync(file) == 0;
  if (file >= 0) close(file);
  if (!is_on_disk) {
    Fail("{}: cannot be written; is the disk full?", metrics_path().string());
  }
  return static_cast<int64_t>(fs::file_size(metrics_path()));
}

void OutputFolder::WriteCurves(const std::string& title) const {
  if (curves_.loss.empty()) return;
  WritePng(DrawCurves(curves_, {.title = title}), curves_path());
}

void OutputFolder::End(const TrainingResult& result) {
  AddLine({{"event", "end"},
           {"step", result.steps},
           {"stopped_early", result.end == TrainingResult::End::kStoppedEarly}});
  FlushMetrics();
  Remove(checkpoint_path());
}

}  // namespace ocellus
