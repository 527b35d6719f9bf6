// See peers.h.
#include "bench/support/peers.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/npz.h"

namespace ocellus::bench {
namespace {

// Throws Error unless all elements agree. `found` is ocellus'.
void ExpectSameArray(const std::string& peer, const std::string& what,
                     TensorView<const float> found, const std::vector<NamedArray>& arrays,
                     double tolerance) {
  const NamedArray* array = FindArray(arrays, what);
  if (array == nullptr) Fail("{}: {} did not compute it", what, peer);
  const Tensor<float> expected = array->ToFloat();
  if (expected.shape() != found.shape()) {
    Fail("{}: found shape {}, {} has {}", what, found.shape().ToString(), peer,
         expected.shape().ToString());
  }
  double largest = 0;
  for (const float value : expected.span()) largest = std::max(largest, std::abs(double{value}));
  for (size_t i = 0; i < found.span().size(); ++i) {
    const double difference = std::abs(double{found.span()[i]} - expected.span()[i]);
    if (!(difference <= tolerance * largest)) {
      Fail("{}: element {} is {}, {} computed {}; the largest is {}", what, i, found.span()[i],
           peer, expected.span()[i], largest);
    }
  }
}

}  // namespace

std::unique_ptr<PeerProcess> PeerProgram::Start() const {
  return std::make_unique<PeerProcess>(
      std::vector<std::string>{python, OCELLUS_PEERS_DIR "/" + script});
}

Peers::Peers(const std::vector<PeerProgram>& programs, Report& report) {
  for (const PeerProgram& program : programs) {
    try {
      Peer peer{.program = program, .name = {}, .process = program.Start(), .works = {}};
      const Json answer = peer.process->Ask({{"ask", "version"}});
      peer.name = answer.at("name").get<std::string>();
      peer.works = answer.at("works").get<std::vector<std::string>>();
      report.Note(fmt::format("{}: {}", program.library, answer.at("version").get<std::string>()));
      peers_.push_back(std::move(peer));
    } catch (const Error& error) {
      report.Note(fmt::format("without {} ({}): {}", program.library, error.what(), program.hint));
    }
  }
}

std::vector<Peers::Peer*> Peers::WhoCan(const std::string& work) {
  std::vector<Peer*> able;
  for (Peer& peer : peers_) {
    if (std::ranges::find(peer.works, work) != peer.works.end()) able.push_back(&peer);
  }
  return able;
}

void Peers::Load(const Network* network, std::span<const NamedArray> batch) {
  folder_.emplace();
  if (network != nullptr) {
    folder_->WriteNetwork(*network);
    folder_->WriteParameters(*network);
  }
  folder_->WriteBatch(batch);
  for (Peer& peer : peers_) {
    if (network == nullptr && std::ranges::find(peer.works, "product") == peer.works.end()) {
      continue;
    }
    peer.process->Ask({{"ask", "load"}, {"folder", folder_->path().string()}});
  }
}

void Peers::ExpectSame(const std::string& work, const Results& results, double tolerance) {
  const std::filesystem::path file = folder_->path() / "results.npz";
  for (Peer* peer : WhoCan(work)) {
    peer->process->Ask({{"ask", "check"}, {"work", work}, {"file", file.string()}});
    const std::vector<NamedArray> arrays = ReadNpz(file);
    for (const auto& [name, values] : results)
      ExpectSameArray(peer->name, name, values, arrays, tolerance);
  }
}

std::vector<Contestant> Peers::Contestants(const std::string& work, int64_t batch, int threads) {
  std::vector<Contestant> contestants;
  for (Peer* peer : WhoCan(work)) {
    contestants.push_back({peer->name, [=](int64_t repetitions) {
                             return peer->process
                                 ->Ask({{"ask", "run"},
                                        {"work", work},
                                        {"batch", batch},
                                        {"threads", threads},
                                        {"repetitions", repetitions}})
                                 .at("seconds")
                                 .get<double>();
                           }});
  }
  return contestants;
}

std::vector<std::pair<std::string, std::unique_ptr<PeerProcess>>> Peers::StartAnew(
    const std::string& work) {
  std::vector<std::pair<std::string, std::unique_ptr<PeerProcess>>> processes;
  for (const Peer* peer : WhoCan(work)) {
    processes.emplace_back(peer->name, peer->program.Start());
    processes.back().second->Ask({{"ask", "version"}});  // so that it has loaded its libraries
  }
  return processes;
}

}  // namespace ocellus::bench
