#include "store/database.h"

namespace strongroom::store {
namespace {

template <class T>
Result<T> column_as(const Rows::Cursor& cursor, int column) {
  ASSIGN_OR_RETURN(const Parameter::Value value, cursor.column(column));
  const T* held = std::get_if<T>(&value);
  if (held == nullptr) {
    return fail(ErrorCode::kMalformed, "the database holds a value of an unexpected type");
  }
  return *held;
}

}  // namespace

Result<std::int64_t> Rows::integer(int column) const {
  return column_as<std::int64_t>(*cursor_, column);
}

Result<std::string> Rows::text(int column) const {
  ASSIGN_OR_RETURN(const std::string_view text, column_as<std::string_view>(*cursor_, column));
  return std::string(text);
}

Result<Bytes> Rows::blob(int column) const {
  ASSIGN_OR_RETURN(const ByteView bytes, column_as<ByteView>(*cursor_, column));
  return copy_bytes(bytes);
}

Result<bool> Rows::is_null(int column) const {
  ASSIGN_OR_RETURN(const Parameter::Value value, cursor_->column(column));
  return std::holds_alternative<std::nullptr_t>(value);
}

}  // namespace strongroom::store
