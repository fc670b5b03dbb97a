#!/usr/bin/env python3
"""strongroom levels and strongroom exception, through the real programs: what each level demands, what a quorum changes
about that, and what is released in spite of it."""
import copy
import json
import unittest

from lab import PASSPHRASE, STRONGROOM, Lab, run
from small_lab import SmallLab

USAGE, MALFORMED, NOT_FOUND, CONFLICT, REFUSED = 2, 10, 12, 14, 20
DEMANDS = 20  # that there are


def line_of(demand: str, level: str, table: str) -> str:
    """Of the table as it is printed."""
    _, _, row = table.partition(f"{level}: ")
    return next(line for line in row.splitlines() if f" {demand} " in line)


class InADemonstration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)

    def test_levels_are_shown_and_said_not_to_bind(self):
        out, _ = self.lab.does("dana", "levels")
        self.assertIn("The table is the one this program ships.", out)
        self.assertIn("Levels are only shown here, and nothing is held to them", out)
        self.assertFalse(self.lab.tells("dana", "levels")["binds"])

    def test_there_is_nothing_to_except(self):
        self.lab.seal("my-model")
        _, told = self.lab.does("alice", "exception", "my-model", "--demand", "attested_host", "--host", "this-machine",
                                "--reason", "a test", expect=CONFLICT)
        self.assertIn("levels are not held to here, so there is nothing to except", told)


class ASmallLab(unittest.TestCase):
    """One for each class. SL2 demands attested hosts in it, which this version cannot show, and whatever is above."""

    @classmethod
    def setUpClass(cls):
        cls.lab = SmallLab()
        cls.addClassCleanup(cls.lab.close)
        cls.shipped = cls.lab.tells("dana", "levels")["levels"]
        cls.strict = copy.deepcopy(cls.shipped)
        cls.strict[1]["attested_host"] = True

    def file(self, table, name="table.json"):
        path = self.lab.path / name
        path.write_text(table if isinstance(table, str) else json.dumps(table))
        return path

    def refused(self, code: int, *what, who="alice") -> str:
        """The one line that it says."""
        status, out, told = run(*self.lab.words(who, *what), passphrase=PASSPHRASE)
        self.assertEqual(status, code, told + out)
        self.assertEqual(out, "")
        return told.splitlines()[-1].removeprefix("strongroom: ")


class TheTable(ASmallLab):
    def test_names_every_demand_as_met_or_missing_and_counts_what_is_missing(self):
        out, _ = self.lab.does("dana", "levels")
        for line in ("SL1: nothing is missing", "SL2: nothing is missing", "SL3: 11 of its 17 demands missing",
                     "SL5: 16 of its 20 demands missing"):
            self.assertIn(line, out.splitlines())
        for level, demand, line in (
                ("SL1", "approvals", "  met      approvals                      1 approval"),
                ("SL2", "spare_custodians", "  met      spare_custodians               1 spare custodian"),
                ("SL2", "lease_hours_max", "  at open  lease_hours_max                at most 168 hours of lease"),
                ("SL3", "teams", "  met      teams                          1 group of the tree that must agree"),
                ("SL3", "verifying_witnesses", "  MISSING  verifying_witnesses            1 verifying witness, not 0"),
                ("SL3", "egress_interface_ppm_year_max", "  MISSING  egress_interface_ppm_year_max  at most 1 % of its "
                 "size a year through interfaces (this version cannot show it)"),
                ("SL4", "evidence_hours_max", "  MISSING  evidence_hours_max             at most 1 hour since a host's "
                 "evidence (this version cannot show it)"),
                ("SL4", "senl_min", "  MISSING  senl_min                       sensitivity level (SenL) 4 of every "
                 "custodian (this version cannot show it)"),
                ("SL5", "attested_host", "  MISSING  attested_host                  attested hosts (this version cannot "
                 "show it)")):
            self.assertEqual(line_of(demand, level, out), line)
        self.assertIn("A release below an object's level is refused.", out)

    def test_is_in_json_the_table_in_force_and_what_of_each_level_is_missing(self):
        told = self.lab.tells("dana", "levels")
        self.assertEqual([each["level"] for each in told["levels"]], ["SL1", "SL2", "SL3", "SL4", "SL5"])
        self.assertEqual([len(each["unmet"]) for each in told["standing"]], [0, 0, 11, 16, 16])
        self.assertIn({"demand": "recovery_holders", "words": "3 recovery holders, not 2"}, told["standing"][2]["unmet"])
        self.assertEqual((told["as_shipped"], told["binds"], told["weaker"], told["stricter"]), (True, True, [], []))

    def test_that_is_in_force_already_is_refused(self):
        self.assertIn("these levels are in force already",
                      self.refused(CONFLICT, "levels", self.file(self.shipped), "--reason", "x"))

    def test_that_cannot_be_is_refused_with_the_row_and_the_demand(self):
        def changed(row: int, **members) -> list:
            return [each if at != row else {**each, **members} for at, each in enumerate(self.shipped)]

        without = copy.deepcopy(self.shipped)
        del without[3]["approvals"]
        for table, says in ((changed(3, approvals=1), "SL4 demands less than the level below it: approvals"),
                            (changed(3, agents_never=False), "AI agents never count toward a quorum"),
                            (changed(3, luck=True), "levels, row 4: level: luck is not known here"),
                            (changed(3, approvals=300), "levels, row 4: level: approvals is 300, not within 1 and 255"),
                            (without, "levels, row 4: level: approvals is missing"),
                            (self.shipped[:4], "levels must be SL1 to SL5, in order"),
                            ("{}", "levels must be SL1 to SL5, in order"), ("hello", "not JSON"), ("", "not JSON")):
            self.assertIn(says, self.refused(MALFORMED, "levels", self.file(table), "--reason", "x"))

    def test_is_not_asked_for_without_a_reason_a_file_or_the_right(self):
        table = self.file(self.strict)
        self.assertIn("custodians decide by it", self.refused(USAGE, "levels", table))
        self.assertIn("goes with a FILE", self.refused(USAGE, "levels", "--reason", "x"))
        self.assertIn("give one", self.refused(USAGE, "levels", table, table, "--reason", "x"))
        self.assertIn("No such file", self.refused(NOT_FOUND, "levels", self.lab.path / "none.json", "--reason", "x"))
        self.assertIn("is not custodian or officer", self.refused(REFUSED, "levels", table, "--reason", "x", who="dana"))


class ATable(ASmallLab):
    """In the order of their names: each goes on from the last."""

    def asked(self, table) -> tuple[str, str]:
        out, _ = self.lab.does("alice", "levels", self.file(table), "--reason", "our own table")
        return out, self.lab.tells("alice", "changes")["changes"][-1]["change"]

    def test_1_that_demands_more_is_shown_as_stricter_and_takes_a_quorum(self):
        out, change = self.asked(self.strict)
        for line in ("stricter   SL2: attested_host yes in place of no", "opens nothing that could not be opened before",
                     'why        "our own table"', "missing    2 more approvals", "strongroom approve " + change[:13]):
            self.assertIn(line, out)
        self.lab.approves("bob", change)
        self.assertTrue(self.lab.tells("dana", "levels")["as_shipped"], "one vote put a table in force")
        self.lab.approves("carol", change)
        told = self.lab.tells("dana", "levels")
        self.assertEqual(told["levels"], self.strict)
        self.assertEqual((told["stricter"], told["weaker"]), (["SL2: attested_host yes in place of no"], []))
        out, _ = self.lab.does("dana", "levels")
        self.assertIn("The table is this strongroom's own. Against the one this program ships:\n"
                      "  stricter SL2: attested_host yes in place of no\n", out)

    def test_2_that_demands_less_is_shown_as_weaker_and_loosening_to_each_who_votes(self):
        lax = copy.deepcopy(self.strict)
        lax[1]["lease_hours_max"] = 500
        out, change = self.asked(lax)
        for text in (out, self.lab.approves("bob", change)):
            self.assertIn("WEAKER     SL2: lease_hours_max 500 in place of 168", text)
            self.assertIn("LOOSENS: this lets something open that could not before", text)
        self.assertEqual(self.lab.tells("dana", "levels")["levels"], self.strict, "one vote weakened the table")
        self.lab.approves("carol", change)
        told = self.lab.tells("dana", "levels")
        self.assertEqual(told["levels"], lax)
        self.assertEqual(told["weaker"], ["SL2: lease_hours_max 500 in place of 168"])

    def test_3_is_read_back_as_it_was_printed(self):
        printed = self.lab.tells("dana", "levels")
        self.assertIn("in force already", self.refused(CONFLICT, "levels", self.file(printed), "--reason", "x"))

    def test_4_that_demands_less_waits_for_witnesses_where_something_unassessed_is_sealed(self):
        self.lab.seal("untriaged")
        said = self.refused(REFUSED, "levels", self.file(self.shipped), "--reason", "x")
        self.assertIn("24 hours seen by", said)
        self.assertIn("the genesis of this strongroom names 0", said)


class AnException(ASmallLab):
    """In the order of their names: each goes on from the last."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab.state("toy")
        cls.lab.made("level", "toy", "SL2", "--days", "30")
        path = cls.lab.path / "strict.json"
        path.write_text(json.dumps(cls.strict))
        cls.lab.made("levels", path)
        cls.lab.seal("toy")
        cls.mount = cls.lab.path / "mount"
        cls.mount.mkdir()

    def except_from(self, demand: str, *more) -> list:
        return ["exception", "toy", "--demand", demand, "--host", "gpu-1", "--reason", "attestation is being installed",
                *more]

    def opening(self) -> list:
        return ["open", "toy", "--for", "an eval", "--agent", self.lab.socket, "--mount", self.mount, "--no-wait"]

    def not_released(self) -> str:
        return self.refused(REFUSED, *self.opening(), who="dana")

    def wrong(self) -> list[str]:
        out, _ = self.lab.does("dana", "status")
        return [line.strip() for line in out.splitlines() if line.startswith("  toy is ")]

    def test_1_is_what_a_release_below_its_level_is_told_to_ask_for(self):
        self.assertEqual(self.not_released(),
                         "its level is SL2, and a release at that level demands what is missing here: attested hosts "
                         "(this version cannot show it). Give it that (strongroom levels lists it), or, where one may "
                         "be made, ask for an exception: strongroom exception")
        self.assertEqual(self.wrong(), ["toy is not released: its level SL2 demands attested hosts (this version cannot "
                                        "show it)"])

    def test_2_is_refused_of_what_nobody_may_be_excepted_from(self):
        for demand, says in (("approvals", "who must agree is not excepted from: put a policy in force that meets it"),
                             ("spare_custodians", "who must agree is not excepted from"),
                             ("teams", "who must agree is not excepted from"),
                             ("keeper_apart", "the site's secret is not excepted from"),
                             ("recovery_holders", "the site's secret is not excepted from"),
                             ("witnesses", "the log and its witnesses are not excepted from"),
                             ("verifying_witnesses", "the log and its witnesses are not excepted from"),
                             ("change_buffer_hours", "the log and its witnesses are not excepted from"),
                             ("agents_never", "no exception lets an AI agent count toward a quorum")):
            self.assertIn(says, self.refused(REFUSED, *self.except_from(demand)))

    def test_2_is_refused_with_what_to_do(self):
        attested = self.except_from("attested_host")
        for code, says, what in (
                (CONFLICT, "SL2 does not demand exec_allowlist here, or it is met: nothing to except; strongroom levels "
                 "shows what is missing", self.except_from("exec_allowlist")),
                (USAGE, "luck not in {approvals,", self.except_from("luck")),
                (NOT_FOUND, "there is no host gpu-2: did you mean gpu-1? strongroom host list tells who there is",
                 [*attested, "--host", "gpu-2"]),
                (NOT_FOUND, "nothing sealed is called tox; strongroom status lists what there is",
                 ["exception", "tox", *attested[2:]]),
                (USAGE, "--days: from 1 to 30; an exception is asked for anew after that", [*attested, "--days", 31]),
                (USAGE, "--days: from 1 to 30", [*attested, "--days", 0]),
                (USAGE, "--reason is required", attested[:6]),
                (USAGE, "custodians decide by it", [*attested[:6], "--reason", ""])):
            self.assertIn(says, self.refused(code, *what))
        self.assertIn("is not custodian or officer", self.refused(REFUSED, *attested, who="dana"))

    def test_3_asked_for_or_voted_by_one_releases_nothing(self):
        out, _ = self.lab.does("alice", *self.except_from("attested_host"))
        for line in ("except one object from attested_host", "object     toy (", "host       gpu-1 (",
                     "without    attested_host: SL2 demands attested hosts", "2 people must agree",
                     "LOOSENS", "missing    2 more approvals"):
            self.assertIn(line, out)
        self.not_released()
        change = self.lab.tells("alice", "changes")["changes"][-1]["change"]
        self.assertIn("Approved: 1 more approval is missing", self.lab.approves("bob", change))
        self.not_released()
        self.assertIn("the change is made", self.lab.approves("carol", change))

    def test_4_of_a_quorum_releases_what_was_refused_and_stands_where_people_look(self):
        said, = self.wrong()
        self.assertTrue(said.startswith("toy is released only where it is excepted: its level SL2 demands"), said)
        out, _ = self.lab.does("dana", "status")
        self.assertIn("EXCEPTED from attested_host on 1 host until ", out)
        proposal = self.lab.tells("dana", *self.opening())["proposal"]
        self.assertIn("attested_host", self.lab.approves("alice", proposal))  # who votes on the release is told
        self.lab.approves("bob", proposal)
        self.lab.does("dana", "open", "--proposal", proposal, "--agent", self.lab.socket)
        self.assertEqual(sorted(path.name for path in self.mount.iterdir()), ["config.json", "model.safetensors"])
        self.lab.does("dana", "close", proposal, "--agent", self.lab.socket)

    def test_5_renewed_takes_one_person_more_and_says_who_could_propose_it(self):
        self.assertIn("it takes 3 approvals, one more each time it is renewed, and the policy in force has 2 people who "
                      "can give one beside its proposer: let somebody else propose it",
                      self.refused(REFUSED, *self.except_from("attested_host")))

    def test_6_is_no_way_around_a_longer_lease_than_it_lasts(self):
        # A week of exception, of which some is over: a lease of 168 hours would outlast it.
        said = self.refused(REFUSED, *self.opening(), "--hours", "168", who="dana")
        self.assertIn("excepted, but not until the lease would end", said)

    def test_7_ends_with_a_stricter_level(self):
        self.lab.made("level", "toy", "SL3", "--days", "30")
        said = self.not_released()
        self.assertIn("its level is SL3", said)
        self.assertIn("attested hosts (this version cannot show it)", said)
        out, _ = self.lab.does("dana", "status")
        self.assertNotIn("EXCEPTED", out)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
