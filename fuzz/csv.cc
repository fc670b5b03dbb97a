// rooms: format
// Tables that come from spreadsheets, and from whoever fills them in.
#include "format/csv.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  const auto csv = format::decode_csv(input);
  if (!csv) return;
  const auto again = value_of(format::decode_csv(format::encode(*csv)), "what was written is read");
  must(again.columns == csv->columns && again.rows.size() == csv->rows.size(),
       "a table is read as it was written");
  for (std::size_t i = 0; i < csv->rows.size(); ++i)
    must(again.rows[i].fields == csv->rows[i].fields, "and every row of it");
}

}  // namespace strongroom::fuzz
