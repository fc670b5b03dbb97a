#include <algorithm>
#include <atomic>
#include <thread>

#include "base/mutex.h"
#include "crypto/hash.h"
#include "model/scan/tree_parts.h"
#include "model/scan/tree_rules.h"

namespace strongroom::model::scan {

namespace {

/// From here on a file has both threads to itself: one hashes, one computes.
constexpr std::uint64_t kLargeBytes = 64u << 20;
constexpr std::size_t kBlockBytes = 1u << 20;
/// With headers only: seconds for any size.
constexpr std::uint64_t kSearchedOfHeaders = 64u << 20;
constexpr std::uint64_t kUnpackedOfHeaders = 1u << 30;

/// What all workers have done so far, and whether they shall go on.
class Account {
 public:
  Account(const TreeOptions& options, std::uint64_t total) : options_(options), total_(total) {}

  bool add(std::uint64_t bytes) {
    const Lock lock(mutex_);
    done_ = std::min(done_ + bytes, total_);
    if (!stopped_ && !options_.progress(done_, total_)) stopped_ = true;
    return !stopped_;
  }
  [[nodiscard]] bool goes_on() { return add(0); }

 private:
  const TreeOptions& options_;
  const std::uint64_t total_;
  Mutex mutex_;
  std::uint64_t done_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

/// Tells the account what is read through it, up to the file's size. Borrows both.
class CountedReader final : public io::Reader {
 public:
  CountedReader(const io::Reader& file, std::uint64_t bytes, Account& account)
      : file_(file), left_(bytes), account_(account) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset,
                                            MutableByteView out) const override {
    ASSIGN_OR_RETURN(const std::size_t bytes, file_.read_at(offset, out));
    std::uint64_t left = left_.load();
    std::uint64_t counted = 0;
    do {
      counted = std::min<std::uint64_t>(left, bytes);
    } while (!left_.compare_exchange_weak(left, left - counted));
    account_.add(counted);
    return bytes;
  }
  [[nodiscard]] Result<std::uint64_t> size_bytes() const override { return file_.size_bytes(); }
  /// What was never read counts as done too.
  void finish() { account_.add(left_.exchange(0)); }

 private:
  const io::Reader& file_;
  mutable std::atomic<std::uint64_t> left_;
  Account& account_;
};

Result<Digest> digest_of(const io::Reader& file, std::uint64_t bytes, Account& account) {
  crypto::Sha256Stream stream;
  Bytes block(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kBlockBytes)));
  for (std::uint64_t at = 0; at < bytes;) {
    if (!account.goes_on()) return fail(ErrorCode::kInterrupted, "told to stop");
    const std::size_t wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), bytes - at));
    const MutableByteView part = MutableByteView(block).first(wanted);
    RETURN_IF_ERROR(io::read_exactly(file, at, part, "the file"));
    stream.add(part);
    at += wanted;
  }
  return stream.finish();
}

/// One file, on one thread.
class FileScan {
 public:
  FileScan(const Job& job, const TreeOptions& options, Account& account, int threads)
      : job_(job), options_(options), account_(account), threads_(threads) {}

  // Errors: kInterrupted.
  Result<Learnt> run() {
    learnt_.file.path = job_.from->prefix + job_.file->name;
    learnt_.file.bytes = job_.file->size_bytes;
    const Result<io::FileReader> opened = io::open_listed(job_.from->listing, *job_.file);
    if (!opened) {
      learnt_.file.scanned.findings.add(kFileNotOpened, opened.error().context);
      account_.add(job_.file->size_bytes);
      return std::move(learnt_);
    }
    CountedReader counted(*opened, job_.file->size_bytes, account_);
    RETURN_IF_ERROR(scan(*opened, counted));
    if (!options_.headers_only && !learnt_.file.digest) {
      Result<Digest> digest = digest_of(counted, job_.file->size_bytes, account_);
      if (!digest && digest.error().code == ErrorCode::kInterrupted)
        return tl::unexpected<Error>(std::move(digest).error());
      if (!digest) {
        learnt_.file.scanned.findings.add(kFileNotOpened, digest.error().context);
      } else {
        learnt_.file.digest = *digest;
      }
    }
    const Result<std::uint64_t> bytes = opened->size_bytes();
    if (!bytes || *bytes != job_.file->size_bytes) {
      learnt_.file.scanned.findings.add(kFileChanged, "Its size is another one now");
    }
    counted.finish();
    return std::move(learnt_);
  }

 private:
  struct Taken {
    std::string member;
    lineage::Fingerprint fingerprint;
  };

  Result<void> scan(const io::FileReader& file, const CountedReader& counted) {
    std::vector<Taken> taken;
    std::vector<std::pair<std::string, std::string>> failed;
    const Watch watch{
        .keep_going = [this] { return account_.goes_on(); },
        .found_weights =
            [&](const FoundWeights& found, const io::Reader& member) {
              if (options_.headers_only || !found.structure) return;
              const bool is_whole = found.member.empty() && found.begins_at.value_or(0) == 0;
              Result<lineage::Fingerprint> print = lineage::fingerprint(
                  is_whole ? static_cast<const io::Reader&>(counted) : member, *found.structure,
                  {.threads = threads_, .keep_going = [this] { return account_.goes_on(); }});
              if (!print) {
                failed.emplace_back(found.member, print.error().context);
                return;
              }
              if (is_whole && print->file_bytes == job_.file->size_bytes)
                learnt_.file.digest = print->file;
              taken.push_back({found.member, std::move(*print)});
            }};
    ScanLimits limits = options_.limits;
    if (options_.headers_only) {
      limits.searched_bytes_max = std::min(limits.searched_bytes_max, kSearchedOfHeaders);
      limits.unpacked_total_max = std::min(limits.unpacked_total_max, kUnpackedOfHeaders);
    }
    ASSIGN_OR_RETURN(learnt_.file.scanned, scan_file(job_.name, file, limits, watch));
    for (const auto& [member, why] : failed) {
      const Findings::Inside inside(learnt_.file.scanned.findings, member);
      learnt_.file.scanned.findings.add(kTensorsNotRead, why);
    }
    learnt_.fingerprints.resize(learnt_.file.scanned.weights.size());
    // They were told in the order in which they are listed.
    std::size_t next = 0;
    for (Taken& one : taken) {
      const auto& weights = learnt_.file.scanned.weights;
      while (next < weights.size() && weights[next].member != one.member) ++next;
      if (next == weights.size()) break;
      learnt_.fingerprints[next++] = std::move(one.fingerprint);
    }
    return {};
  }

  const Job& job_;
  const TreeOptions& options_;
  Account& account_;
  const int threads_;
  Learnt learnt_;
};

}  // namespace

Result<std::vector<Learnt>> scan_jobs(const std::vector<Job>& jobs, const TreeOptions& options) {
  std::uint64_t total = 0;
  for (const Job& job : jobs) total += job.file->size_bytes;
  Account account(options, total);
  std::vector<Learnt> learnt(jobs.size());
  std::atomic<bool> stopped = false;
  const auto scan_one = [&](std::size_t job, int threads) {
    Result<Learnt> one = FileScan(jobs[job], options, account, threads).run();
    if (!one) {
      stopped = true;
    } else {
      learnt[job] = std::move(*one);
    }
  };
  std::vector<std::size_t> small;
  for (std::size_t job = 0; job < jobs.size() && !stopped; ++job) {
    if (jobs[job].file->size_bytes < kLargeBytes) {
      small.push_back(job);
    } else {
      scan_one(job, options.threads);
    }
  }
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    for (int worker = 0; worker < std::max(options.threads, 1); ++worker) {
      workers.emplace_back([&] {
        for (std::size_t at = next++; at < small.size() && !stopped; at = next++) {
          scan_one(small[at], 1);
        }
      });
    }
  }
  if (stopped) return fail(ErrorCode::kInterrupted, "told to stop: nothing was changed");
  return learnt;
}

}  // namespace strongroom::model::scan
