#ifndef STRONGROOM_BENCHES_PROGRAM_SEALING_H_
#define STRONGROOM_BENCHES_PROGRAM_SEALING_H_

#include <functional>
#include <memory>

#include "seal/open_object.h"

namespace strongroom::bench {

/// The one object in the store, opened with the keys that lie in `keys` (where `seal` put them).
/// Borrows `store`. Errors: whatever stands in the way.
[[nodiscard]] Result<std::unique_ptr<seal::OpenObject>> open_sealed(const store::BlobStore& store,
                                                                    const std::string& keys);

/// Runs `work(thread)` on so many threads and gives the first error. 0 is one per core.
[[nodiscard]] Result<void> on_threads(std::size_t threads,
                                      const std::function<Result<void>(std::size_t)>& work);

}  // namespace strongroom::bench

#endif  // STRONGROOM_BENCHES_PROGRAM_SEALING_H_
