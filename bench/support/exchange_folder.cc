// See exchange_folder.h.
#include "bench/support/exchange_folder.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"
#include "ocellus/formats/atomic_file.h"
#include "ocellus/formats/npz.h"
#include "ocellus/network/network_json.h"

namespace ocellus::bench {

namespace fs = std::filesystem;

ExchangeFolder::ExchangeFolder() {
  std::string name = fs::temp_directory_path() / "ocellus-bench-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) Fail("{}: cannot be made", name);
  path_ = name;
}

ExchangeFolder::~ExchangeFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void ExchangeFolder::WriteNetwork(const Network& network) const {
  AtomicFile description(path_ / "network.json");
  description.Write(NetworkToJson(network).dump());
  description.Commit();
}

void ExchangeFolder::WriteParameters(const Network& network) const {
  std::vector<NamedArray> parameters;
  for (int i = 0; const ParameterSlot& slot : network.parameters()) {
    parameters.push_back({slot.name, ConvertTo<float>(network.parameter(i++))});
  }
  WriteNpz(path_ / "parameters.npz", parameters);
}

void ExchangeFolder::RemoveParameters() const { fs::remove(path_ / "parameters.npz"); }

void ExchangeFolder::WriteBatch(std::span<const NamedArray> arrays) const {
  WriteNpz(path_ / "batch.npz", arrays);
}

}  // namespace ocellus::bench
