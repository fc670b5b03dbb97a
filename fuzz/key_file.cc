// rooms: keys
// A key file as somebody may have left it.
#include <fcntl.h>
#include <unistd.h>

#include "io/temporary_directory.h"
#include "keys/stored_secret.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  static const io::TemporaryDirectory kPlace;
  static const std::string kPath = kPlace.path() + "/key.json";
  const int file = open(kPath.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  must(file >= 0 && write(file, input.data(), input.size()) == static_cast<ssize_t>(input.size()),
       "the file can be written");
  close(file);
  const Result<keys::Header> header = keys::read_header(kPath);
  if (header) must(input.size() <= keys::kKeyFileBytesMax, "no file over the bound is taken");
  for (const keys::Holds holds :
       {keys::Holds::kPerson, keys::Holds::kSigning, keys::Holds::kOpening}) {
    const Result<keys::StoredSecret> stored = keys::read_stored(kPath, holds, nullptr);
    if (!stored) continue;
    must(header && header->holds == holds, "one file is one kind of key");
    must(stored->header.id == header->id, "both readers see one key");
  }
}

}  // namespace strongroom::fuzz
