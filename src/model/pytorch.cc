#include "model/pytorch.h"

#include <algorithm>

#include "model/pickle_rules.h"
#include "model/pytorch_parts.h"
#include "model/structure_readers.h"
#include "model/zip_archive.h"

namespace strongroom::model {
namespace {

using Index = PickleValues::Index;

constexpr std::string_view kPickleName = "data.pkl";
constexpr std::uint64_t kUnpackedPickleBytesMax = 256u << 20;
constexpr std::size_t kByteOrderBytesMax = 16;
/// 0x1950a86a20f9469cfc6c, as LONG1 writes it.
constexpr std::string_view kLegacyMagic("\x8a\x0al\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
constexpr std::size_t kLegacyMagicWithin = 32;
constexpr std::int64_t kLegacyProtocol = 1'001;
constexpr std::size_t kLegacyPickles = 5;

/// The storages that a pickle names, each once, with how many bytes it claims. Nothing: two
/// disagree about one.
std::optional<std::map<std::string, std::uint64_t>> claimed_storages(const PickleValues& values) {
  std::map<std::string, std::uint64_t> claims;
  for (Index value = 0; value < values.size(); ++value) {
    if (values.kind(value) != PickleValues::Kind::kPersistent) continue;
    const std::optional<TorchStorage> storage = torch_storage(values, value);
    if (!storage) continue;
    const std::uint64_t width = storage->type ? layout_of(*storage->type).bytes : 1;
    const std::uint64_t bytes = storage->elements * width;
    const auto [at, is_new] = claims.try_emplace(storage->key, bytes);
    if (!is_new && at->second != bytes) return std::nullopt;
  }
  return claims;
}

/// One data.pkl, and the members beside it.
class ZipReading {
 public:
  ZipReading(const io::Reader& file, const ZipArchive& archive, std::string root, int depth,
             Findings& findings)
      : file_(file),
        archive_(archive),
        root_(std::move(root)),
        depth_(depth),
        findings_(findings) {}

  Result<void> read(const ZipMember& pickle, Structure& structure) {
    ASSIGN_OR_RETURN(const JudgedPickle judged, judge(pickle));
    RETURN_IF_ERROR(check_byte_order());
    const auto claims = claimed_storages(judged.values);
    if (!claims) {
      return refuse(findings_, kPytorchMalformed, "one storage is claimed in two sizes");
    }
    TorchPlaces places;
    for (const ZipMember& member : archive_.members()) {
      const std::string_view name = member.name;
      const std::string prefix = root_ + "data/";
      if (!name.starts_with(prefix)) continue;
      const auto claim = claims->find(std::string(name.substr(prefix.size())));
      if (claim == claims->end()) continue;
      if (claim->second > member.bytes) {
        return refuse(findings_, kPytorchMalformed,
                      "storage " + claim->first + " claims " + std::to_string(claim->second) +
                          " bytes, and its member has " + std::to_string(member.bytes));
      }
      const bool is_packed = member.packing != ZipMember::Packing::kStored || member.is_encrypted;
      places.try_emplace(claim->first, TorchPlace{member.data_offset, member.bytes, is_packed});
    }
    return add_torch_tensors(judged, places, structure, findings_);
  }

 private:
  Result<JudgedPickle> judge(const ZipMember& pickle) {
    const Findings::Inside inside(findings_, pickle.name);
    if (pickle.packing == ZipMember::Packing::kStored && !pickle.is_encrypted) {
      const WindowReader window(file_, pickle.data_offset, pickle.bytes);
      return follow_pickles_at(window, depth_, findings_);
    }
    const Result<Bytes> bytes = archive_.unpack(pickle, kUnpackedPickleBytesMax);
    if (!bytes) {
      findings_.add(kPytorchMalformed, "it cannot be unpacked: " + bytes.error().context);
      return tl::unexpected<Error>(bytes.error());
    }
    return follow_pickles_at(io::MemoryReader(*bytes), depth_, findings_);
  }

  Result<void> check_byte_order() {
    for (const ZipMember& member : archive_.members()) {
      if (member.name != root_ + "byteorder") continue;
      ASSIGN_OR_RETURN(const Bytes order, archive_.unpack(member, kByteOrderBytesMax));
      if (as_text(order) == "little") continue;
      return refuse(findings_, kPytorchByteOrder,
                    "its byte order is \"" + std::string(as_text(order)) + "\"");
    }
    return {};
  }

  const io::Reader& file_;
  const ZipArchive& archive_;
  std::string root_;
  int depth_;
  Findings& findings_;
};

/// The object's storages, one after another: a count of elements, then the elements.
class LegacyStorages {
 public:
  LegacyStorages(const io::Reader& file, std::uint64_t begin, std::uint64_t end, Findings& findings)
      : file_(file), at_(begin), end_(end), findings_(findings) {}

  Result<TorchPlaces> read(const JudgedPickle& object, const JudgedPickle& keys) {
    const auto claims = claimed_storages(object.values);
    if (!claims) return wrong("one storage is claimed in two sizes");
    TorchPlaces places;
    for (const Index key : keys.values.items(keys.top)) {
      const std::optional<std::string_view> name = keys.values.text(key);
      const auto claim = claims->find(std::string(name.value_or("")));
      if (claim == claims->end()) return wrong("it lists a storage that no tensor names");
      RETURN_IF_ERROR(read_one(*claim, places));
    }
    if (at_ < end_) {
      findings_.add(kPickleAfterStop,
                    std::to_string(end_ - at_) + " bytes stand behind the last storage", at_);
    }
    return places;
  }

 private:
  Result<void> read_one(const std::pair<const std::string, std::uint64_t>& claim,
                        TorchPlaces& places) {
    std::array<std::uint8_t, 8> count{};
    if (end_ - at_ < count.size()) return wrong("storage " + claim.first + " is missing");
    RETURN_IF_ERROR(io::read_exactly(file_, at_, count, "a storage's size"));
    std::uint64_t elements = 0;
    for (std::size_t i = count.size(); i > 0; --i) elements = elements << 8 | count[i - 1];
    const std::uint64_t begin = at_ + count.size();
    const bool divides = elements == 0 ? claim.second == 0 : claim.second % elements == 0;
    if (!divides || claim.second > end_ - begin ||
        (elements > 0 && claim.second / elements > kWidthMax)) {
      return wrong("storage " + claim.first + " claims " + std::to_string(elements) +
                   " elements in " + std::to_string(claim.second) + " bytes, and " +
                   std::to_string(end_ - begin) + " are left");
    }
    if (!places.try_emplace(claim.first, TorchPlace{begin, claim.second, false}).second) {
      return wrong("storage " + claim.first + " stands in it twice");
    }
    at_ = begin + claim.second;
    return {};
  }
  tl::unexpected<Error> wrong(std::string_view what) {
    return refuse(findings_, kPytorchMalformed, what, at_);
  }

  static constexpr std::uint64_t kWidthMax = 16;
  const io::Reader& file_;
  std::uint64_t at_;
  std::uint64_t end_;
  Findings& findings_;
};

Result<bool> has_legacy_magic(const io::Reader& file) {
  std::array<std::uint8_t, kLegacyMagicWithin> head{};
  ASSIGN_OR_RETURN(const std::size_t got, file.read_at(0, head));
  return as_text(ByteView(head).first(got)).find(kLegacyMagic) != std::string_view::npos;
}

/// Whether the pickles are those that torch.save wrote, as far as they can be told.
bool is_legacy(const std::vector<JudgedPickle>& pickles) {
  const JudgedPickle& protocol = pickles[1];
  const PickleValues& system = pickles[2].values;
  const std::vector<Index> facts = system.first_items(pickles[2].top, 64);
  for (std::size_t at = 0; at + 1 < facts.size(); at += 2) {
    const bool is_order = system.text(facts[at]) == "little_endian";
    if (is_order && !system.boolean(facts[at + 1])) return false;
  }
  return protocol.values.integer(protocol.top) == kLegacyProtocol &&
         system.kind(pickles[2].top) == PickleValues::Kind::kDict &&
         pickles[4].values.kind(pickles[4].top) == PickleValues::Kind::kList;
}

}  // namespace

Result<Structure> read_pytorch_zip_at(const io::Reader& file, int depth, Findings& findings) {
  ASSIGN_OR_RETURN(const ZipArchive archive, ZipArchive::open(file, findings));
  Structure structure;
  structure.kind = FileKind::kPytorchZip;
  std::set<std::string> roots;
  for (const ZipMember& member : archive.members()) {
    const std::string_view name = member.name;
    if (name != kPickleName && !name.ends_with("/data.pkl")) continue;
    const std::string root(name.substr(0, name.size() - kPickleName.size()));
    roots.insert(root);
    if (roots.size() > 1) {
      return refuse(findings, kPytorchMalformed, "it holds more than one data.pkl");
    }
    structure.tensors.clear();
    structure.tensor_bytes = 0;
    RETURN_IF_ERROR(ZipReading(file, archive, root, depth, findings).read(member, structure));
  }
  if (roots.empty()) return refuse(findings, kPytorchMalformed, "it holds no data.pkl");
  return structure;
}

Result<Structure> read_pytorch_legacy_at(const io::Reader& file, int depth, Findings& findings) {
  Structure structure;
  structure.kind = FileKind::kPickle;
  ASSIGN_OR_RETURN(const bool has_magic, has_legacy_magic(file));
  if (!has_magic) {
    RETURN_IF_ERROR(follow_pickles_at(file, depth, findings));
    return structure;
  }
  ASSIGN_OR_RETURN(const std::uint64_t bytes, file.size_bytes());
  std::vector<JudgedPickle> pickles;
  std::uint64_t at = 0;
  while (pickles.size() < kLegacyPickles) {
    PickleMachine machine(file, {at, bytes, depth}, findings);
    Result<JudgedPickle> judged = machine.run();
    if (!judged) {
      RETURN_IF_ERROR(judge_hidden_pickles(file, machine.position(), bytes, findings));
      return tl::unexpected<Error>(judged.error());
    }
    at = judged->end;
    pickles.push_back(std::move(*judged));
  }
  if (!is_legacy(pickles)) {
    findings.add(kPytorchMalformed,
                 "it begins as torch.save did before 1.6, but does not go on so");
    RETURN_IF_ERROR(judge_hidden_pickles(file, at, bytes, findings));
    return fail(ErrorCode::kMalformed, "it is no file of torch.save's");
  }
  ASSIGN_OR_RETURN(const TorchPlaces places,
                   LegacyStorages(file, at, bytes, findings).read(pickles[3], pickles[4]));
  RETURN_IF_ERROR(add_torch_tensors(pickles[3], places, structure, findings));
  return structure;
}

void judge_pytorch_bytes(const io::Reader& file, int depth, Findings& findings) {
  std::array<std::uint8_t, 4> head{};
  const Result<std::size_t> got = file.read_at(0, head);
  const bool is_zip = got && as_text(ByteView(head).first(*got)) == "PK\x03\x04";
  // What is wrong has become a finding.
  static_cast<void>(is_zip ? read_pytorch_zip_at(file, depth, findings)
                           : read_pytorch_legacy_at(file, depth, findings));
}

Result<Structure> read_pytorch_zip(const io::Reader& file, Findings& findings) {
  return read_pytorch_zip_at(file, 0, findings);
}

Result<Structure> read_pytorch_legacy(const io::Reader& file, Findings& findings) {
  return read_pytorch_legacy_at(file, 0, findings);
}

}  // namespace strongroom::model
