// See peer_process.h.
#include "bench/support/peer_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include "ocellus/base/error.h"
#include "ocellus/base/json.h"

extern char** environ;

namespace ocellus::bench {
namespace {

// A pipe whose ends are closed in other programs that are started.
std::array<int, 2> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) Fail("pipe to a peer: {}", std::strerror(errno));
  for (const int end : ends) fcntl(end, F_SETFD, FD_CLOEXEC);
  return ends;
}

}  // namespace

PeerProcess::PeerProcess(const std::vector<std::string>& command) : name_(command.back()) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has ended is an error, not our end
  const auto [request_out, request_in] = MakePipe();
  const auto [answer_out, answer_in] = MakePipe();
  requests_.reset(fdopen(request_in, "w"));
  answers_.reset(fdopen(answer_out, "r"));

  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, request_out, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, answer_in, STDOUT_FILENO);
  const int error =
      posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(request_out);
  close(answer_in);
  if (error != 0) Fail("{}: cannot be started: {}", command.front(), std::strerror(error));
}

PeerProcess::~PeerProcess() {
  requests_.reset();
  waitpid(process_, nullptr, 0);
}

Json PeerProcess::Ask(const Json& request) {
  std::fputs((request.dump() + "\n").c_str(), requests_.get());
  std::fflush(requests_.get());
  std::string line;
  for (int c = std::getc(answers_.get()); c != '\n'; c = std::getc(answers_.get())) {
    if (c == EOF) Fail("{}: ended without an answer to {}", name_, request.dump());
    line.push_back(static_cast<char>(c));
  }
  Json answer = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object()) Fail("{}: expected a JSON object, found '{}'", name_, line);
  if (answer.contains("error")) Fail("{}: {}", name_, answer["error"].get<std::string>());
  return answer;
}

}  // namespace ocellus::bench
