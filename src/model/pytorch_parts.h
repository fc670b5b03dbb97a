#ifndef STRONGROOM_MODEL_PYTORCH_PARTS_H_
#define STRONGROOM_MODEL_PYTORCH_PARTS_H_

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/pickle_machine.h"
#include "model/pytorch.h"

/// What the readers of PyTorch's files share.
namespace strongroom::model {

/// A run of elements, as a persistent id names it.
struct TorchStorage {
  std::string key;
  std::optional<ElementType> type;  ///< nothing: bytes, whose type the tensor says
  std::uint64_t elements = 0;       ///< of `type`, or bytes
  std::uint64_t first = 0;          ///< it is a view: this many elements into the storage
  std::uint64_t view_elements = 0;
};
/// Nothing: not a storage whose elements are known.
[[nodiscard]] std::optional<TorchStorage> torch_storage(const PickleValues& values,
                                                        PickleValues::Index persistent);

/// Where a storage's bytes lie.
struct TorchPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  bool is_packed = false;
};
using TorchPlaces = std::map<std::string, TorchPlace, std::less<>>;

/// Every tensor under `top`, into `structure`. What does not hold together becomes a finding. Not
/// recursive; each container is entered once. Errors: kMalformed, kTooLarge.
[[nodiscard]] Result<void> add_torch_tensors(const JudgedPickle& pickle, const TorchPlaces& places,
                                             Structure& structure, Findings& findings);

/// The same as the functions in pytorch.h, for a file that stands `depth` pickles deep.
[[nodiscard]] Result<Structure> read_pytorch_zip_at(const io::Reader& file, int depth,
                                                    Findings& findings);
[[nodiscard]] Result<Structure> read_pytorch_legacy_at(const io::Reader& file, int depth,
                                                       Findings& findings);
/// A file of either form.
void judge_pytorch_bytes(const io::Reader& file, int depth, Findings& findings);

/// Judges a whole file of pickles as judge_pickles() does, and gives the first.
[[nodiscard]] Result<JudgedPickle> follow_pickles_at(const io::Reader& file, int depth,
                                                     Findings& findings);

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_PYTORCH_PARTS_H_
