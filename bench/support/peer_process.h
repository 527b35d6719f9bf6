// Another library as a contestant: a process that is told over its standard input what to do, one
// JSON object a line, and answers on its standard output, one JSON object a line. Between two
// requests it sleeps.
//
//   PeerProcess peer({"/usr/bin/python3", "bench/peers/pytorch_peer.py"});
//   const Json answer = peer.Ask({{"ask", "version"}});
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "ocellus/base/json.h"

namespace ocellus::bench {

class PeerProcess {
 public:
  // Starts the program. Throws Error if that is impossible.
  explicit PeerProcess(const std::vector<std::string>& command);

  // Closes the peer's input, which ends it, and waits for that.
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  // Sends a request and waits for the answer. Throws Error if the peer has ended, answers with
  // {"error": "..."}, or with something that is not JSON.
  Json Ask(const Json& request);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  std::string name_;
  pid_t process_ = -1;
  File requests_;
  File answers_;
};

}  // namespace ocellus::bench
