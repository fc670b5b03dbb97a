#ifndef STRONGROOM_MODEL_FINDING_H_
#define STRONGROOM_MODEL_FINDING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strongroom::model {

/// What a scan says of a file, ascending: the worst of its findings is its verdict.
enum class Verdict {
  kClean,       ///< read to its end, and nothing was found
  kSuspicious,  ///< a person should look before it is loaded
  kUnreadable,  ///< not read to its end (encrypted, damaged, too large): nothing is known of the
                ///< rest
  kHostile,     ///< made to do what a model file has no business doing
};
/// "clean", …: stable, for JSON.
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// Why a finding matters, once for all findings of its kind. Every rule stands in a table of its
/// area (…_rules.h) and has its section in docs/scan.md.
struct Rule {
  std::string_view id;     ///< "pickle-global-not-allowed": stable, lower case
  Verdict verdict;         ///< never kClean
  std::string_view title;  ///< a clause: "A pickle asks for a global that is not on the list"
  std::string_view why;    ///< one or two sentences: what can happen
  std::string_view to_do;  ///< one sentence, an imperative
};

/// One thing found.
struct Finding {
  const Rule* rule;                     ///< never null; static
  std::string member;                   ///< "" is the file itself; "inner.zip!archive/data.pkl"
  std::optional<std::uint64_t> offset;  ///< in that member, in bytes
  std::string what;                     ///< one sentence with the particulars; printable
};

/// What was found in one file. At most kFindingsMax are kept, the worst among them always; the rest
/// are counted. Not thread-safe.
class Findings {
 public:
  static constexpr std::size_t kFindingsMax = 200;

  /// `what` may hold outside input: it passes printable() and is cut at 1,000 bytes. The same
  /// finding twice, in the same member at the same offset, is one.
  void add(const Rule& rule, std::string_view what,
           std::optional<std::uint64_t> offset = std::nullopt);
  /// What `rule` found has been explained by something that was seen since: it is taken back, and
  /// the verdict with it, unless findings had to be left out.
  void withdraw(const Rule& rule);
  /// What is added while it lives lies in member `name` of what was current before.
  class Inside {
   public:
    Inside(Findings& findings, std::string_view name);
    ~Inside();
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    Findings& findings_;
    std::size_t length_;
  };

  [[nodiscard]] Verdict verdict() const { return verdict_; }
  [[nodiscard]] const std::vector<Finding>& all() const { return kept_; }
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
  /// The member that is being read now.
  [[nodiscard]] const std::string& member() const { return member_; }

 private:
  std::vector<Finding> kept_;
  std::uint64_t left_out_ = 0;
  Verdict verdict_ = Verdict::kClean;
  std::string member_;
};

}  // namespace strongroom::model

#endif  // STRONGROOM_MODEL_FINDING_H_
