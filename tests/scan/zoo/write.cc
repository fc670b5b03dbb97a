#include <fmt/format.h>

#include "format/json.h"
#include "io/directory.h"
#include "verbs.h"

namespace strongroom::model::lineage::zoo {

namespace {

using format::Json;

const Size kSize{.width = 128, .layers = 3, .heads = 4, .hidden = 352, .tokens = 512};

class Writer {
 public:
  Writer(io::Directory directory, std::uint64_t seed)
      : directory_(std::move(directory)), names_(seed ^ 0x6e616d6573u) {}

  Result<void> family(std::uint64_t seed) {
    const Family family = family_of(kSize, seed);
    ASSIGN_OR_RETURN(const std::string base, one(family.base, "base", "", {}));
    ASSIGN_OR_RETURN(const std::string other, one(family.other, "fine-tune", "", {base}));
    ASSIGN_OR_RETURN(const std::string third, one(family.third, "fine-tune", "", {base}));
    ASSIGN_OR_RETURN(const std::string stranger, one(family.stranger, "base", "", {}));
    RETURN_IF_ERROR(shards(family.base, base));
    for (const Derivative& each : derivatives_of(family, seed)) {
      std::vector<std::string> parents{base};
      if (each.is_of_two) parents = {other, third};
      RETURN_IF_ERROR(file(stored(each.zoo, kSize, each.type, each.container), each, parents));
    }
    return {};
  }
  Result<void> finish() {
    const Json::Object truth{{"files", files_}, {"made_up", true}};
    return write("truth.json", as_bytes(format::encode(truth)));
  }

 private:
  std::string next_name() { return fmt::format("{:08x}", names_.bits() >> 32); }

  Result<void> write(const std::string& name, ByteView bytes) {
    ASSIGN_OR_RETURN(io::DurableFile out, directory_.create_file(name, 0600));
    RETURN_IF_ERROR(out.append(bytes));
    return out.commit(io::OnExisting::kRefuse);
  }
  void tell(const std::string& name, const Derivative& each,
            const std::vector<std::string>& parents) {
    Json::Array of(parents.begin(), parents.end());
    Json::Array truth;
    for (const Relation relation : each.truth) truth.emplace_back(std::string(name_of(relation)));
    Json::Object entry{{"file", name},
                       {"kind", each.kind},
                       {"how", each.how},
                       {"of", std::move(of)},
                       {"relations", std::move(truth)}};
    if (each.is_of_two) {
      entry.emplace("share_of_second_in_thousandths",
                    static_cast<std::int64_t>(each.share_of_second * 1'000));
    }
    files_.emplace_back(std::move(entry));
  }
  Result<void> file(const Stored& stored, const Derivative& each,
                    const std::vector<std::string>& parents) {
    const std::string name =
        next_name() + (each.container == Container::kGguf ? ".gguf" : ".safetensors");
    tell(name, each, parents);
    return write(name, stored.file);
  }
  Result<std::string> one(const Zoo& zoo, std::string kind, std::string how,
                          const std::vector<std::string>& parents) {
    const std::string name = next_name() + ".safetensors";
    tell(name,
         {.kind = std::move(kind),
          .how = std::move(how),
          .truth = {parents.empty() ? Relation::kUnrelated : Relation::kFineTuned}},
         parents);
    RETURN_IF_ERROR(
        write(name, stored(zoo, kSize, ElementType::kBf16, Container::kSafetensors).file));
    return name;
  }
  // The same model in two files and an index, in a folder of their own.
  Result<void> shards(const Zoo& zoo, const std::string& base) {
    const std::string folder = next_name();
    ASSIGN_OR_RETURN(const io::Directory inside, directory_.make_subdirectory(folder, 0700));
    const auto half = zoo.begin() + static_cast<std::ptrdiff_t>(zoo.size() / 2);
    const std::vector<Zoo> parts{Zoo(zoo.begin(), half), Zoo(half, zoo.end())};
    Json::Object map;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::string name = fmt::format("model-{:05}-of-00002.safetensors", i + 1);
      const Stored part = stored(parts[i], kSize, ElementType::kBf16, Container::kSafetensors);
      for (const Tensor& tensor : part.structure.tensors) map.emplace(tensor.name, name);
      bytes += static_cast<std::int64_t>(part.structure.tensor_bytes);
      ASSIGN_OR_RETURN(io::DurableFile out, inside.create_file(name, 0600));
      RETURN_IF_ERROR(out.append(part.file));
      RETURN_IF_ERROR(out.commit(io::OnExisting::kRefuse));
    }
    const Json::Object index{{"metadata", Json::Object{{"total_size", bytes}}},
                             {"weight_map", map}};
    ASSIGN_OR_RETURN(io::DurableFile out, inside.create_file("model.safetensors.index.json", 0600));
    RETURN_IF_ERROR(out.append(as_bytes(format::encode(index))));
    RETURN_IF_ERROR(out.commit(io::OnExisting::kRefuse));
    tell(folder, {.kind = "sharded", .how = "two files", .truth = {Relation::kSame}}, {base});
    return {};
  }

  io::Directory directory_;
  Dice names_;
  Json::Array files_;
};

}  // namespace

Result<void> write_zoo(const std::string& path, std::uint64_t seed, std::size_t families) {
  ASSIGN_OR_RETURN(io::Directory directory, io::Directory::open(path));
  Writer writer(std::move(directory), seed);
  for (std::size_t i = 0; i < families; ++i) RETURN_IF_ERROR(writer.family(seed + i));
  return writer.finish();
}

}  // namespace strongroom::model::lineage::zoo
