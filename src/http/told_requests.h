#ifndef STRONGROOM_HTTP_TOLD_REQUESTS_H_
#define STRONGROOM_HTTP_TOLD_REQUESTS_H_

#include "base/journal.h"
#include "http/router.h"

namespace strongroom::http {

/// Has `journal` told of each request that is answered with an error, and of each that changes
/// something: a number for it (also in the answer, x-request-id), method, path without its query,
/// status, milliseconds. Bodies and headers are never told. Borrows `journal` for the routes' life.
void tell_requests(Router& router, const Journal& journal);

}  // namespace strongroom::http

#endif  // STRONGROOM_HTTP_TOLD_REQUESTS_H_
