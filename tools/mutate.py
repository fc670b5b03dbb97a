#!/usr/bin/env python3
"""Breaks one rule at a time and wants a test to notice.

    tools/mutate.py [--list] [NAME…]     all of them unless named

Each mutant below is a small change of the source, as somebody might make it by mistake. It is applied, the tests named
beside it are built (preset asan) and run, and it is put back. A mutant that no test notices has *survived*: the tests
have a hole. It works in a copy of the tree, so that nothing here is touched. docs/mutants.md says what was found.
"""
import argparse
import dataclasses
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPY = ROOT / "build/mutants"
BUILD_SECONDS = 3600
RUN_SECONDS = 900


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str      # what is wrong in it
    path: str
    old: str       # stands exactly once in the file
    new: str
    tests: tuple[str, ...]  # "binary" or "binary:filter", as --gtest_filter takes it


RULES = ("vault_test", "judge_test")
REKEY = ("judge_test:ARekey*:AnUnderSealed*",)
MUTANTS = [
    Mutant("votes-under-a-freeze", "src/vault/rules.cc", "if (frozen) {", "if (false && frozen) {", RULES),
    Mutant("votes-after-a-recall", "src/vault/rules.cc", "if (proposal->recalled)", "if (false && proposal->recalled)", RULES),
    Mutant("replayed-vote", "src/vault/rules.cc", "each.stamp.index >= vote.checkpoint.size",
           "each.stamp.index > vote.checkpoint.size", RULES),
    Mutant("one-redemption-too-many", "src/vault/rules.cc", "redemption.n > facts.proposal->request.redemptions",
           "redemption.n > facts.proposal->request.redemptions + 1", RULES),
    Mutant("redemption-out-of-turn", "src/vault/rules.cc", "redemption.n != done + 1", "redemption.n > done + 1", RULES),
    Mutant("redeemed-without-a-grant", "src/vault/rules.cc", "if (!facts.proposal->granted)\n    return fail(ErrorCode::kNotYet",
           "if (false)\n    return fail(ErrorCode::kNotYet", RULES),
    Mutant("grant-without-its-quorum", "src/vault/rules.cc", "if (!decision.satisfied) {\n    return fail", "if (false) {\n    return fail",
           RULES),
    Mutant("policy-in-force-forgotten", "src/vault/rules.cc", "policies{&*facts.object_policy,", "policies{&*facts.object_policy, &*facts.object_policy}; [[maybe_unused]] const std::array<const protocol::Policy*, 2> unused{&*facts.object_policy,",
           RULES),
    Mutant("one-person-twice", "src/quorum/quorum.cc", "if (!reason && replaced)", "if (false && replaced)", ("quorum_test",)),
    Mutant("ai-agent-counts", "src/quorum/quorum.cc", "if (ballot.kind != protocol::PersonKind::kHuman)", "if (false)", ("quorum_test",)),
    Mutant("lapsed-clearance-counts", "src/quorum/quorum.cc", "!ballot.cleared_at_vote || !ballot.cleared_now", "!ballot.cleared_at_vote",
           ("quorum_test",)),
    Mutant("former-custodian-counts", "src/quorum/quorum.cc", "!ballot.custodian_at_vote || !ballot.custodian_now",
           "!ballot.custodian_at_vote", ("quorum_test",)),
    Mutant("expired-ballot-counts", "src/quorum/quorum.cc", "if (ballot.valid_until <= question.now)",
           "if (ballot.valid_until < question.now)", ("quorum_test",)),
    Mutant("refusal-counts", "src/quorum/quorum.cc", "if (ballot.decision != protocol::VoteDecision::kApprove)", "if (false)",
           ("quorum_test",)),
    Mutant("ballot-for-another-proposal", "src/quorum/quorum.cc", "if (ballot.proposal != question.proposal)", "if (false)",
           ("quorum_test",)),
    Mutant("no-policy-is-satisfied", "src/quorum/quorum.cc", "!policies.empty() && !decision.counted.empty() && decision.approvals_missing == 0",
           "decision.approvals_missing == 0", ("quorum_test",)),
    Mutant("one-approval-fewer", "src/quorum/quorum.cc", "i < static_cast<std::size_t>(node.threshold)",
           "i + 1 < static_cast<std::size_t>(node.threshold)", ("quorum_test",)),
    Mutant("old-keys-go-on", "src/vault/rules.cc", "return record_stands(proposal.request, *object, founding);",
           "return founding.mode == Mode::kSolo ? record_stands(proposal.request, *object, founding) : Result<void>();", REKEY),
    Mutant("lease-of-keys-that-wait", "src/vault/rules_rekey.cc", "if (!waits) return {};", "return {};", REKEY),
    Mutant("rekey-by-any-release", "src/vault/rules_rekey.cc", "if (request.act != ReleaseAct::kRekey) {", "if (false) {", REKEY),
    Mutant("rekey-to-any-epoch", "src/vault/rules_rekey.cc", "if (keys.epoch != object.next_epoch()) {", "if (false) {", REKEY),
    Mutant("rekey-weakens-the-suite", "src/vault/rules_rekey.cc", "if (protocol::weakens_wrap_suite(",
           "if (false && protocol::weakens_wrap_suite(", REKEY),
    Mutant("rekey-under-a-freeze", "src/vault/rules_rekey.cc", "if (facts.frozen)", "if (false)", REKEY),
    Mutant("rekey-unlike-what-was-asked", "src/vault/rules_rekey.cc", "asked != *request.new_keys ||", "(false && asked != *request.new_keys) ||", REKEY),
    Mutant("new-keys-without-a-rehearsal", "src/vault/events_object.h", "return rehearsed && confirmed.size() >= wanted;",
           "return confirmed.size() >= wanted;", REKEY),
    Mutant("confirmation-of-any-epoch", "src/vault/events_object.cc", "each.confirmation.epoch == record.epoch;", "true;", REKEY),
    Mutant("new-keys-in-force-under-a-freeze", "src/vault/rules_confirmation.cc", "if (frozen && object.pending", "if (frozen && false && object.pending",
           REKEY),
]


def copy_tree() -> None:
    """Of what git knows or would take; the build folder in it stays, so that only what changed is built."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, check=True,
                            stdout=subprocess.PIPE).stdout.decode().split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for path in COPY.rglob("*"):
        name = path.relative_to(COPY).as_posix()
        if path.is_file() and not name.startswith("build/") and name not in wanted:
            path.unlink()
    for name in wanted:
        target = COPY / name
        if target.is_file() and target.read_bytes() == (ROOT / name).read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)


def said(command: list[str], seconds: float) -> tuple[int, str]:
    try:
        done = subprocess.run(command, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=seconds, check=False)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return 124, "it took too long"


def build(binaries: list[str]) -> tuple[bool, str]:
    code, output = said(["tools/build.sh", "asan", *binaries], BUILD_SECONDS)
    return code == 0, output


def noticed(mutant: Mutant) -> tuple[bool, str]:
    """By a test that fails, or by one that ends badly. A mutant that does not compile is a mistake in the table."""
    good, output = build(sorted({test.split(":")[0] for test in mutant.tests}))
    if not good:
        return False, "does not compile:\n" + output[-2000:]
    for test in mutant.tests:
        binary, _, chosen = test.partition(":")
        command = [f"build/asan/tests/{binary}", "--gtest_brief=1", *([f"--gtest_filter={chosen}"] if chosen else [])]
        code, output = said(command, RUN_SECONDS)
        if code != 0:
            failed = [line.split("]")[1].split("(")[0].strip() for line in output.splitlines() if "[  FAILED  ]" in line]
            return True, failed[0] if failed else f"{binary} ended with {code}"
    return False, "survived"


def try_one(mutant: Mutant) -> tuple[bool, str]:
    path = COPY / mutant.path
    text = path.read_text()
    if text.count(mutant.old) != 1:
        return False, f"{mutant.path} does not hold once: {mutant.old!r}: mend the table"
    try:
        path.write_text(text.replace(mutant.old, mutant.new))
        return noticed(mutant)
    finally:
        path.write_text(text)


def run(chosen: list[Mutant]) -> list[tuple[Mutant, bool, str]]:
    COPY.mkdir(parents=True, exist_ok=True)
    copy_tree()
    results = []
    for mutant in chosen:
        good, why = try_one(mutant)
        print(f"{'noticed ' if good else 'NOT     '} {mutant.name}: {why}", flush=True)
        results.append((mutant, good, why))
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description="Breaks one rule at a time and wants a test to notice.")
    parser.add_argument("--list", action="store_true", help="names only")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - {mutant.name for mutant in MUTANTS})
    if unknown:
        parser.error(f"no mutant is called {', '.join(unknown)}")
    chosen = [mutant for mutant in MUTANTS if not options.names or mutant.name in options.names]
    if options.list:
        print("\n".join(mutant.name for mutant in chosen))
        return 0
    results = run(chosen)
    lost = [mutant.name for mutant, good, _ in results if not good]
    print(f"{len(results) - len(lost)} of {len(results)} noticed" + (f"; not: {', '.join(lost)}" if lost else ""))
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
