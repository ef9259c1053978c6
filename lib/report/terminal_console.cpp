// stdout and stderr through the system's calls, so that nothing waits in a buffer when the process is killed.
// SPDX-License-Identifier: Apache-2.0
#include "report/terminal_console.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstddef>

#include "core/interrupt.hpp"
#include "report/width.hpp"

namespace dbmigrate {
namespace {

/// 0, or errno of the write that failed.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Someone set the descriptor non-blocking and shares it with us.
      pollfd waiting{descriptor, POLLOUT, 0};
      ::poll(&waiting, 1, 1000);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

int columns_of(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

/// The line without its end; empty at the end of input or when a signal arrives.
std::string read_line(int descriptor) {
  std::string line;
  char character = 0;
  while (interrupted_by() == 0) {
    pollfd waiting[2] = {{descriptor, POLLIN, 0}, {interrupt_descriptor(), POLLIN, 0}};
    const int ready = ::poll(waiting, waiting[1].fd >= 0 ? 2 : 1, -1);
    if (ready < 0 && errno != EINTR) return "";
    if (ready <= 0 || waiting[0].revents == 0) continue;
    if (::read(descriptor, &character, 1) != 1) return "";
    if (character == '\n') return line;
    line += character;
  }
  return "";
}

std::string lower(std::string_view text) {
  std::string result;
  for (const char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

TerminalConsole::TerminalConsole()
    : out_is_terminal_(::isatty(STDOUT_FILENO) == 1), err_is_terminal_(::isatty(STDERR_FILENO) == 1) {}

TerminalConsole::~TerminalConsole() { clear_progress(); }

int TerminalConsole::width() const {
  if (!out_is_terminal_) return 0;
  return columns_of(STDOUT_FILENO);
}

void TerminalConsole::write_out(std::string_view text) {
  const std::lock_guard guard(mutex_);
  if (out_is_terminal_) clear_progress();
  const int error = write_all(STDOUT_FILENO, text);
  if (error != 0 && error != EPIPE && lost_output_ == 0) lost_output_ = error;
}

void TerminalConsole::write_err(std::string_view text) {
  const std::lock_guard guard(mutex_);
  clear_progress();
  write_all(STDERR_FILENO, text);
}

void TerminalConsole::show_progress(std::string_view line) {
  if (!err_is_terminal_) return;
  const std::lock_guard guard(mutex_);
  // One column is left free: a full line would wrap, and could then not be taken back.
  const int columns = columns_of(STDERR_FILENO);
  std::string fitted = fit_to_width(line, columns > 1 ? columns - 1 : 79);
  if (fitted == progress_) return;
  clear_progress();
  progress_ = std::move(fitted);
  write_all(STDERR_FILENO, progress_);
}

void TerminalConsole::clear_progress() {
  if (progress_.empty()) return;
  write_all(STDERR_FILENO, "\r\x1b[K");
  progress_.clear();
}

Answer TerminalConsole::confirm(std::string_view question) {
  if (::isatty(STDIN_FILENO) != 1 || !err_is_terminal_) return Answer::nobody_there;
  err(std::string(question) + " [y/N] ");
  const std::string answer = lower(read_line(STDIN_FILENO));
  throw_if_interrupted();
  return answer == "y" || answer == "yes" ? Answer::yes : Answer::no;
}

}  // namespace dbmigrate
