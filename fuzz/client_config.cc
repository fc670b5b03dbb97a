// rooms: client
#include <fcntl.h>
#include <unistd.h>

#include "client/config.h"
#include "format/json.h"
#include "io/directory.h"
#include "io/temporary_directory.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  static const io::TemporaryDirectory kHome;
  static const std::string kPath = client::config_path(kHome.path());
  const int file = open(kPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must(file >= 0 && write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()),
       "the file can be written");
  close(file);
  const Result<client::Config> config = client::read_config(kHome.path());
  if (!config) return;
  must(format::is_clean_text(config->server) && format::is_clean_text(config->store),
       "texts are clean");
  if (!config->server.starts_with("file:")) {
    const Result<http::Address> address = client::server_of(*config);
    if (address && config->demonstration)
      must(address->is_unix() || address->host == "127.0.0.1" || address->host == "::1",
           "a demonstration stays on this machine");
  }
}

}  // namespace strongroom::fuzz
