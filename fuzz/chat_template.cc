// rooms: model
// Chat templates come with the model, from whoever made it.
#include "model/chat_template.h"

#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  model::Findings findings;
  model::judge_template(input, findings);
  model::Findings again;
  model::judge_template(input, again);
  must(findings.all().size() == again.all().size() && findings.verdict() == again.verdict(),
       "the same template is judged alike");
  for (const model::Finding& finding : findings.all()) {
    must(printable(finding.what) == finding.what, "what is said is clean");
    must(finding.offset.value_or(0) <= input.size(), "a finding lies in its template");
  }
  if (input.size() < 4'096) {
    model::Findings open;
    model::judge_template(std::string(input) + "{% if x", open);
    must(open.verdict() != model::Verdict::kClean, "a template that does not close is not clean");
  }
}

}  // namespace strongroom::fuzz
