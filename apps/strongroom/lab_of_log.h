#ifndef STRONGROOM_STRONGROOM_LAB_OF_LOG_H_
#define STRONGROOM_STRONGROOM_LAB_OF_LOG_H_

#include <optional>
#include <string>
#include <vector>

#include "client/follower.h"
#include "registry/events.h"
#include "registry/triage/facts.h"

/// What a followed log says of the lab, with names where it has ids and commitments.
namespace strongroom::terminal {

/// Which texts are fetched beside the names of assets. The others get pseudonyms.
struct Fetched {
  bool owners = true;
  bool hosts = false;
  bool people = false;
};

/// Throwaway objects of rehearsals are left out: nothing is to be known of them.
struct LabOfLog {
  /// By name, which is unique: where several bear one name, each has the beginning of its id
  /// behind it; where the text has been erased, or is not kept here, the name is a pseudonym that
  /// stays ("erased-1a2b3c4d").
  triage::Lab lab;
  std::vector<registry::Asset> assets;  ///< lab.assets[i] is of assets[i]
  std::shared_ptr<const registry::Ground> ground;
  [[nodiscard]] std::optional<std::size_t> index_of(const AssetId& id) const;
};

/// Where the words come from.
struct Texts {
  const client::Follower& follower;
  std::string home;  ///< where names are kept
  bool is_away = false;
};

/// Of `state`: the world that is followed, or an earlier one. Levels that triage gives over it are
/// those that the log carries. Errors: those of texts.
[[nodiscard]] Result<LabOfLog> lab_of_log(const Texts& texts, const registry::State& state,
                                          const Fetched& fetched);

/// By its name, or by at least 8 digits of its id. Errors: kNotFound, kConflict.
[[nodiscard]] Result<std::size_t> find_asset(const LabOfLog& lab, const std::string& typed);

/// The texts of the people, owner and hosts of this one, besides those fetched before.
[[nodiscard]] Result<void> name_everybody(const Texts& texts, LabOfLog& lab, std::size_t asset);

}  // namespace strongroom::terminal

#endif  // STRONGROOM_STRONGROOM_LAB_OF_LOG_H_
