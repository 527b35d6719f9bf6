// Files of a training.
#include "ocellus/tools/output_folder.h"

#include "ocellus/base/error.h"
#include "ocellus/formats/image.h"

namespace ocellus {

OutputFolder::OutputFolder(const std::filesystem::path& folder) : folder_(folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) Fail("{}: cannot make this folder: {}", folder.string(), error.message());
  metrics_.open(metrics_path(), std::ios::trunc);
  if (!metrics_) Fail("{}: cannot be written; check --out", metrics_path().string());
}

void OutputFolder::AddLine(const Json& line) {
  metrics_ << line.dump() << '\n';
  if (line["event"] == "epoch") metrics_.flush();
  if (!metrics_) Fail("{}: cannot be written; is the disk full?", metrics_path().string());
}

void OutputFolder::Add(const StepReport& report) {
  AddLine({{"event", "step"},
           {"epoch", report.epoch},
           {"step", report.step},
           {"loss", report.loss},
           {"accuracy", report.accuracy},
           {"learning_rate", report.learning_rate}});
  curves_.loss.push_back({report.epochs_done, report.loss});
}

void OutputFolder::Add(const EpochReport& report) {
  Json line = {{"event", "epoch"},
               {"epoch", report.epoch},
               {"step", report.step},
               {"train_loss", report.train_loss},
               {"train_accuracy", report.train_accuracy}};
  if (report.test) {
    line["test_loss"] = report.test->loss;
    line["test_accuracy"] = report.test->accuracy();
  }
  AddLine(line);
  curves_.train_accuracy.push_back({report.epochs_done, report.train_accuracy});
  if (report.test) {
    curves_.test_accuracy.push_back({report.epochs_done, report.test->accuracy()});
  }
}

void OutputFolder::WriteCurves(const std::string& title) const {
  if (curves_.loss.empty()) return;
  WritePng(DrawCurves(curves_, {.title = title}), curves_path());
}

}  // namespace ocellus
