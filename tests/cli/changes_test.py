#!/usr/bin/env python3
"""What a quorum changes, through the real programs: asked for, one vote is not enough, the quorum makes it so."""
import json
import pathlib
import unittest

from lab import BINARIES, PASSPHRASE, STRONGROOM, Lab, run

USAGE, NOT_FOUND, CONFLICT, REFUSED, NOT_AUTHENTIC = 2, 12, 14, 20, 21


class ALab(unittest.TestCase):
    """One for each class: alice, bob and carol are custodians, two of whom release; dana seals and asks."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.id = json.loads((cls.lab.home("dana") / "config.json").read_text())["strongroom"]
        cls.url = json.loads((cls.lab.path / "lab/server/server.json").read_text())["url"]

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def asked(self, who: str, *what) -> str:
        return self.lab.tells(who, *what, "--reason", "a test")["change"]

    def approved(self, who: str, change: str) -> bool:
        return self.lab.tells(who, "approve", change, "--yes")["made"]

    def made(self, *what, asks="alice") -> None:
        """By bob and carol, of whom neither is enough alone; who asks does not count."""
        change = self.asked(asks, *what)
        self.assertFalse(self.approved("bob", change))
        self.assertTrue(self.approved("carol", change))

    def persons(self) -> dict:
        return {each["name"]: each for each in self.lab.tells("dana", "person", "list")["persons"]}

    def refused(self, code: int, *what, who="alice") -> str:
        return self.lab.does(who, *what, expect=code)[1]

    def newcomer(self, name: str, *more) -> pathlib.Path:
        """With a key of their own; gives the file that introduces them."""
        file = self.lab.path / f"{name}.introduction"
        status, _, told = run("key", "new", "--home", self.lab.home(name), "--name", name.split("+")[0], "--strongroom",
                              self.id, "--out", file, *more, passphrase=PASSPHRASE)
        self.assertEqual(status, 0, told)
        return file

    def joins(self, name: str) -> None:
        self.lab.does(name, "join", "--id", self.id, "--server", self.url, "--store",
                      json.loads((self.lab.home("dana") / "config.json").read_text())["store"])


class Freezing(ALab):
    def test_alone_is_possible_again_once_a_quorum_gave_the_right_back(self):
        self.lab.seal("my-model")
        self.lab.does("alice", "freeze", "my-model", "--reason", "a mistake")
        self.made("unfreeze", "my-model")
        self.assertFalse(self.persons()["alice"]["freezes_alone"])
        self.assertTrue(self.lab.tells("alice", "freeze", "my-model", "--reason", "x")["half"])

        self.made("person", "restore-freeze", "alice")

        self.assertTrue(self.persons()["alice"]["freezes_alone"])
        self.assertFalse(self.lab.tells("alice", "freeze", "my-model", "--reason", "x")["half"])

    def test_alone_is_not_given_back_to_who_has_it(self):
        self.refused(CONFLICT, "person", "restore-freeze", "bob")


class AFurtherKey(ALab):
    def test_counts_as_the_same_person_and_its_predecessor_stops_counting(self):
        alice = self.persons()["alice"]
        file = self.newcomer("alice+2", "--person", alice["person"])
        self.made("person", "add-key", "alice", file)
        self.joins("alice+2")
        both = self.persons()["alice"]["keys"]
        self.assertEqual(both[0], alice["keys"][0])
        self.assertEqual(len(both), 2)

        # One person, two keys: one vote.
        self.made("enrol", self.newcomer("olga"), "--roles", "officer")
        self.joins("olga")
        waiting = self.asked("olga", "host", "retire", self.lab.tells("dana", "host", "list")["hosts"][0]["name"])
        self.assertFalse(self.approved("alice", waiting))
        self.assertFalse(self.approved("alice+2", waiting))
        # A vote of a key that is retired no longer counts, and the key decides nothing more.
        self.made("person", "retire-key", "alice", both[1][:12])
        self.refused(NOT_AUTHENTIC, "approve", waiting, "--yes", who="alice+2")
        self.assertFalse(self.approved("bob", waiting))
        self.assertTrue(self.approved("carol", waiting))
        self.assertEqual(self.persons()["alice"]["keys"], [both[0]])

    def test_that_does_not_claim_to_be_the_persons_is_refused(self):
        stranger = self.newcomer("mallory")
        self.assertIn("--person", self.refused(REFUSED, "person", "add-key", "bob", stranger))

    def test_made_for_one_person_is_not_added_to_another(self):
        carols = self.newcomer("carol+2", "--person", self.persons()["carol"]["person"])
        self.refused(REFUSED, "person", "add-key", "bob", carols)

    def test_is_not_the_last_one_that_goes(self):
        key = self.persons()["bob"]["keys"][0]
        self.assertIn("last key", self.refused(REFUSED, "person", "retire-key", "bob", key))

    def test_that_nobody_holds_is_named_with_those_that_they_do(self):
        self.assertIn(self.persons()["bob"]["keys"][0],
                      self.refused(NOT_FOUND, "person", "retire-key", "bob", "00000000"))


class Somebody(ALab):
    def test_who_is_retired_can_do_nothing_more(self):
        self.made("person", "retire", "dana")
        self.refused(NOT_AUTHENTIC, "status", who="dana")
        names = [each["name"] for each in self.lab.tells("alice", "person", "list")["persons"]]
        self.assertNotIn("dana", names)

    def test_whom_the_policy_needs_is_not_retired(self):
        said = self.refused(REFUSED, "person", "retire", "carol", who="alice")
        self.assertIn("first put a policy in force", said)

    def test_of_a_mistyped_name_is_told_with_the_nearest(self):
        self.assertIn("did you mean carol?", self.refused(NOT_FOUND, "person", "retire", "carrol", who="alice"))

    def test_is_named_for_what_needs_a_name_and_not_for_what_does_not(self):
        self.refused(USAGE, "person", "retire", who="alice")
        self.refused(USAGE, "person", "list", "alice")


class ANewcomer(ALab):
    def test_is_enrolled_by_a_quorum_and_counts_once_a_policy_names_them(self):
        file = self.newcomer("erin")
        self.made("enroll", file, "--roles", "custodian,depositor")
        self.joins("erin")
        self.assertIn("erin", self.persons())
        change = self.asked("alice", "policy", "set", "2 of alice, bob, erin")
        self.refused(REFUSED, "approve", change, "--yes", who="erin")  # not in the policy in force
        self.assertFalse(self.approved("bob", change))
        self.assertTrue(self.approved("carol", change))

        # From here on carol, who is left out, does not count, and erin does.
        change = self.asked("alice", "policy", "set", "2 of (alice, bob, carol, erin)")
        self.refused(REFUSED, "approve", change, "--yes", who="carol")
        self.assertFalse(self.approved("erin", change))
        self.assertTrue(self.approved("bob", change))
        # And a release of what is sealed under it counts the newcomer's leaf.
        self.lab.seal("my-model")
        proposal = self.lab.ask("my-model")
        self.assertFalse(self.lab.tells("erin", "approve", proposal, "--yes")["granted"])
        self.assertTrue(self.lab.tells("carol", "approve", proposal, "--yes")["granted"])

    def test_is_not_enrolled_by_one(self):
        change = self.asked("alice", "enrol", self.newcomer("frank"), "--roles", "requester")
        self.assertFalse(self.approved("bob", change))
        status, _, told = run("join", "--demonstration", "--home", self.lab.home("frank"), "--id", self.id, "--server",
                              self.url, passphrase=PASSPHRASE)
        self.assertEqual(status, NOT_AUTHENTIC, told)
        self.assertNotIn("frank", self.persons())


class APolicy(ALab):
    def test_is_shown_as_it_is_typed(self):
        shown = self.lab.tells("dana", "policy", "show")["policy"]
        self.assertEqual(shown, "2 of (alice, bob, carol)")
        self.refused(CONFLICT, "policy", "set", shown)  # in force already

    def test_that_leaves_nobody_to_spare_is_refused(self):
        self.assertIn("somebody to spare", self.refused(REFUSED, "policy", "set", "3 of alice, bob, carol"))
        self.assertIn("somebody to spare", self.refused(REFUSED, "policy", "set", "2 of alice, bob"))

    def test_that_names_no_custodian_is_refused(self):
        self.refused(REFUSED, "policy", "set", "2 of alice, bob, dana")

    def test_with_a_mistyped_name_is_told_with_the_nearest(self):
        self.assertIn("did you mean alice?", self.refused(NOT_FOUND, "policy", "set", "2 of alise, bob, carol"))

    def test_that_is_not_well_formed_is_told_where(self):
        for words in ("2 of (alice, bob", "of alice", "2 of alice bob", "2 of alice, 1 of bob, carol", "x of alice, bob",
                      "2 of (alice, bob, carol) carol", "2 of ,", "99999999999999999999 of alice, bob",
                      "1 of (" * 40 + "alice" + ")" * 40):
            self.assertRegex(self.refused_any("policy", "set", words), "a policy |no person of|threshold")

    def refused_any(self, *what) -> str:
        status, _, told = run(*self.lab.words("alice", *what), passphrase=PASSPHRASE)
        self.assertIn(status, (USAGE, NOT_FOUND, 10, 11), told)
        return told


class AHost(ALab):
    def introduced(self, name: str) -> pathlib.Path:
        file = self.lab.path / f"{name}.host"
        status, out, told = run("--data", self.lab.path / name, "key", "--strongroom", self.id, "--name", name,
                                program=BINARIES / "strongroom-agent")
        self.assertEqual(status, 0, told)
        file.write_text(out)
        return file

    def test_that_is_added_by_a_quorum_takes_leases_and_once_retired_gets_nothing(self):
        self.lab.seal("my-model")
        folder = self.lab.path / "gpu-2"
        self.made("host", "add", self.introduced("gpu-2"))
        store = json.loads((self.lab.home("dana") / "config.json").read_text())["store"]
        status, _, told = run("join", "--demonstration", "--agent", folder, "--id", self.id, "--server", self.url,
                              "--store", store)
        self.assertEqual(status, 0, told)
        self.lab.start("strongroom-agent", "--data", folder, ready=folder / "agent.sock")
        mount = self.lab.path / "mount-of-gpu-2"
        mount.mkdir()
        asked = ["open", "my-model", "--for", "eval", "--agent", folder / "agent.sock", "--mount", mount, "--no-wait"]
        granted = self.lab.tells("dana", *asked)["proposal"]
        waiting = self.lab.tells("dana", *asked[:-2], self.other("mount-of-gpu-2-again"), "--no-wait")["proposal"]
        self.lab.does("alice", "approve", granted, "--yes")
        self.lab.does("bob", "approve", granted, "--yes")
        self.lab.does("dana", "open", "--proposal", granted, "--agent", folder / "agent.sock")
        self.assertEqual(sorted(path.name for path in mount.iterdir()), ["config.json", "model.safetensors"])
        self.lab.does("dana", "close", granted, "--agent", folder / "agent.sock")

        self.made("host", "retire", "gpu-2")

        self.assertNotIn("gpu-2", [each["name"] for each in self.lab.tells("dana", "host", "list")["hosts"]])
        status, _, told = run(*self.lab.words("alice", "approve", waiting, "--yes"), passphrase=PASSPHRASE)
        self.assertNotEqual(status, 0, "a release to a host that is retired was approved")
        self.assertIn("retired", told)
        status, _, told = run(*self.lab.words("dana", *asked), passphrase=PASSPHRASE)
        self.assertNotEqual(status, 0, "a host that is retired asked for a release")

    def other(self, name: str) -> pathlib.Path:
        path = self.lab.path / name
        path.mkdir()
        return path

    def test_without_a_claim_by_its_own_key_is_refused(self):
        mine, other = (json.loads(self.introduced(name).read_text()) for name in ("gpu-3", "gpu-4"))
        forged = {**mine, "host": {**mine["host"], "key": other["host"]["key"]}}
        file = self.lab.path / "forged.host"
        file.write_text(json.dumps(forged, sort_keys=True, separators=(",", ":")))
        self.refused(NOT_AUTHENTIC, "host", "add", file)
        file.write_text(json.dumps({**mine, "claim": other["claim"]}, sort_keys=True, separators=(",", ":")))
        self.refused(NOT_AUTHENTIC, "host", "add", file)

    def test_of_another_strongroom_is_refused(self):
        mine = self.introduced("gpu-5").read_text()
        file = self.lab.path / "elsewhere.host"
        file.write_text(mine.replace(self.id, "0" * 64))
        self.refused(NOT_AUTHENTIC, "host", "add", file)
        status, out, told = run("--data", self.lab.path / "gpu-6", "key", "--strongroom", "0" * 64, "--name", "gpu-6",
                                program=BINARIES / "strongroom-agent")
        self.assertEqual(status, 0, told)
        file.write_text(out)
        self.assertIn("not made for this strongroom", self.refused(REFUSED, "host", "add", file))

    def test_is_not_added_by_one(self):
        change = self.asked("alice", "host", "add", self.introduced("gpu-7"))
        self.assertFalse(self.approved("bob", change))
        self.assertNotIn("gpu-7", [each["name"] for each in self.lab.tells("dana", "host", "list")["hosts"]])

    def test_is_not_introduced_without_a_name_or_a_strongroom(self):
        for more in (["--name", "x"], ["--strongroom", self.id], ["--strongroom", "12", "--name", "x"],
                     ["--strongroom", self.id, "--name", "X Y"]):
            status, _, _ = run("--data", self.lab.path / "gpu-8", "key", *more, program=BINARIES / "strongroom-agent")
            self.assertIn(status, (USAGE, 10))


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
