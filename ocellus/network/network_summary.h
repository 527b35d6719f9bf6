// The table of layers: what `ocellus info` prints.
//
//   std::string table = ToTable(Summarize(network, /*batch_size=*/100));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ocellus/base/json_fwd.h"
#include "ocellus/network/network.h"

namespace ocellus {

struct LayerSummary {
  std::string name;
  std::string type;
  std::vector<std::string> inputs;
  Shape output;                  // of one sample
  int64_t parameters = 0;        // number of trainable values
  int64_t multiply_adds = 0;     // forward, for one sample
  int64_t activation_bytes = 0;  // of its output, for the whole batch, in float
};

struct NetworkSummary {
  Shape input;
  int64_t batch_size = 1;
  std::vector<LayerSummary> layers;
  int64_t parameters = 0;
  int64_t multiply_adds = 0;
  // What a workspace for this batch size really takes: outputs share memory where they can.
  int64_t prediction_bytes = 0;
  int64_t training_bytes = 0;  // with the gradients of activations, not those of parameters
};

// Throws Error if batch_size is below 1 or the network is not complete.
NetworkSummary Summarize(const Network& network, int64_t batch_size);

// As a table for people, and as JSON with the names above.
std::string ToTable(const NetworkSummary& summary);
Json ToJson(const NetworkSummary& summary);

// "1.7 MB", "30.0 kB": decimal units, three significant digits.
std::string FormatBytes(int64_t bytes);

// "1,234,567"
std::string FormatCount(int64_t count);

}  // namespace ocellus
