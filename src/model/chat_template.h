#ifndef STRONGROOM_MODEL_CHAT_TEMPLATE_H_
#define STRONGROOM_MODEL_CHAT_TEMPLATE_H_

#include <string_view>

#include "model/finding.h"

namespace strongroom::model {

/// Reads a chat template (Jinja) as the tokens it is made of, and says what a template has no
/// business doing: reaching for Python's insides, loading other templates, answering to particular
/// words of a conversation, or to a date (template_rules.h). Nothing is expanded or run. Time and
/// memory linear in `text`; total; pure. A template over kTemplateBytesMax is not read, and says
/// so.
inline constexpr std::size_t kTemplateBytesMax = 256u << 10;
void judge_template(std::string_view text, Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_CHAT_TEMPLATE_H_
