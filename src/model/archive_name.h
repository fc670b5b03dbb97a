#ifndef STRONGROOM_MODEL_ARCHIVE_NAME_H_
#define STRONGROOM_MODEL_ARCHIVE_NAME_H_

#include <string_view>

#include "model/finding.h"

namespace strongroom::model {

/// Says what an ordinary unpacker would do with a member of this name: leave the directory chosen,
/// or find another name on another system. '/' and '\\' both part a path. Pure.
void judge_member_name(std::string_view name, Findings& findings);
/// The same for where a link in member `name` leads, relative to the archive's root when
/// `from_root` (hard links), else to the member's directory.
void judge_link(std::string_view name, std::string_view target, bool from_root, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_ARCHIVE_NAME_H_
