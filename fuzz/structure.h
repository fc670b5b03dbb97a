#ifndef STRONGROOM_FUZZ_STRUCTURE_H_
#define STRONGROOM_FUZZ_STRUCTURE_H_

#include <set>

#include "io/reader.h"
#include "model/structure.h"
#include "property.h"

/// What must hold of every reader of weights, whatever the bytes.
namespace strongroom::fuzz {

struct Read {
  Result<model::Structure> structure;
  model::Findings findings;
};

inline Read read(model::FileKind kind, std::string_view bytes) {
  Read read{fail(ErrorCode::kInternal, ""), {}};
  const io::MemoryReader reader(as_bytes(bytes));
  read.structure = model::read_structure(kind, reader, read.findings);
  return read;
}

inline bool is_clean(const Read& read) {
  return read.structure.has_value() && read.findings.verdict() == model::Verdict::kClean;
}

inline void must_be_the_same(const model::Structure& one, const model::Structure& other) {
  must(one.tensors.size() == other.tensors.size() && one.metadata == other.metadata &&
           one.tensor_bytes == other.tensor_bytes,
       "the same bytes have the same structure");
  for (std::size_t i = 0; i < one.tensors.size(); ++i) {
    const model::Tensor& a = one.tensors[i];
    const model::Tensor& b = other.tensors[i];
    must(a.name == b.name && a.type == b.type && a.shape == b.shape && a.offset == b.offset &&
             a.bytes == b.bytes && a.external == b.external,
         "the same bytes have the same tensors");
  }
}

inline Read must_hold(model::FileKind kind, std::string_view bytes) {
  Read first = read(kind, bytes);
  const Read second = read(kind, bytes);
  must(first.structure.has_value() == second.structure.has_value() &&
           first.findings.all().size() == second.findings.all().size(),
       "the same bytes are judged the same");
  must(first.structure || first.findings.verdict() != model::Verdict::kClean,
       "what cannot be read is never clean");
  if (!first.structure) return first;
  must_be_the_same(*first.structure, *second.structure);
  std::set<std::string_view> names;
  for (const model::Tensor& tensor : first.structure->tensors) {
    must(names.insert(tensor.name).second, "tensors have names of their own");
    must(tensor.shape.size() <= 64, "dimensions are bounded");
    must(tensor.strides.empty() || tensor.strides.size() == tensor.shape.size(),
         "a stride for each dimension");
    if (!tensor.external.empty() || tensor.is_packed) continue;
    must(tensor.offset <= bytes.size() && tensor.bytes <= bytes.size() - tensor.offset,
         "a tensor lies in its file");
  }
  return first;
}

}  // namespace strongroom::fuzz

#endif  // STRONGROOM_FUZZ_STRUCTURE_H_
