#ifndef STRONGROOM_VAULT_VIEW_ROWS_H_
#define STRONGROOM_VAULT_VIEW_ROWS_H_

#include <optional>
#include <vector>

#include "base/limits.h"
#include "store/database.h"
#include "vault/events.h"

/// How the vault's tables are read, for the files of its view.
namespace strongroom::vault {

[[nodiscard]] inline Result<format::Json> document_in(const store::Rows& rows, int column) {
  ASSIGN_OR_RETURN(const std::string document, rows.text(column));
  return format::decode_canonical(document, limits::kEntryBytesMax);
}

// Columns 0, 1, 2 of every table that has a stamp: position, time, signed_by.
[[nodiscard]] inline Result<Stamp> stamp_in(const store::Rows& rows) {
  Stamp stamp;
  ASSIGN_OR_RETURN(stamp.index, rows.integer(0));
  ASSIGN_OR_RETURN(stamp.time.value, rows.integer(1));
  ASSIGN_OR_RETURN(const bool unsigned_, rows.is_null(2));
  if (unsigned_) return stamp;
  ASSIGN_OR_RETURN(stamp.signed_by, rows.id<KeyId>(2));
  return stamp;
}

[[nodiscard]] inline store::Parameter signer_of(const Stamp& stamp) {
  return stamp.signed_by ? store::Parameter(*stamp.signed_by) : store::Parameter(std::nullopt);
}

template <class T>
[[nodiscard]] Result<std::optional<T>> first(Result<store::Rows> rows,
                                             Result<T> (*from)(const store::Rows&)) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  ASSIGN_OR_RETURN(const bool found, rows->next());
  if (!found) return std::nullopt;
  ASSIGN_OR_RETURN(T value, from(*rows));
  return std::optional<T>(std::move(value));
}

template <class T>
[[nodiscard]] Result<std::vector<T>> all(Result<store::Rows> rows,
                                         Result<T> (*from)(const store::Rows&)) {
  if (!rows) return tl::unexpected<Error>(rows.error());
  std::vector<T> values;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, rows->next());
    if (!more) return values;
    ASSIGN_OR_RETURN(T value, from(*rows));
    values.push_back(std::move(value));
  }
}

}  // namespace strongroom::vault

#endif  // STRONGROOM_VAULT_VIEW_ROWS_H_
