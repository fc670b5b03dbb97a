#ifndef STRONGROOM_SEQUENCER_TABLES_H_
#define STRONGROOM_SEQUENCER_TABLES_H_

#include <optional>

#include "protocol/command.h"
#include "store/database.h"

/// The sequencer's own tables: where the log stands and which commands are in it (both derived from
/// the log), and what lies beside the log: texts that can be erased, attachments that are carried.
namespace strongroom::sequencer {

inline constexpr std::size_t kAttachmentNameBytesMax = 512;

/// Those that are there already are left as they are.
[[nodiscard]] Result<void> create_tables(store::Transaction& transaction);
/// Empties what the log can give back, and only that.
[[nodiscard]] Result<void> clear_derived(store::Transaction& transaction);

/// Where the views stand.
struct Head {
  std::int64_t size = 0;
  UnixSeconds time;  ///< of the last entry
};
/// An empty log's head when there is none.
[[nodiscard]] Result<Head> read_head(store::Queries& queries);
[[nodiscard]] Result<void> write_head(store::Transaction& transaction, const Head& head);

/// Which version of the views the database holds; 0: of before they were numbered, or none.
[[nodiscard]] Result<std::int64_t> read_views_version(store::Queries& queries);
[[nodiscard]] Result<void> write_views_version(store::Transaction& transaction,
                                               std::int64_t version);

/// The same for the same type, statement, signatures and body, and for nothing else.
[[nodiscard]] Digest digest_of(const protocol::Entry& entry);
/// Where its entry stands.
[[nodiscard]] Result<std::optional<std::int64_t>> find_command(store::Queries& queries,
                                                               const Digest& digest);
[[nodiscard]] Result<void> write_command(store::Transaction& transaction, const Digest& digest,
                                         std::int64_t index);

/// Each text must open a commitment that stands in `statement` under the text's own field name.
/// Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<void> check_texts(const std::vector<protocol::Text>& texts,
                                       const std::optional<format::Json>& statement);
/// `text` has been checked.
[[nodiscard]] Result<void> write_text(store::Transaction& transaction, const protocol::Text& text);
[[nodiscard]] Result<std::optional<protocol::Opening>> read_text(store::Queries& queries,
                                                                 const Digest& commitment);
[[nodiscard]] Result<void> erase_text(store::Transaction& transaction, const Digest& commitment);

/// The same bytes again change nothing. Errors: kMalformed (the name), kTooLarge, kConflict (other
/// bytes).
[[nodiscard]] Result<void> write_attachment(store::Transaction& transaction,
                                            const protocol::Attachment& attachment);
[[nodiscard]] Result<std::optional<Bytes>> read_attachment(store::Queries& queries,
                                                           const std::string& name);

}  // namespace strongroom::sequencer

#endif  // STRONGROOM_SEQUENCER_TABLES_H_
