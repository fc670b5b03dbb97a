#define FUSE_USE_VERSION 314
#include <fcntl.h>
#include <fmt/format.h>
#include <fuse_lowlevel.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <thread>

#include "agent/mount.h"
#include "io/descriptor.h"
#include "io/files.h"
#include "sealing.h"
#include "verbs.h"

namespace strongroom::bench {

namespace {

constexpr unsigned kReadAheadKib = 4096;  // as ours

/// An opened object as what a mount serves.
class ObjectFiles final : public agent::FileSource {
 public:
  explicit ObjectFiles(std::unique_ptr<seal::OpenObject> object) : object_(std::move(object)) {
    for (const seal::OpenFile& file : object_->files()) files_.push_back({file.name, file.bytes});
  }
  [[nodiscard]] const std::vector<agent::SourceFile>& files() const override { return files_; }
  [[nodiscard]] Result<void> read_segment(agent::SegmentPlace place, MutableByteView out) override {
    return object_->read_segment(place.file, place.segment, out);
  }

 private:
  const std::unique_ptr<seal::OpenObject> object_;
  std::vector<agent::SourceFile> files_;
};

void say_ready_and_wait() {
  fmt::print("ready\n");
  std::fflush(stdout);
  std::array<char, 1> nothing{};
  while (read(STDIN_FILENO, nothing.data(), 1) < 0 && errno == EINTR) {
  }
}

// The directory beneath, one file deep, passed through unchanged: what FUSE itself costs.
struct Beneath {
  io::Descriptor directory;
  std::string name;  // the one file
  struct stat folder {};
  struct stat file {};
};
constexpr fuse_ino_t kFileNumber = 2;
constexpr double kForever = 86'400;

const Beneath& beneath(fuse_req_t request) {
  return *static_cast<const Beneath*>(fuse_req_userdata(request));
}

void on_lookup(fuse_req_t request, fuse_ino_t, const char* name) {
  fuse_entry_param entry{};
  entry.attr_timeout = kForever;
  entry.entry_timeout = kForever;
  if (beneath(request).name == name) {
    entry.ino = kFileNumber;
    entry.attr = beneath(request).file;
    entry.attr.st_ino = kFileNumber;
  }
  fuse_reply_entry(request, &entry);
}

void on_getattr(fuse_req_t request, fuse_ino_t number, fuse_file_info*) {
  const Beneath& place = beneath(request);
  fuse_reply_attr(request, number == kFileNumber ? &place.file : &place.folder, kForever);
}

void on_open(fuse_req_t request, fuse_ino_t number, fuse_file_info* opened) {
  const Beneath& place = beneath(request);
  const int file = number == kFileNumber
                       ? openat(place.directory.number(), place.name.c_str(), O_RDONLY | O_CLOEXEC)
                       : -1;
  if (file < 0) {
    fuse_reply_err(request, EISDIR);
    return;
  }
  opened->fh = static_cast<std::uint64_t>(file);
  opened->keep_cache = 1;
  fuse_reply_open(request, opened);
}

void on_release(fuse_req_t request, fuse_ino_t, fuse_file_info* opened) {
  close(static_cast<int>(opened->fh));
  fuse_reply_err(request, 0);
}

// As libfuse's own pass-through does: the kernel splices where it can.
void on_read(fuse_req_t request, fuse_ino_t, std::size_t bytes, off_t offset,
             fuse_file_info* opened) {
  fuse_bufvec buffer{};  // FUSE_BUFVEC_INIT is C
  buffer.count = 1;
  buffer.buf[0].size = bytes;
  buffer.buf[0].flags = static_cast<fuse_buf_flags>(FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK);
  buffer.buf[0].fd = static_cast<int>(opened->fh);
  buffer.buf[0].pos = offset;
  fuse_reply_data(request, &buffer, FUSE_BUF_SPLICE_MOVE);
}

void on_init(void*, fuse_conn_info* connection) {
  connection->max_read = agent::kSegmentBytes;
  connection->max_readahead = kReadAheadKib * 1024;
  connection->want &= ~static_cast<unsigned>(FUSE_CAP_AUTO_INVAL_DATA);
}

const fuse_lowlevel_ops& pass_through_operations() {
  static const fuse_lowlevel_ops all = [] {
    fuse_lowlevel_ops ops{};
    ops.init = &on_init;
    ops.lookup = &on_lookup;
    ops.getattr = &on_getattr;
    ops.open = &on_open;
    ops.release = &on_release;
    ops.read = &on_read;
    return ops;
  }();
  return all;
}

void read_ahead_as_ours(const std::string& at) {
  struct stat status {};
  if (stat(at.c_str(), &status) != 0) return;
  std::ofstream(fmt::format("/sys/class/bdi/{}:{}/read_ahead_kb", status.st_dev >> 8 & 0xfff,
                            (status.st_dev & 0xff) | (status.st_dev >> 12 & 0xfff00)))
      << kReadAheadKib;
}

}  // namespace

Result<void> mount(const Words& words) {
  ASSIGN_OR_RETURN(const std::string store_path, words.text("store"));
  ASSIGN_OR_RETURN(const std::string keys, words.text("keys"));
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  ASSIGN_OR_RETURN(const auto store, store::open_directory_store(store_path));
  ASSIGN_OR_RETURN(auto object, open_sealed(*store, keys));
  agent::MountOptions options;
  options.directory = at;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<agent::Mount> mounted,
      agent::Mount::open(std::make_shared<ObjectFiles>(std::move(object)), std::move(options)));
  say_ready_and_wait();
  return mounted->end();
}

Result<void> pass_through(const Words& words) {
  ASSIGN_OR_RETURN(const std::string from, words.text("from"));
  ASSIGN_OR_RETURN(const std::string at, words.text("at"));
  Beneath place;
  const std::size_t slash = from.rfind('/');
  place.name = from.substr(slash + 1);
  place.directory =
      io::Descriptor(::open(from.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!place.directory.is_open() || fstat(place.directory.number(), &place.folder) != 0 ||
      stat(from.c_str(), &place.file) != 0) {
    return tl::unexpected<Error>(io::error_of(errno, "opening " + from));
  }
  const std::string settings =
      fmt::format("ro,fsname=pass-through,max_read={}", agent::kSegmentBytes);
  fuse_args arguments = FUSE_ARGS_INIT(0, nullptr);
  fuse_opt_add_arg(&arguments, "strongroom-bench");
  fuse_opt_add_arg(&arguments, "-o");
  fuse_opt_add_arg(&arguments, settings.c_str());
  fuse_session* session =
      fuse_session_new(&arguments, &pass_through_operations(), sizeof(fuse_lowlevel_ops), &place);
  fuse_opt_free_args(&arguments);
  if (session == nullptr || fuse_session_mount(session, at.c_str()) != 0) {
    return fail(ErrorCode::kUnavailable, "FUSE cannot be had here");
  }
  fuse_loop_config* config = fuse_loop_cfg_create();
  fuse_loop_cfg_set_clone_fd(config, 0);
  std::thread serving([&] { fuse_session_loop_mt(session, config); });
  read_ahead_as_ours(at);
  say_ready_and_wait();
  fuse_session_unmount(session);
  serving.join();
  fuse_loop_cfg_destroy(config);
  fuse_session_destroy(session);
  return {};
}

}  // namespace strongroom::bench
