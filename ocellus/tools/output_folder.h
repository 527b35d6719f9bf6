// The folder that a training leaves: the model, its checkpoint while it is not finished, and its
// metrics: one JSON object a line, for each step, each epoch and the end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "ocellus/tools/folder_lock.h"
#include "ocellus/training/trainer.h"
#include "ocellus/view/curves.h"

namespace ocellus {

class OutputFolder {
 public:
  // Throws Error if the folder holds a training that is not finished, which a new one would
  // destroy.
  static void ExpectFinished(const std::filesystem::path& folder);

  // For a new training: makes the folder if it is missing, removes the checkpoint of an older
  // training, and begins new metrics. Throws Error if it cannot be written, or if another process
  // has an OutputFolder for it.
  static OutputFolder Begin(const std::filesystem::path& folder);

  // For a training that goes on: keeps the first `metrics_bytes` bytes of its metrics, and draws
  // curves from them; what is behind them was written after the checkpoint. Throws Error if they
  // are not there or are no metrics, or if another process has an OutputFolder for this folder.
  static OutputFolder Continue(const std::filesystem::path& folder, int64_t metrics_bytes);

  static std::filesystem::path CheckpointPath(const std::filesystem::path& folder) {
    return folder / "checkpoint.safetensors";
  }
  static std::filesystem::path MetricsPath(const std::filesystem::path& folder) {
    return folder / "metrics.jsonl";
  }

  // Whether the metrics in the folder are those of a training that came to its end.
  static bool HasEnded(const std::filesystem::path& folder);

  std::filesystem::path model_path() const { return folder_ / "model.safetensors"; }
  std::filesystem::path checkpoint_path() const { return CheckpointPath(folder_); }
  std::filesystem::path curves_path() const { return folder_ / "curves.png"; }
  std::filesystem::path metrics_path() const { return MetricsPath(folder_); }

  // Each writes a line of metrics and adds to the curves. Throw Error if the line cannot be
  // written.
  void Add(const StepReport& report);
  void Add(const EpochReport& report);

  // Brings the metrics to the disk. Returns how many bytes they have.
  int64_t FlushMetrics();

  // Draws the curves into curves.png, if there is anything to draw.
  void WriteCurves(const std::string& title) const;

  // The last line of the metrics; a checkpoint is no longer needed.
  void End(const TrainingResult& result);

 private:
  explicit OutputFolder(const std::filesystem::path& folder) : folder_(folder), lock_(folder) {}
  void Open(std::ios::openmode mode);
  void AddLine(const Json& line);
  void AddToCurves(const Json& line);

  std::filesystem::path folder_;
  FolderLock lock_;
  std::ofstream metrics_;
  TrainingCurves curves_;
};

}  // namespace ocellus
