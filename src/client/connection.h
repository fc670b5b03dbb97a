#ifndef STRONGROOM_CLIENT_CONNECTION_H_
#define STRONGROOM_CLIENT_CONNECTION_H_

#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "http/client.h"
#include "http/signature.h"
#include "ledger/publication.h"

namespace strongroom::client {

/// Who signs the requests: a person's key, or a host's.
struct Identity {
  KeyId key;
  http::Signer sign;
};

/// A signed conversation with one server. Thread-safe; one request at a time. Believes nothing.
class Connection final : public ledger::Publication {
 public:
  /// Borrows `clock`.
  Connection(const StrongroomId& strongroom, const http::Address& server, Identity identity,
             const Clock& clock);

  /// Errors: kNetwork, kTooLarge, and whatever the server refuses with.
  [[nodiscard]] Result<Bytes> get(const std::string& path, const std::string& query = "") const;
  [[nodiscard]] Result<Bytes> post(const std::string& path, ByteView body) const;

  /// The published log: "checkpoint", "tile/…". Cannot list.
  [[nodiscard]] Result<Bytes> read(const std::string& name, std::size_t bytes_max) const override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& folder,
                                                      std::size_t names_max) const override;

 private:
  [[nodiscard]] Result<Bytes> send(http::Request request) const;
  const StrongroomId strongroom_;
  const Identity identity_;
  const Clock& clock_;
  mutable Mutex mutex_;
  mutable http::Client client_ GUARDED_BY(mutex_);
};

}  // namespace strongroom::client

#endif  // STRONGROOM_CLIENT_CONNECTION_H_
