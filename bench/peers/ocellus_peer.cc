// See ocellus_peer.h.
#include "bench/peers/ocellus_peer.h"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>

#include "bench/support/interleave.h"
#include "bench/support/training_step.h"
#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/npz.h"
#include "ocellus/nets/net_catalog.h"

namespace ocellus::bench {
namespace {

int64_t PeakBytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return 1024 * std::stoll(line.substr(6));
  }
  Fail("the system does not tell how much memory a process took");
}

class OcellusPeer {
 public:
  Json Answer(const Json& request) {
    const auto ask = request.at("ask").get<std::string>();
    if (ask == "memory") return {{"peak_bytes", PeakBytes()}};
    if (ask == "load") return Load(request.at("folder").get<std::string>());
    if (ask == "run") return Run(request);
    Fail("unknown request '{}'", ask);
  }

 private:
  Json Load(const std::filesystem::path& folder) {
    network_.emplace(LoadNet(folder / "network.json"));
    network_->Initialize(/*seed=*/1);
    for (const NamedArray& array : ReadNpz(folder / "batch.npz")) {
      Tensor<float> values = array.ToFloat();
      if (array.name == "labels") {
        batch_.labels.assign(values.span().begin(), values.span().end());
      } else {
        batch_.images = std::move(values);
      }
    }
    return Json::object();
  }

  Json Run(const Json& request) {
    ThreadPool pool(request.at("threads").get<int>());
    const auto repetitions = request.at("repetitions").get<int64_t>();
    double seconds = 0;
    if (request.at("work") == "training") {
      TrainingStep step(*network_, batch_, {.pool = &pool});
      seconds = SecondsOf(repetitions, [&] { step.Run(); });
    } else {
      Workspace<float> workspace(
          *network_, {.max_batch = batch_.size(), .constant_parameters = true, .pool = &pool});
      seconds = SecondsOf(repetitions, [&] { network_->Forward(batch_.images, workspace); });
    }
    return {{"seconds", seconds}};
  }

  std::optional<Network> network_;
  Batch batch_;
};

}  // namespace

std::unique_ptr<PeerProcess> StartOcellusPeer() {
  return std::make_unique<PeerProcess>(std::vector<std::string>{"/proc/self/exe", kPeerOption});
}

void ServeAsPeer() {
  OcellusPeer peer;
  for (std::string line; std::getline(std::cin, line);) {
    Json answer;
    try {
      answer = peer.Answer(Json::parse(line));
    } catch (const std::exception& error) {
      answer = {{"error", error.what()}};
    }
    fmt::print("{}\n", answer.dump());
    std::fflush(stdout);
  }
}

}  // namespace ocellus::bench
