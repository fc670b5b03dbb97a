#ifndef STRONGROOM_API_API_H_
#define STRONGROOM_API_API_H_

#include "base/clock.h"
#include "base/mutex.h"
#include "http/nonce_cache.h"
#include "http/router.h"
#include "keeper/keeper.h"
#include "sequencer/sequencer.h"
#include "store/blob_store.h"

namespace strongroom::api {

/// All borrowed; they outlive the Api.
struct Parts {
  sequencer::Sequencer& sequencer;
  keeper::Keeper& keeper;
  const store::BlobStore& objects;      ///< sealed objects, for their documents
  const store::BlobStore& publication;  ///< the published log
  const Clock& clock;
};

/// HTTP only: who asks, decode, hand on, reply. Decides nothing that the rules decide. Every
/// request but those for hashes and checkpoints is signed (RFC 9421) by a key that the log knows.
/// Thread-safe.
class Api {
 public:
  Api(const Parts& parts, const StrongroomId& strongroom);
  /// Routes; they borrow this Api.
  [[nodiscard]] http::Router router();

 private:
  using Handler = http::Response (Api::*)(const http::Request&);
  void add(http::Router& router, http::Method method, std::string_view pattern, Handler handler,
           http::RouteOptions options = {});
  [[nodiscard]] Result<KeyId> authenticated(const http::Request& request);

  http::Response log_file(const http::Request& request);
  http::Response growth(const http::Request& request);
  http::Response command(const http::Request& request);
  http::Response commands(const http::Request& request);
  http::Response text(const http::Request& request);
  http::Response texts(const http::Request& request);
  http::Response attachment(const http::Request& request);
  http::Response object_document(const http::Request& request);
  http::Response challenge(const http::Request& request);
  http::Response redeem(const http::Request& request);

  Result<void> check(const std::vector<protocol::Command>& commands) const;
  Result<void> names_are_free(const std::vector<protocol::Command>& commands) const;
  Result<std::vector<Result<protocol::Receipt>>> submit(std::vector<protocol::Command> commands);
  Result<void> feed_keeper();
  Result<Bytes> redeemed_sites(const protocol::Command& command);

  Parts parts_;
  StrongroomId strongroom_;
  http::NonceCache nonces_;
  Mutex keeper_mutex_;  // one feeder at a time
  Mutex names_mutex_;   // one registration at a time: each is compared with all before it
};

}  // namespace strongroom::api

#endif  // STRONGROOM_API_API_H_
