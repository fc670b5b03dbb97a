#include "agent/mount_point.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "agent/mount.h"
#include "agent/mount_table.h"

namespace strongroom::agent {

namespace {

constexpr int kStackedMountsMax = 8;

// The path without following what is mounted at its end, which may be dead and answer nothing.
Result<std::string> path_in_table(const std::string& directory) {
  std::error_code trouble;
  std::filesystem::path path = std::filesystem::absolute(directory, trouble).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  const std::filesystem::path parent = std::filesystem::canonical(path.parent_path(), trouble);
  if (trouble) {
    return fail(ErrorCode::kNotFound, "the folder around " + printable(directory) +
                                          " cannot be reached: " + trouble.message());
  }
  return (parent / path.filename()).string();
}

const MountRow* topmost_at(const std::vector<MountRow>& rows, const std::string& path) {
  const auto row = std::find_if(rows.rbegin(), rows.rend(),
                                [&path](const MountRow& r) { return r.directory == path; });
  return row == rows.rend() ? nullptr : &*row;
}

Result<void> check_empty(const std::string& path) {
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable,
                with_errno("opening the directory to mount on, " + printable(path), errno));
  }
  bool is_empty = true;
  while (const dirent* const entry = readdir(folder)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") is_empty = false;
  }
  closedir(folder);
  if (is_empty) return {};
  return fail(ErrorCode::kConflict,
              printable(path) + " is not empty; a mount would hide what is in it");
}

}  // namespace

Result<std::string> free_mount_point(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string path, path_in_table(directory));
  std::error_code trouble;
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(path, trouble))) {
    return fail(ErrorCode::kConflict, printable(path) + " is a symbolic link; name the directory");
  }
  ASSIGN_OR_RETURN(const std::vector<MountRow> rows, read_mount_table());
  const MountRow* const row = topmost_at(rows, path);
  if (row != nullptr) {
    return fail(ErrorCode::kConflict, printable(path) + " is mounted on already (" +
                                          printable(row->type) +
                                          "), perhaps left by an agent that "
                                          "died");
  }
  RETURN_IF_ERROR(check_empty(path));
  return path;
}

Result<bool> detach_stale_mount(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::string path, path_in_table(directory));
  bool found = false;
  for (int mounts = 0; mounts < kStackedMountsMax; ++mounts) {
    ASSIGN_OR_RETURN(const std::vector<MountRow> rows, read_mount_table());
    const MountRow* const row = topmost_at(rows, path);
    if (row == nullptr) return found;
    if (row->type != kMountType) {
      return fail(ErrorCode::kConflict, printable(path) + " is a mount, but not one of ours (" +
                                            printable(row->type) + ")");
    }
    // statfs always goes to the serving process; attributes may be answered from a cache.
    struct statfs status {};
    if (statfs(path.c_str(), &status) == 0 || (errno != ENOTCONN && errno != ECONNABORTED)) {
      return fail(ErrorCode::kConflict,
                  printable(path) + " is served by a strongroom agent that is alive");
    }
    if (umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
      return fail(ErrorCode::kUnavailable,
                  with_errno("clearing away the dead mount at " + printable(path), errno) +
                      "; try: fusermount3 -uz " + printable(path));
    }
    found = true;
  }
  return fail(ErrorCode::kConflict, "too many mounts lie on top of each other at " + path);
}

Result<std::size_t> detach_stale_mounts_of(std::string_view source) {
  ASSIGN_OR_RETURN(const std::vector<MountRow> rows, read_mount_table());
  std::size_t detached = 0;
  for (const MountRow& row : rows) {
    if (row.type != kMountType || row.source != source) continue;
    const Result<bool> was_there = detach_stale_mount(row.directory);
    // Served after all: by an agent with a copy of this host's key.
    if (!was_there && was_there.error().code == ErrorCode::kConflict) continue;
    if (!was_there) return tl::unexpected<Error>(was_there.error());
    if (*was_there) ++detached;
  }
  return detached;
}

}  // namespace strongroom::agent
