// Inside the project if the server's user can get there, else next to the system's other state.
// SPDX-License-Identifier: Apache-2.0
#include "embedded/project_home.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "core/checksum.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "embedded/failure.hpp"
#include "embedded/tree.hpp"

namespace dbmigrate {
namespace fs = std::filesystem;
namespace {

fs::path real_path(const fs::path& project) {
  std::error_code error;
  auto path = fs::canonical(project, error);
  if (error) {
    fail_by_system(fmt::format("cannot use the project directory {}", project.string()), error.value(),
                   "Look at the path and its permissions.");
  }
  return path;
}

fs::path elsewhere_for(const fs::path& project, const Places& places) {
  return places.state / Checksum::of(project.string()).hex().substr(0, 16);
}

std::string first_line(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return {};
  const std::string text = read_file(file);
  return text.substr(0, text.find('\n'));
}

/// What .dbmigrate/location names. A checkout may bring that file along, so it counts only for a directory that was
/// made for this project, or for one that has since moved here; a copy of a project does not share the original's data.
fs::path location(const fs::path& project, const fs::path& marker, const Places& places) {
  const fs::path named = first_line(marker / "location");
  if (named.empty() || named.parent_path() != places.state) return {};
  if (named == elsewhere_for(project, places)) return named;
  const fs::path made_for = first_line(named / "project");
  std::error_code error;
  return !made_for.empty() && !fs::exists(made_for / ".dbmigrate" / "location", error) ? named : fs::path();
}

/// The directory's owner is who the server has to run as.
ServerUser owner_of(const fs::path& directory) {
  struct stat info {};
  if (lstat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    fail_by_system(fmt::format("cannot use {}", directory.string()), ENOTDIR, "Remove what stands there.");
  }
  if (geteuid() == 0) return info.st_uid == 0 ? server_user() : user_of(info.st_uid);
  const auto owner = user_of(info.st_uid);
  if (info.st_uid != geteuid()) {
    throw Error(
        {.code = ErrorCode::missing_privilege,
         .message = fmt::format("this project's embedded server belongs to user {}", owner.name),
         .detail = fmt::format("That user owns {}.", directory.string()),
         .hint = fmt::format("Run as root or as {0}, or have {0} run `dbmigrate embedded destroy`.", owner.name)});
  }
  return owner;
}

void make_directory(const fs::path& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0) {
    chmod(path.c_str(), mode);  // whatever the umask: the server's user has to get through
    return;
  }
  std::error_code error;
  const int reason = errno;
  if (reason == EEXIST && fs::is_directory(path, error)) return;
  fail_by_system(fmt::format("cannot create {}", path.string()), reason,
                 "Let this user write to the directory above it, or use a database of your own with --url.");
}

/// False when `user` cannot own or reach a directory there; nothing stays behind then.
bool try_to_make(const fs::path& directory, const ServerUser& user) {
  try {
    make_private_directory(directory, user);
  } catch (const Error&) {
    if (!user.switches) throw;
    return false;
  }
  if (!user.switches || can_use_directory(user, directory)) return true;
  rmdir(directory.c_str());
  return false;
}

fs::path make_elsewhere(const fs::path& project, const fs::path& marker, const Places& places, const ServerUser& user) {
  std::error_code error;
  fs::create_directories(places.state.parent_path(), error);
  make_directory(places.state, 0755);
  const auto directory = elsewhere_for(project, places);
  if (!try_to_make(directory, user)) {
    throw Error({.code = ErrorCode::missing_privilege,
                 .message = fmt::format("user {} cannot reach a directory for the embedded server", user.name),
                 .detail = fmt::format("Neither {} nor {} will do.", marker.string(), directory.string()),
                 .hint = fmt::format("Let user {} enter one of them.", user.name)});
  }
  write_file(directory / "project", project.string() + "\n", Overwrite::yes);
  write_file(marker / "location", directory.string() + "\n", Overwrite::yes);
  return directory;
}

}  // namespace

std::optional<ProjectHome> find_project_home(const fs::path& project, const Places& places) {
  const auto path = real_path(project);
  const auto marker = path / ".dbmigrate";
  std::error_code error;
  // A checkout may bring it along; what it leads to is not ours to start or to remove.
  if (fs::is_symlink(marker, error)) {
    fail_by_system(fmt::format("{} is a link", marker.string()), ENOTDIR, "Remove it; the next start makes a folder.");
  }
  auto directory = location(path, marker, places);
  if (directory.empty()) directory = marker / "postgres";
  if (fs::symlink_status(directory, error).type() == fs::file_type::not_found) return std::nullopt;
  return ProjectHome{.marker = marker, .directory = directory, .user = owner_of(directory)};
}

ProjectHome make_project_home(const fs::path& project, const Places& places) {
  if (auto found = find_project_home(project, places)) {
    make_private_directory(found->directory, found->user);
    return *found;
  }
  const auto path = real_path(project);
  ProjectHome home{.marker = path / ".dbmigrate", .directory = {}, .user = server_user()};
  make_directory(home.marker, geteuid() == 0 ? 0755 : 0700);
  std::error_code error;
  if (!fs::exists(home.marker / ".gitignore", error)) write_file(home.marker / ".gitignore", "*\n", Overwrite::yes);
  home.directory = home.marker / "postgres";
  if (!try_to_make(home.directory, home.user)) home.directory = make_elsewhere(path, home.marker, places, home.user);
  return home;
}

void remove_project_home(const ProjectHome& home) {
  if (!remove_tree(home.directory.c_str())) {
    fail_by_system(fmt::format("cannot remove {}", home.directory.string()), errno, "Look at its owner.");
  }
  std::error_code error;
  fs::remove(home.marker / "location", error);
  for (const auto& entry : fs::directory_iterator(home.marker, error)) {
    if (entry.path().filename() != ".gitignore") return;  // somebody else's as well
  }
  fs::remove(home.marker / ".gitignore", error);
  fs::remove(home.marker, error);
}

}  // namespace dbmigrate
