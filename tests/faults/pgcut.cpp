// `pgcut`: a PostgreSQL proxy that numbers messages and does something at one of them.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>

#include "faults/child.hpp"
#include "faults/proxy.hpp"

namespace dbmigrate::faults {
namespace {

volatile std::sig_atomic_t g_stop = 0;

struct Options {
  std::string listen;
  std::string upstream;
  std::string fault = "none";
  long at = 0;
  bool one = false;
  bool accept = false;
  long delay = 1000;
  std::string hook;
  std::string only;
  bool verbose = false;
  std::vector<std::string> command;
};

const std::map<std::string, Fault::Kind>& kinds() {
  static const std::map<std::string, Fault::Kind> names{
      {"none", Fault::Kind::none},           {"cut", Fault::Kind::cut},
      {"half-open", Fault::Kind::half_open}, {"black-hole", Fault::Kind::black_hole},
      {"delay", Fault::Kind::delay},         {"cut-after", Fault::Kind::deliver_then_cut},
      {"hook", Fault::Kind::hook},
  };
  return names;
}

/// `worker` and `lock` are dbmigrate's two connections; else a part of the name.
Counts counts_of(const std::string& only) {
  if (only.empty()) return {};
  if (only == "lock") return [](const std::string& name) { return name.ends_with(" lock"); };
  if (only == "worker") {
    return [](const std::string& name) { return name.starts_with("dbmigrate ") && !name.ends_with(" lock"); };
  }
  return [only](const std::string& name) { return name.find(only) != std::string::npos; };
}

Fault fault_of(const Options& options) {
  Fault fault{.kind = kinds().at(options.fault),
              .at = options.at,
              .scope = options.one ? Fault::Scope::one : Fault::Scope::all,
              .later = options.accept ? Fault::Later::accept : Fault::Later::refuse,
              .delay = std::chrono::milliseconds(options.delay),
              .hook = {}};
  fault.hook = [command = options.hook] {
    if (const int status = std::system(command.c_str()); status != 0) {
      fmt::print(stderr, "pgcut: the hook ended with {}\n", status);
    }
  };
  return fault;
}

/// A private folder where nobody named one.
class ListenFolder {
 public:
  explicit ListenFolder(std::string& listen) {
    if (!listen.empty()) return;
    std::string pattern = (std::filesystem::temp_directory_path() / "pgcut-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder for the socket");
    made_ = listen = pattern;
  }
  ~ListenFolder() {
    if (!made_.empty()) std::filesystem::remove_all(made_);
  }
  ListenFolder(const ListenFolder&) = delete;
  ListenFolder& operator=(const ListenFolder&) = delete;

 private:
  std::string made_;
};

int serve(Options& options) {
  const ListenFolder folder(options.listen);
  const auto listen = endpoint_of(options.listen);
  Proxy proxy(listen, endpoint_of(options.upstream));
  proxy.arm(fault_of(options), counts_of(options.only));
  if (options.verbose) {
    proxy.on_message(
        [](long number, const Message& message) { fmt::print(stderr, "#{} {}\n", number, message.text()); });
  }
  struct sigaction action {};
  action.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);

  std::unique_ptr<Child> child;
  if (!options.command.empty()) {
    child = std::make_unique<Child>(options.command, std::vector<std::pair<std::string, std::string>>{
                                                         {"PGHOST", listen.host}, {"PGPORT", listen.port}});
    setenv("PGCUT_PID", std::to_string(child->pid()).c_str(), 1);  // for hooks
  } else {
    fmt::print(stderr, "pgcut: PGHOST={} PGPORT={}\n", listen.host, listen.port);
  }
  while (g_stop == 0 && !(child && child->over())) {
    proxy.step(std::chrono::milliseconds(200), child ? child->end_descriptor() : -1);
  }
  if (child) fmt::print("{}", child->output());
  fmt::print(stderr, "pgcut: {} messages; {}\n", proxy.count(), proxy.hit() ? proxy.what_was_hit() : "nothing was hit");
  return child ? child->wait() : 0;
}

int main_with(int argc, char** argv) {
  Options options;
  CLI::App app(
      "A proxy for PostgreSQL that numbers the protocol's messages, in both directions and over all connections, and\n"
      "does something at one of them. Encryption is refused, since it could not be read.\n\n"
      "With a command it runs that with PGHOST and PGPORT set and ends with it; without, until SIGINT or SIGTERM.\n"
      "At the end it says how many messages there were and which one was hit:\n"
      "  pgcut: 151 messages; cut before #147 B CommandComplete INSERT 0 1\n");
  app.add_option("--listen", options.listen,
                 "FOLDER[:PORT] of a Unix socket or HOST:PORT; default: a folder of its own");
  app.add_option("--upstream", options.upstream, "The server: FOLDER[:PORT] or HOST:PORT")->required();
  app.add_option("--at", options.at, "The number of the message, from 1");
  app.add_option(
         "--fault", options.fault,
         "cut: close both sides before the message; cut-after: behind it; half-open: close the client's side\n"
         "only; black-hole: deliver nothing more; delay: by --delay; hook: run --hook, then deliver; none: count")
      ->check(CLI::IsMember(kinds()));
  app.add_flag("--one", options.one, "Strike the message's connection only, not all");
  app.add_flag("--accept", options.accept, "Accept connections after the fault");
  app.add_option("--delay", options.delay, "Milliseconds")->capture_default_str();
  app.add_option("--hook", options.hook, "A shell command; PGCUT_PID is the process id of the command that is run");
  app.add_option(
      "--only", options.only,
      "Number only connections whose application_name has this in it; `worker` and `lock` are dbmigrate's two");
  app.add_flag("-v,--verbose", options.verbose, "Print every numbered message");
  app.add_option("command", options.command, "The program to run, behind --");
  CLI11_PARSE(app, argc, argv);
  return serve(options);
}

}  // namespace
}  // namespace dbmigrate::faults

int main(int argc, char** argv) {
  try {
    return dbmigrate::faults::main_with(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "pgcut: {}\n", error.what());
    return 2;
  }
}
