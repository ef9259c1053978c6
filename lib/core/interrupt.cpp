// The handlers write one byte to a pipe, which poll() sees next to a connection's socket.
// SPDX-License-Identifier: Apache-2.0
#include "core/interrupt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace dbmigrate {
namespace {

std::atomic<int> g_signal{0};
std::array<int, 2> g_pipe{-1, -1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch it");

void on_signal(int number) {
  int none = 0;
  g_signal.compare_exchange_strong(none, number);
  const char byte = 0;
  [[maybe_unused]] const auto written = write(g_pipe[1], &byte, 1);
  // The second signal of an impatient user is not ours to hold back.
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  sigaction(number, &plain, nullptr);
}

class SystemClock : public Clock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return std::chrono::steady_clock::now(); }

  bool sleep(std::chrono::milliseconds duration) override {
    pollfd wake{interrupt_descriptor(), POLLIN, 0};
    poll(&wake, wake.fd >= 0 ? 1 : 0, static_cast<int>(duration.count()));
    return interrupted_by() == 0;
  }
};

}  // namespace

void catch_interrupts() {
  if (g_pipe[0] >= 0) return;
  if (pipe2(g_pipe.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    throw Error({.code = ErrorCode::internal, .message = "cannot create a pipe"});
  }
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

int interrupted_by() { return g_signal.load(); }

int interrupt_descriptor() { return g_pipe[0]; }

void throw_if_interrupted() {
  switch (interrupted_by()) {
    case 0:
      return;
    case SIGTERM:
      throw Error({.code = ErrorCode::terminated, .message = "interrupted by SIGTERM"});
    default:
      throw Error({.code = ErrorCode::interrupted, .message = "interrupted by SIGINT"});
  }
}

void forget_interrupt() {
  g_signal = 0;
  std::array<char, 16> bytes{};
  while (g_pipe[0] >= 0 && read(g_pipe[0], bytes.data(), bytes.size()) > 0) {
  }
}

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

}  // namespace dbmigrate
