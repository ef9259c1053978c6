// Room on the server's disk.
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/statvfs.h>

#include "health/health_check.hpp"
#include "health/probe.hpp"

namespace dbmigrate {
namespace {

Look look(Probe& probe) {
  if (!probe.server().host.starts_with("/")) return {.says = "to be looked at on the server"};
  const auto setting = probe.ask(
      "SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END");
  const auto& directory = setting.text(0, 0);
  struct statvfs place {};
  if (directory.empty() || statvfs(directory.c_str(), &place) != 0 || place.f_blocks == 0) {
    return {.says = "not visible from here"};
  }
  const auto used = static_cast<double>(place.f_blocks - place.f_bfree);
  const double share = 100 * used / (used + static_cast<double>(place.f_bavail));
  return {.findings = {{.object = "directory " + directory,
                        .detail = fmt::format("lies on a file system that is {:.1f} % full", share),
                        .fix = "df -h " + directory,
                        .value = share}}};
}

}  // namespace

HealthCheck disk_check() {
  return {.id = "disk",
          .title = "The disk has room",
          .section = HealthSection::capacity,
          .severity = HealthStatus::critical,
          .unit = HealthUnit::percent,
          .warning = 90,
          .critical = 95,
          .looks_at =
              "How full the file system of the data directory is, where it can be seen: the server runs "
              "on this machine, and the role may know the directory.",
          .why = "A full disk stops the server.",
          .remedy = "Make room; what keeps WAL (slots, archive) is told by its own checks.",
          .look = look};
}

}  // namespace dbmigrate
