#ifndef STRONGROOM_MODEL_SCAN_TAR_H_
#define STRONGROOM_MODEL_SCAN_TAR_H_

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "io/reader.h"
#include "model/finding.h"

namespace strongroom::model::scan {

/// A file in a tar archive.
struct TarMember {
  std::string name;               ///< as in the archive, long names put together: any bytes
  std::uint64_t data_offset = 0;  ///< in the archive
  std::uint64_t bytes = 0;        ///< lie within the archive
};

/// Walks a tar archive from header to header: ustar, GNU and the old form, pax and GNU long names.
/// Names, links, devices, sizes told twice, and what stands behind the end become findings
/// (container_rules.h), each within its member. `visit` gets each member that has content, also
/// those behind the end mark, and links and directories that claim to have some; its error ends the
/// walk. Time is linear in the headers; no member is read. Errors: those of `visit`, kDisk.
[[nodiscard]] Result<void> walk_tar(const io::Reader& file, Findings& findings,
                                    const std::function<Result<void>(const TarMember&)>& visit);

}  // namespace strongroom::model::scan

#endif  // STRONGROOM_MODEL_SCAN_TAR_H_
