// rooms: model
// Pickles and PyTorch's files: followed, never run. What is cut or has a tail is never clean.
#include "model/pickle.h"

#include "model/pytorch.h"
#include "property.h"

namespace strongroom::fuzz {
namespace {

model::Verdict verdict_of(std::string_view bytes) {
  model::Findings findings;
  const Result<void> judged = model::judge_pickles(io::MemoryReader(as_bytes(bytes)), findings);
  must(judged.has_value(), "memory is no disk");
  return findings.verdict();
}

void must_be_bounded(std::string_view input) {
  model::Findings findings;
  const io::MemoryReader reader(as_bytes(input));
  const Result<model::JudgedPickle> judged = model::follow_pickle(reader, 0, findings);
  if (!judged) {
    must(findings.verdict() >= model::Verdict::kUnreadable, "what cannot be read is said so");
    return;
  }
  must(judged->end <= input.size() && judged->end > 0, "a pickle ends within its file");
  must(input[judged->end - 1] == '.', "a pickle ends with STOP");
  // A fixed number of shared values, then three for each instruction at most (INST).
  must(judged->values.size() <= 3 * input.size() + 1'100, "values are linear in the input");
  must(judged->top < judged->values.size(), "the result is a value");
  if (findings.verdict() != model::Verdict::kClean) return;
  for (const std::uint64_t cut : {judged->end - 1, judged->end / 2}) {
    must(verdict_of(input.substr(0, cut)) >= model::Verdict::kUnreadable,
         "a beginning is never clean");
  }
  for (const char* tail : {"x", ".", "N", "N.", "\x80"}) {
    must(verdict_of(std::string(input.substr(0, judged->end)) + tail) != model::Verdict::kClean,
         "something behind the end is never clean");
  }
}

}  // namespace

FUZZ(input) {
  const io::MemoryReader reader(as_bytes(input));
  must_be_bounded(input);
  must(verdict_of(input) == verdict_of(input), "the same bytes have the same verdict");
  for (const auto read : {model::read_pytorch_legacy, model::read_pytorch_zip}) {
    model::Findings findings;
    const Result<model::Structure> structure = read(reader, findings);
    must(structure.has_value() || findings.verdict() >= model::Verdict::kUnreadable,
         "what has no structure has a reason");
    if (!structure) continue;
    for (const model::Tensor& tensor : structure->tensors) {
      must(tensor.is_packed ||
               (tensor.offset <= input.size() && tensor.bytes <= input.size() - tensor.offset),
           "a tensor lies in its file");
    }
  }
  model::Findings hidden;
  must(model::judge_hidden_pickles(reader, 0, input.size(), hidden).has_value(),
       "memory is no disk");
}

}  // namespace strongroom::fuzz
