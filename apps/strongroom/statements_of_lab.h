#ifndef STRONGROOM_STRONGROOM_STATEMENTS_OF_LAB_H_
#define STRONGROOM_STRONGROOM_STATEMENTS_OF_LAB_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/follower.h"
#include "format/json.h"
#include "protocol/command.h"

/// From facts with names, as people write them (docs/triage.md), to facts as the log takes them:
/// assets by id, people and places as commitments, words of few characters.
namespace strongroom::terminal {

/// Who and what is called how in one strongroom: the same name gets the same commitment again, for
/// as long as its text has not been erased.
class Commitments {
 public:
  /// Of every owner, person and place in the facts that the log holds. Errors: those of
  /// Follower::texts.
  [[nodiscard]] static Result<Commitments> of_log(const client::Follower& follower);

  /// `field`: "owner", "people", "hosts". In hexadecimal; a new name gets a fresh salt. Errors:
  /// kMalformed, kTooLarge (the text).
  [[nodiscard]] Result<std::string> commitment(const std::string& field, const std::string& text);
  /// Empty: not of this log, or erased.
  [[nodiscard]] std::optional<std::string> text(const std::string& field,
                                                const std::string& commitment) const;
  /// The texts that go beside a statement of these facts: those that are new since the last call
  /// that gave them.
  [[nodiscard]] std::vector<protocol::Text> take_new(const format::Json& facts);

 private:
  std::map<std::pair<std::string, std::string>, std::string> commitments_;  // field, text
  std::map<std::pair<std::string, std::string>, std::string> texts_;        // field, commitment
  std::map<std::string, protocol::Text> new_;                               // by commitment
};

/// As the log takes a method, an evaluation's id and the like: [A-Za-z0-9._-]{1,64}. What fits
/// stays; of the rest each run of other characters becomes one hyphen, none at the ends; what is
/// then empty or too long ends with 8 digits of the SHA-256 of what it was.
[[nodiscard]] std::string word_of(std::string_view text);

/// The id of an asset by the name that people gave it. Errors: kNotFound.
using AssetNamed = std::function<Result<AssetId>(const std::string&)>;

/// Members of an asset's facts (all, or some: those that are there), but for its name, which
/// becomes `id`. Errors: kMalformed (two words become one), those of `named` and `commitments`.
[[nodiscard]] Result<format::Json> log_form(const format::Json& facts, const AssetId& id,
                                            Commitments& commitments, const AssetNamed& named);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_STATEMENTS_OF_LAB_H_
