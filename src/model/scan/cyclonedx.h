#ifndef STRONGROOM_MODEL_SCAN_CYCLONEDX_H_
#define STRONGROOM_MODEL_SCAN_CYCLONEDX_H_

#include <string>
#include <string_view>

#include "format/json.h"

/// What every bill of materials that the house writes is made of: CycloneDX 1.6, as its schema has
/// it.
namespace strongroom::model::scan {

/// Named "strongroom:…".
[[nodiscard]] format::Json bom_property(std::string_view name, std::string value);
/// SHA-256.
[[nodiscard]] format::Json bom_hashes(const Digest& digest);
/// The document around components. `version`: of this program.
[[nodiscard]] format::Json bom_of(format::Json::Array components, std::string_view version);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_CYCLONEDX_H_
