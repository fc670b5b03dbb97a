#include <fmt/format.h>

#include <charconv>

#include "base/limits.h"
#include "changes.h"
#include "roll.h"
#include "verbs.h"

/// Who must agree, as people write it: "2 of alice, bob, carol", "2 of (alice, 1 of (bob, carol))".
namespace strongroom::terminal {

using protocol::PolicyNode;

namespace {

constexpr std::size_t kWordsMax = 4 * limits::kPolicyPersonsMax;

struct PolicyOptions {
  std::string what;
  std::vector<std::string> words;
  std::string reason;
};

// "(", ")", "," and what stands between them and blanks.
std::vector<std::string> words_in(const std::vector<std::string>& typed) {
  std::vector<std::string> words;
  for (const std::string& piece : typed) {
    bool begins = true;
    for (const char c : piece) {
      const bool is_mark = c == '(' || c == ')' || c == ',';
      if (is_mark) words.emplace_back(1, c);
      if (!is_mark && c != ' ' && begins) words.emplace_back();
      begins = is_mark || c == ' ';
      if (!begins) words.back() += c;
    }
  }
  return words;
}

/// tree = person | number "of" ( "(" trees ")" | trees ), the latter at the top only.
class PolicyParser {
 public:
  PolicyParser(const client::Follower& follower, const std::vector<std::string>& typed)
      : follower_(follower), words_(words_in(typed)) {}

  Result<protocol::Policy> parse() {
    if (words_.size() > kWordsMax) return fail(ErrorCode::kTooLarge, "a policy of too many words");
    ASSIGN_OR_RETURN(PolicyNode root, tree(0));
    if (at_ != words_.size()) return not_expected();
    return protocol::Policy::checked(std::move(root));
  }

 private:
  [[nodiscard]] std::string word(std::size_t ahead = 0) const {
    return at_ + ahead < words_.size() ? words_[at_ + ahead] : "";
  }
  [[nodiscard]] bool take(std::string_view expected) {
    if (word() != expected) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] tl::unexpected<Error> not_expected() const {
    return fail(ErrorCode::kUsage,
                fmt::format("a policy reads like \"2 of alice, bob, carol\" or \"2 of (alice, 1 of "
                            "(bob, carol))\": {} is out of place",
                            word().empty() ? "its end" : printable(word())));
  }

  Result<PolicyNode> tree(std::size_t depth) {
    if (depth > limits::kPolicyDepthMax)
      return fail(ErrorCode::kTooLarge, "a policy nested too deeply");
    if (word(1) != "of") {
      const std::string name = word();
      if (name.empty() || name == "(" || name == ")" || name == ",") return not_expected();
      ++at_;
      ASSIGN_OR_RETURN(const protocol::Member member, find_member(follower_, name));
      return PolicyNode{.person = member.person, .threshold = 0, .of = {}};
    }
    const std::string number = word();
    PolicyNode node;
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), node.threshold);
    if (error != std::errc() || end != number.data() + number.size()) return not_expected();
    at_ += 2;
    const bool in_brackets = take("(");
    if (!in_brackets && depth > 0) return not_expected();
    do {
      ASSIGN_OR_RETURN(PolicyNode child, tree(depth + 1));
      node.of.push_back(std::move(child));
    } while (take(","));
    if (in_brackets && !take(")")) return not_expected();
    return node;
  }

  const client::Follower& follower_;
  const std::vector<std::string> words_;
  std::size_t at_ = 0;
};

Result<int> show(const Common& common) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(const auto founding, session->follower().world().rooms().vault.founding());
  if (!founding) return fail(ErrorCode::kNotYet, "nothing is founded there yet");
  ASSIGN_OR_RETURN(const std::string words,
                   custodian::policy_in_words(session->follower(), founding->policy.root()));
  say(common, words);
  tell(common, {{"policy", words},
                {"tree", founding->policy.to_json()},
                {"approvals_min", static_cast<std::int64_t>(founding->policy.approvals_min())},
                {"persons", static_cast<std::int64_t>(founding->policy.persons().size())}});
  return 0;
}

Result<int> policy(const Common& common, const PolicyOptions& options) {
  const bool shows = options.what == "show";
  if (shows != options.words.empty()) {
    return fail(ErrorCode::kUsage,
                "it is: strongroom policy show; policy set \"2 of alice, bob, carol\"");
  }
  if (shows) return show(common);
  ASSIGN_OR_RETURN(const std::unique_ptr<Session> session, Session::open(common));
  ASSIGN_OR_RETURN(protocol::Policy wanted,
                   PolicyParser(session->follower(), options.words).parse());
  return propose_change(
      common, *session,
      {.subject = protocol::SetPolicy{std::move(wanted)}, .reason = options.reason, .texts = {}});
}

}  // namespace

Verb policy_verb() {
  const auto typed = std::make_shared<PolicyOptions>();
  return {.name = "policy",
          .group = Group::kDeciding,
          .summary = "Tell who must agree to a release, or ask the custodians to change it",
          .more =
              "A policy is a number of people, or of groups of people in brackets. The one in "
              "force decides whether the new one stands, without whoever asks. It must leave "
              "somebody to spare, and name cleared custodians only. What is sealed already also "
              "asks for the policy that it was sealed under.",
          .options = {{.spelled = "what",
                       .about = "What to do",
                       .into = &typed->what,
                       .required = true,
                       .completes = Completes::kChoice,
                       .choices = {"show", "set"}},
                      {.spelled = "policy",
                       .about = "set: like \"2 of alice, bob, carol\"",
                       .into = &typed->words},
                      {.spelled = "--reason",
                       .value = "TEXT",
                       .about = "Why; custodians read it; kept beside the log, erasable",
                       .into = &typed->reason}},
          .examples = {{"strongroom policy show", "for example: 2 of (alice, bob, carol)"},
                       {"strongroom policy set \"2 of (alice, bob, 1 of (carol, erin))\" --reason "
                        "\"erin has joined\"",
                        "shows what is asked; custodians approve or refuse it"}},
          .run = [typed](const Common& common) { return policy(common, *typed); }};
}

}  // namespace strongroom::terminal
