// rooms: seal
// A names stream after it was opened: a depositor may be hostile too.
#include "seal/names.h"
#include "property.h"

namespace strongroom::fuzz {

FUZZ(input) {
  for (const std::size_t count : {1u, 2u, 3u, 5u}) {
    const Result<std::vector<std::string>> names = seal::decode_names(input, count);
    if (!names) continue;
    must(names->size() == count, "as many names as files");
    must(value_of(seal::encode_names(*names), "names can be written") == input, "names");
    for (const std::string& name : *names) {
      must(seal::is_relative_path(name), "a name stays below its folder");
      must(printable(name) == name, "a name is clean");
      must(("/" + name + "/").find("/../") == std::string::npos, "no way upward");
    }
  }
}

}  // namespace strongroom::fuzz
