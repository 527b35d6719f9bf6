// A folder through which peers get networks and arrays; gone when its owner is.
#pragma once

#include <filesystem>
#include <span>

#include "ocellus/formats/named_array.h"
#include "ocellus/network/network.h"

namespace ocellus::bench {

class ExchangeFolder {
 public:
  ExchangeFolder();
  ~ExchangeFolder();
  ExchangeFolder(const ExchangeFolder&) = delete;
  ExchangeFolder& operator=(const ExchangeFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Write what bench/peers/peer.py says that peers are given.
  void WriteNetwork(const Network& network) const;
  void WriteParameters(const Network& network) const;
  void RemoveParameters() const;
  void WriteBatch(std::span<const NamedArray> arrays) const;

 private:
  std::filesystem::path path_;
};

}  // namespace ocellus::bench
