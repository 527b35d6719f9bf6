// The other libraries that this machine has, as contestants.
//
//   Peers peers(options, report);                    // starts them; notes which are missing
//   peers.Load(&network, batch_arrays);
//   peers.ExpectSame("prediction", {{"scores", scores}});
//   std::vector<Contestant> contestants = peers.Contestants("prediction", batch, threads);
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/support/exchange_folder.h"
#include "bench/support/interleave.h"
#include "bench/support/peer_process.h"
#include "bench/support/report.h"

namespace ocellus::bench {

// How a peer is started.
struct PeerProgram {
  std::string library;
  std::string python;  // the interpreter that has it
  std::string script;  // in bench/peers/
  std::string hint;    // how to get it

  std::unique_ptr<PeerProcess> Start() const;
};

// What ocellus computed, under the names of bench/peers/peer.py.
using Results = std::vector<std::pair<std::string, TensorView<const float>>>;

class Peers {
 public:
  // For sums of up to some 100,000 floats, added in another order.
  static constexpr double kTolerance = 1e-4;

  // Starts the programs. A note in the report says of each one that there is which version it is,
  // and of the others why not.
  Peers(const std::vector<PeerProgram>& programs, Report& report);

  // Gives all peers a network (or none, nullptr) and a batch.
  void Load(const Network* network, std::span<const NamedArray> batch);

  // Where the network and the batch are, and how to remove its parameters from there.
  const std::filesystem::path& folder() const { return folder_->path(); }
  void ForgetParameters() const { folder_->RemoveParameters(); }

  // Lets each peer that can do this work do it once. Throws Error unless all results agree: an
  // element may differ by `tolerance` times the largest one.
  void ExpectSame(const std::string& work, const Results& results, double tolerance = kTolerance);

  // The peers that can do this work. They must outlive the contestants.
  std::vector<Contestant> Contestants(const std::string& work, int64_t batch, int threads);

  // The peers that can do this work, each with a process that has done nothing yet.
  std::vector<std::pair<std::string, std::unique_ptr<PeerProcess>>> StartAnew(
      const std::string& work);

 private:
  struct Peer {
    PeerProgram program;
    std::string name;
    std::unique_ptr<PeerProcess> process;
    std::vector<std::string> works;
  };

  std::vector<Peer*> WhoCan(const std::string& work);

  std::vector<Peer> peers_;
  std::optional<ExchangeFolder> folder_;
};

}  // namespace ocellus::bench
