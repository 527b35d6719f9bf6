// ocellus in a process of its own, for measurements of memory: it is asked as other libraries are
// (bench/peers/peer.py), but does not check.
#pragma once

#include <memory>

#include "bench/support/peer_process.h"

namespace ocellus::bench {

// The option with which this program is such a process.
inline constexpr const char* kPeerOption = "--peer";

// Starts this program once more.
std::unique_ptr<PeerProcess> StartOcellusPeer();

// Answers until there are no more requests.
void ServeAsPeer();

}  // namespace ocellus::bench
