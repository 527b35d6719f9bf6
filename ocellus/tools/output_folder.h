// The folder that a training leaves, and its metrics: one JSON object a line, for each step and
// each epoch.
#pragma once

#include <filesystem>
#include <fstream>

#include "ocellus/training/trainer.h"
#include "ocellus/view/curves.h"

namespace ocellus {

class OutputFolder {
 public:
  // Makes the folder if it is missing, and begins new metrics. Throws Error if it cannot be
  // written.
  explicit OutputFolder(const std::filesystem::path& folder);

  std::filesystem::path model_path() const { return folder_ / "model.safetensors"; }
  std::filesystem::path curves_path() const { return folder_ / "curves.png"; }
  std::filesystem::path metrics_path() const { return folder_ / "metrics.jsonl"; }

  // Each writes a line of metrics and adds to the curves. Throw Error if the line cannot be
  // written.
  void Add(const StepReport& report);
  void Add(const EpochReport& report);

  // Draws the curves into curves.png, if there is anything to draw.
  void WriteCurves(const std::string& title) const;

 private:
  void AddLine(const Json& line);

  std::filesystem::path folder_;
  std::ofstream metrics_;
  TrainingCurves curves_;
};

}  // namespace ocellus
