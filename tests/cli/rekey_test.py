#!/usr/bin/env python3
"""A re-key from the terminal, through the real programs: asked for, approved as what it is, confirmed, rehearsed."""
import time
import unittest

from lab import SECONDS_MAX, Lab


class ReKeying(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.lab.seal("my-model")
        self.lab.start_agent()

    def sealed(self) -> dict:
        return self.lab.tells("dana", "status")["sealed"][0]

    def until(self, holds, what: str):
        until = time.monotonic() + SECONDS_MAX
        while not holds():
            self.assertLess(time.monotonic(), until, what)
            time.sleep(0.05)

    def ask(self, *more) -> str:
        return self.lab.tells("dana", "rekey", "my-model", "--agent", self.lab.socket, "--no-wait", *more)["proposal"]

    def approve(self, proposal: str):
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", proposal, "--yes")

    def written(self) -> str:
        proposal = self.ask("--for", "Carol has left")
        self.approve(proposal)
        self.until(lambda: "new_keys" in self.sealed(), "the agent writes the new keys")
        return proposal

    def test_ends_with_the_new_keys_in_force_and_the_old_ones_lapsed(self):
        before = self.lab.ask("my-model")
        self.lab.does("alice", "approve", before, "--yes")
        self.written()
        self.assertEqual(self.sealed()["new_keys"]["epoch"], 1)
        self.approve(self.ask("--rehearse"))
        self.until(lambda: self.sealed()["new_keys"]["rehearsed"], "the agent opens it by the new keys")
        for who in ("alice", "bob", "carol"):
            out, _ = self.lab.does(who, "confirm", "my-model")
        self.assertIn("its new keys (epoch 1) are in force, and the old ones have lapsed", out)
        self.assertNotIn("new_keys", self.sealed())
        _, told = self.lab.does("bob", "approve", before, "--yes", expect=24)
        self.assertIn("lapsed", told)

    def test_says_what_is_to_be_confirmed_by_whom(self):
        with self.lab.at_terminal("dana", "rekey", "my-model", "--agent", self.lab.socket) as terminal:
            terminal.waits_for("strongroom approve ")
            proposal = self.lab.tells("dana", "status")["requests"][0]["proposal"]
            self.approve(proposal)
            terminal.waits_for("best on another host: strongroom rekey my-model --rehearse")
            shown = " ".join(terminal.text().split())
            self.assertEqual(terminal.ends(), 0)
        self.assertIn("The new keys of my-model (epoch 1) wait to be confirmed; until then those of epoch 0 open it", shown)
        self.assertIn("0 of 3 custodians have confirmed them; still could: alice, bob, carol: strongroom confirm", shown)

    def test_is_shown_to_a_custodian_as_what_it_is(self):
        proposal = self.ask()
        with self.lab.at_terminal("alice", "approve", proposal, rows=60) as terminal:
            terminal.waits_for('Type "approve" to sign')
            shown = terminal.text()
            terminal.type("no\n")
            terminal.ends()
        for line in ("RE-KEY demo-", "epoch 0 becomes epoch 1", "2 of (alice, bob, carol)", "nothing is read"):
            self.assertIn(line, shown)

    def test_has_nothing_to_rehearse_before_it_is_written(self):
        _, told = self.lab.does("dana", "rekey", "my-model", "--rehearse", "--agent", self.lab.socket, expect=12)
        self.assertIn("no re-key of it waits", told)


if __name__ == "__main__":
    unittest.main()
