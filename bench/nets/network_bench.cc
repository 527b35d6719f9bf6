// Whole networks: a training step (forward, softmax with loss, backward, Adam) and predictions, of
// ocellus and of PyTorch, with the same parameters and images.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <optional>

#include "bench/benchmarks.h"
#include "bench/support/peer_process.h"
#include "ocellus/base/error.h"
#include "ocellus/data/load_data.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/npz.h"
#include "ocellus/layers/softmax_with_loss_layer.h"
#include "ocellus/nets/net_catalog.h"
#include "ocellus/network/network_json.h"
#include "ocellus/network/preprocessing.h"
#include "ocellus/network/workspace.h"
#include "ocellus/training/optimizer.h"

namespace ocellus::bench {
namespace {

namespace fs = std::filesystem;

struct NetworkCase {
  const char* net;
  const char* work;  // "training" or "prediction"
  int64_t batch;
};

constexpr std::array<NetworkCase, 3> kCases = {{{"simple-conv-net", "training", 100},
                                                {"simple-conv-net", "prediction", 100},
                                                {"simple-conv-net", "prediction", 1}}};

// So small that parameters stay what they are; then every repetition does the same work.
constexpr double kLearningRate = 1e-12;

// An element may differ from its counterpart by this share of the largest element: sums of up to
// some 60,000 floats, added in another order.
constexpr double kTolerance = 1e-4;

// The first test images of MNIST, as networks see them.
struct Batch {
  explicit Batch(int64_t size) : images({size, 1, 28, 28}), labels(static_cast<size_t>(size)) {
    std::vector<int64_t> samples(static_cast<size_t>(size));
    std::iota(samples.begin(), samples.end(), int64_t{0});
    LoadData("mnist").test->Read(samples, images, labels);
    Preprocessing{.scale = 1.0 / 255}.Apply(images.view());
  }

  Tensor<float> images;
  std::vector<int32_t> labels;
};

// A network with all that a training step needs.
class TrainingStep {
 public:
  TrainingStep(Network& network, const Batch& batch, ThreadPool& pool)
      : network_(network),
        batch_(batch),
        workspace_(network,
                   {.max_batch = batch.images.shape()[0], .training = true, .pool = &pool}),
        optimizer_(Adam{.learning_rate = kLearningRate},
                   static_cast<int64_t>(network.parameter_values().size())) {}

  Workspace<float>& workspace() { return workspace_; }

  // Returns the loss.
  double ForwardAndBackward() {
    network_.Forward(batch_.images, workspace_);
    const TensorView<float> d_scores = workspace_.d_output();
    const SoftmaxWithLoss<float> last_layer;
    const double loss =
        last_layer.Forward(workspace_.output(), batch_.labels, d_scores, workspace_.context());
    last_layer.Backward(d_scores, batch_.labels, d_scores, workspace_.context());
    workspace_.ClearGradients();
    network_.Backward(workspace_);
    return loss;
  }

  void Run() {
    ForwardAndBackward();
    optimizer_.Update(workspace_.d_parameters(), network_.parameter_values(), workspace_.context());
  }

 private:
  Network& network_;
  const Batch& batch_;
  Workspace<float> workspace_;
  Optimizer optimizer_;
};

// A folder that is gone when its owner is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = fs::temp_directory_path() / "ocellus-bench-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) Fail("{}: cannot be made", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Throws Error unless all elements agree. `found` is ocellus'.
void ExpectSame(const std::string& what, TensorView<const float> found,
                const std::vector<NamedArray>& arrays) {
  const NamedArray* array = FindArray(arrays, what);
  if (array == nullptr) Fail("{}: the peer did not compute it", what);
  const Tensor<float> expected = array->ToFloat();
  if (expected.shape() != found.shape()) {
    Fail("{}: expected shape {}, found {}", what, expected.shape().ToString(),
         found.shape().ToString());
  }
  double largest = 0;
  for (const float value : expected.span()) largest = std::max(largest, std::abs(double{value}));
  for (size_t i = 0; i < found.span().size(); ++i) {
    const double difference = std::abs(double{found.span()[i]} - expected.span()[i]);
    if (!(difference <= kTolerance * largest)) {
      Fail("{}: element {} is {}, the peer computed {}", what, i, found.span()[i],
           expected.span()[i]);
    }
  }
}

// Gives the peer the network and the batch, and compares what it computes.
void LoadAndCompare(Network& network, const Batch& batch, PeerProcess& peer) {
  const TemporaryFolder folder;
  AtomicFile description(folder.path() / "network.json");
  description.Write(NetworkToJson(network).dump());
  description.Commit();

  std::vector<NamedArray> parameters;
  for (int i = 0; const ParameterSlot& slot : network.parameters()) {
    parameters.push_back({slot.name, ConvertTo<float>(std::as_const(network).parameter(i++))});
  }
  WriteNpz(folder.path() / "parameters.npz", parameters);
  Tensor<float> labels({static_cast<int64_t>(batch.labels.size())});
  std::ranges::copy(batch.labels, labels.span().begin());
  const std::array<NamedArray, 2> arrays = {
      {{"images", ConvertTo<float>(batch.images.view())}, {"labels", std::move(labels)}}};
  WriteNpz(folder.path() / "batch.npz", arrays);
  const auto peer_loss =
      peer.Ask({{"ask", "load"}, {"folder", folder.path().string()}}).at("loss").get<double>();

  ThreadPool pool;
  TrainingStep step(network, batch, pool);
  const double loss = step.ForwardAndBackward();
  if (!(std::abs(loss - peer_loss) <= kTolerance * peer_loss)) {
    Fail("loss: found {}, the peer computed {}", loss, peer_loss);
  }
  const std::vector<NamedArray> results = ReadNpz(folder.path() / "pytorch.npz");
  ExpectSame("scores", network.Predict(batch.images), results);
  for (int i = 0; const ParameterSlot& slot : network.parameters()) {
    ExpectSame(slot.name, step.workspace().d_parameter(i++), results);
  }
}

// Two operations for each multiply-add. Backward has two products of the same size as forward's,
// for parameters and for the input; a layer that reads the network's input needs only the first.
double Flop(const Network& network, const NetworkCase& c) {
  double multiply_adds = 0;
  for (const Node& node : network.nodes()) {
    const bool is_first = std::ranges::find(node.inputs, kNetworkInput) != node.inputs.end();
    const int products = std::string_view(c.work) == "prediction" ? 1 : is_first ? 2 : 3;
    multiply_adds += products * static_cast<double>(node.info.multiply_adds);
  }
  return 2 * multiply_adds * static_cast<double>(c.batch);
}

// PyTorch with the network and the batch loaded, or nothing, with a note in the report that says
// why. Throws Error if it computes something else than ocellus.
std::unique_ptr<PeerProcess> StartPyTorch(const BenchOptions& options, Report& report) {
  try {
    auto peer = std::make_unique<PeerProcess>(
        std::vector<std::string>{options.python, OCELLUS_PEERS_DIR "/pytorch_peer.py"});
    const Json answer = peer->Ask({{"ask", "version"}});
    report.Note("PyTorch " + answer.at("version").get<std::string>());
    return peer;
  } catch (const Error& error) {
    report.Note(fmt::format("without PyTorch: {}", error.what()));
    return nullptr;
  }
}

void BenchCase(const NetworkCase& c, int threads, Network& network, PeerProcess* pytorch,
               const BenchOptions& options, Report& report) {
  const Batch batch(c.batch);
  ThreadPool pool(threads);
  std::vector<Contestant> contestants;
  std::optional<TrainingStep> step;
  std::optional<Workspace<float>> workspace;
  if (std::string_view(c.work) == "training") {
    step.emplace(network, batch, pool);
    contestants.push_back(
        {"ocellus", [&](int64_t n) { return SecondsOf(n, [&] { step->Run(); }); }});
  } else {
    workspace.emplace(network, WorkspaceOptions{.max_batch = c.batch, .pool = &pool});
    contestants.push_back({"ocellus", [&](int64_t n) {
                             return SecondsOf(n,
                                              [&] { network.Forward(batch.images, *workspace); });
                           }});
  }
  if (pytorch != nullptr) {
    contestants.push_back({"pytorch", [&](int64_t n) {
                             return pytorch
                                 ->Ask({{"ask", "run"},
                                        {"work", c.work},
                                        {"batch", c.batch},
                                        {"threads", threads},
                                        {"repetitions", n}})
                                 .at("seconds")
                                 .get<double>();
                           }});
  }
  report.Run({.name = fmt::format("{} {}, batch {}", c.net, c.work, c.batch),
              .threads = threads,
              .images = c.batch,
              .flop = Flop(network, c)},
             contestants, options.interleave);
}

}  // namespace

void BenchNetworks(const BenchOptions& options, Report& report) {
  const std::unique_ptr<PeerProcess> pytorch = StartPyTorch(options, report);
  for (const NetworkCase& c : kCases) {
    Network network = LoadNet(c.net);
    network.Initialize(/*seed=*/1);
    if (pytorch) LoadAndCompare(network, Batch(c.batch), *pytorch);
    for (const int threads : options.thread_counts) {
      BenchCase(c, threads, network, pytorch.get(), options, report);
    }
  }
}

}  // namespace ocellus::bench
