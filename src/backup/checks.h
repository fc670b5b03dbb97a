#ifndef STRONGROOM_BACKUP_CHECKS_H_
#define STRONGROOM_BACKUP_CHECKS_H_

#include "backup/backup.h"
#include "judge/world.h"
#include "ledger/audit.h"
#include "store/blob_store.h"

/// What a copy must stand before it counts, made or restored. Inside this room.
namespace strongroom::backup {

/// The log of one backup as it lies in a backup directory. Borrows all three.
class CopiedLog final : public ledger::Publication {
 public:
  CopiedLog(const store::BlobStore& store, const Index& index, std::int64_t number)
      : store_(store), index_(index), own_(folder_of(number) + "/log/") {}
  [[nodiscard]] Result<Bytes> read(const std::string& name, std::size_t bytes_max) const override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder,
                                                      std::size_t names_max) const override;

 private:
  const store::BlobStore& store_;
  const Index& index_;
  const std::string own_;
};

/// The genesis that a log begins with, by its own word. Errors: kNotFound, kMalformed.
[[nodiscard]] Result<protocol::Genesis> genesis_in(const ledger::Publication& log);

struct JudgedLog {
  judge::World world;
  ledger::Checkpoint checkpoint;
};
/// Every file re-derived, every entry judged, from the pinned id. Errors: the audit's, the judge's.
[[nodiscard]] Result<JudgedLog> judge_log(const ledger::Publication& log,
                                          const StrongroomId& strongroom);

enum class Depth { kDocuments, kEveryByte };
/// The object's documents against the log (key records that have lapsed apart), and its streams
/// against its manifest. Errors: kNotAuthentic, kNotFound, kMalformed, kDisk.
[[nodiscard]] Result<void> check_object(const store::BlobStore& store, const vault::Object& object,
                                        Depth depth);

/// Copies all of `from`, in pieces; its digest and length. Errors: both sides', kInterrupted.
[[nodiscard]] Result<Row> copy_blob(const io::Reader& from, store::BlobStore& to,
                                    const std::string& name,
                                    const std::function<bool(std::uint64_t)>& on_bytes);
[[nodiscard]] Result<Row> measure(const io::Reader& reader);

}  // namespace strongroom::backup

#endif  // STRONGROOM_BACKUP_CHECKS_H_
