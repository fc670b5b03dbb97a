#!/usr/bin/env python3
"""strongroom status: one screen, complete JSON, and an answer also while the server is away."""
import json
import re
import unittest

from lab import PASSPHRASE, ROOT, STRONGROOM, Lab, Terminal, plain, run, surroundings


class Status(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def test_answers_on_one_screen_what_is_sealed_and_what_waits_for_whom(self):
        self.lab.seal("my-model")
        self.lab.ask("my-model", "nightly eval")
        self.lab.does("bob", "freeze", "my-model", "--reason", "laptop stolen", "--yes")
        other = self.lab.tells("dana", "seal", self.lab.make_model("b"), "--name", "other")["object"]
        waiting = self.lab.ask("other")
        self.lab.does("bob", "approve", waiting, "--yes")
        shown = self.screen("carol")
        flat = " ".join(shown.split())
        self.assertRegex(flat, r"FROZEN: my-model \(demo-[0-9a-f]{8}\), by bob, \d+ seconds? ago")
        self.assertIn(f"{other[:13]} other 100.1 kB in 2 files, SL5 (unmet), sealed", flat)
        self.assertRegex(flat, rf"{waiting[:13]} other on this-machine, for dana: waits for 1 of alice, carol; "
                               r"expires in 2[34] hours")
        self.assertIn("not certain, 0 of 3 confirmed, missing: alice, bob, carol, a rehearsal", flat)
        self.assertIn("held by a freeze", flat)

    def screen(self, who: str, *more, rows=24, columns=80) -> str:
        """What status shows at a terminal: nothing of it breaks a line or leaves the screen."""
        with self.lab.at_terminal(who, "status", *more, rows=rows, columns=columns) as terminal:
            self.assertEqual(terminal.ends(), 0)
            shown = plain(terminal.text())
        for line in shown[shown.index("Strongroom demo-"):].splitlines():
            self.assertLessEqual(len(line), columns, line)
        if not more:
            self.assertLessEqual(shown.count("\n"), rows - 1, shown)
        return shown

    def test_is_one_screen_however_much_there_is_and_says_where_the_rest_is(self):
        folder = self.lab.make_model()
        for number in range(8):
            self.lab.does("dana", "seal", folder, "--name", f"model-{number}" + "x" * (20 * number))
            self.lab.ask(f"model-{number}" + "x" * (20 * number))
        for number in range(3):
            self.lab.does("bob", "freeze", f"model-{number}" + "x" * (20 * number), "--yes")
        for rows, columns in ((24, 80), (40, 100)):
            shown = self.screen("carol", rows=rows, columns=columns)
            self.assertRegex(shown, r"Wrong \(3")
            self.assertRegex(shown, r"Waiting \(8, here the newest \d+: strongroom status --all\)")
            self.assertRegex(shown, r"Sealed \(8, here the newest \d+: strongroom status --all\)")
        self.assertIn("Sealed (8)", self.screen("carol", "--all"))
        out, _ = self.lab.does("carol", "status")  # into a pipe
        self.assertEqual(len(re.findall(r"(?m)^  demo-.*waits for|held by a freeze", out)), 8)

    def test_names_a_host_that_has_not_said_that_its_lease_ended(self):
        self.lab.seal("my-model")
        proposal = self.lab.ask("my-model")
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", proposal, "--yes")
        out, _ = self.lab.does("dana", "open", "--proposal", proposal, "--agent", self.lab.socket)
        self.assertRegex(self.lab.does("carol", "status")[0],
                         r"Open \(1\)\n  demo-\w+  my-model on this-machine, for dana: open for 3 hours 59 minutes more")
        agent = self.lab.processes.pop("strongroom-agent")
        agent.kill()
        agent.wait()
        self.addCleanup(self.lab.unmount)
        self.lab.does("carol", "recall", proposal, "--yes")
        self.assertIn("for dana: recalled, but its host has not said that it ended; look at that host",
                      self.lab.does("carol", "status")[0])
        self.assertEqual(self.lab.tells("carol", "status")["wrong"][0]["kind"], "lease_not_ended")

    def test_a_change_that_waits_says_for_whom(self):
        self.lab.does("bob", "freeze", "all", "--yes")
        asked = self.lab.tells("alice", "unfreeze", "all", "--reason", "it was a drill")
        out, _ = self.lab.does("carol", "status")
        self.assertRegex(out, rf"{asked['change'][:13]}  lift a freeze, asked for by alice: waits for 2 of bob, carol; "
                              r"expires in [67] days")
        told = self.lab.tells("carol", "status")
        self.assertEqual((told["changes_waiting"], told["changes"][0]["waits_for"]), (1, ["bob", "carol"]))
        _, proposals, _ = run("candidates", "proposals", "--home", self.lab.home("carol"))
        self.assertIn(asked["change"], proposals)

    def test_tells_all_of_it_in_json(self):
        sealed = self.lab.seal("my-model")
        proposal = self.lab.ask("my-model")
        told = self.lab.tells("carol", "status")
        self.assertEqual(sorted(told), [
            "changes", "changes_waiting", "entries", "freezes", "freshness_proved", "id", "known_at", "leases", "mode",
            "newest_at", "objects", "ok", "open", "over", "requests", "sealed", "server_away", "uncertain", "waiting",
            "wrong"])
        page = (ROOT / "docs/operating/json.md").read_text()
        for member in {*told, *told["sealed"][0], *told["requests"][0]}:
            self.assertIn(f"`{member}`", page)
        self.assertEqual(told["sealed"][0]["name"], "my-model")
        self.assertEqual(told["sealed"][0]["object"], sealed["object"])
        self.assertEqual(told["sealed"][0]["unconfirmed_by"], ["alice", "bob", "carol"])
        self.assertEqual(told["requests"][0]["proposal"], proposal)
        self.assertEqual(told["requests"][0]["waits_for"], ["alice", "bob", "carol"])

    def test_shows_a_hostile_name_on_no_line_of_its_own(self):
        self.lab.does("dana", "seal", self.lab.make_model(), "--name", "m\u0301\u0301\u0301 Wrong (0) \u2800 ok")
        shown = self.screen("carol")
        self.assertIn("\\u{301}", shown)
        self.assertIn("\\u{2800}", shown)

    def test_shows_what_was_known_and_how_old_it_is_while_the_server_is_away(self):
        self.lab.seal("my-model")
        self.lab.does("carol", "status")
        self.lab.stop("strongroom-server")
        out, _ = self.lab.does("carol", "status", expect=33)
        self.assertIn("my-model", out)
        self.assertRegex(out, r"the server is away; this is what was known \d+ (second|minute)")
        self.assertTrue(self.lab.tells("carol", "status", expect=33)["server_away"])

    def test_fails_while_the_server_is_away_and_nothing_was_seen_before(self):
        self.lab.stop("strongroom-server")
        out, told = self.lab.does("carol", "status", expect=33)
        self.assertEqual(out, "")
        self.assertIn("strongroom-server", told)

    def test_lets_the_shell_complete_names_and_proposals(self):
        self.lab.seal("my-model")
        proposal = self.lab.ask("my-model")
        self.lab.does("carol", "status")
        _, names, _ = run("candidates", "names", "--home", self.lab.home("carol"))
        _, proposals, _ = run("candidates", "proposals", "--home", self.lab.home("carol"))
        self.assertEqual(names.split("\t")[0], "my-model")
        self.assertEqual(proposals.split("\t")[0], proposal)

    def test_colours_only_on_a_terminal_that_wants_them(self):
        self.lab.does("bob", "freeze", "all", "--yes")
        out, _ = self.lab.does("carol", "status")
        self.assertNotIn("\x1b", out)
        out, _ = self.lab.does("carol", "status", "--color", "always")
        self.assertIn("\x1b[31m", out)
        with self.lab.at_terminal("carol", "status") as terminal:
            terminal.ends()
            self.assertIn("\x1b[31mWrong", terminal.text())
        with self.lab.at_terminal("carol", "status", env=surroundings(NO_COLOR="1")) as terminal:
            terminal.ends()
            self.assertNotIn("\x1b[3", terminal.text())


class Errors(unittest.TestCase):
    """What a person meets: one line that says what to do next, and the exit code of the page."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.seal("my-model")

    def meets(self, code: int, *arguments, who="dana", says="", passphrase=PASSPHRASE) -> str:
        status, out, told = run(*self.lab.words(who, *arguments), passphrase=passphrase)
        self.assertEqual(status, code, told + out)
        lines = [line for line in told.splitlines() if "freshness unproved" not in line]
        self.assertEqual(len(lines), 1, told)
        self.assertTrue(lines[0].startswith("strongroom: "), told)
        self.assertRegex(lines[0], r"; |--|\?|strongroom |: ", "says what to do next")
        self.assertIn(says, lines[0])
        return lines[0]

    def test_each_has_the_code_that_is_documented(self):
        self.meets(2, "seal", self.lab.path, says="--name is required")
        self.meets(12, "approve", "demo-00000000", who="alice", says="strongroom status lists them")
        self.meets(12, "freeze", "no-such-model", who="alice", says="strongroom status lists")
        self.meets(12, "scan", "/nowhere/at/all", says="/nowhere/at/all")
        self.meets(13, "init", "--data", self.lab.path / "lab", "--custodians", "a,b", says="already")
        self.meets(22, "status", passphrase=b"not the passphrase")
        self.meets(33, "open", "my-model", "--for", "x", "--agent", "/nowhere.sock", "--mount",
                   self.lab.path / "m", "--no-wait")

    def test_a_freeze_has_its_own_code(self):
        self.lab.start_agent()
        frozen = self.lab.seal("to-freeze", "frozen")
        proposal = self.lab.ask("to-freeze")
        self.lab.does("carol", "freeze", frozen["object"], "--yes")
        status, _, told = run(*self.lab.words("alice", "approve", proposal, "--yes"), passphrase=PASSPHRASE)
        self.assertEqual(status, 23, told)

    def test_with_too_few_approvals_is_not_yet(self):
        proposal = self.lab.ask("my-model")
        self.meets(25, "open", "--proposal", proposal, "--agent", self.lab.socket, "--no-wait", says="approvals are")

    def test_say_what_was_in_hand_when_asked(self):
        status, _, told = run(*self.lab.words("dana", "approve", "demo-00000000", "--verbose"), passphrase=PASSPHRASE)
        self.assertEqual(status, 12)
        for label in ("verb", "code", "because", "home", "strongroom", "server", "log", "system", "version"):
            self.assertRegex(told, rf"(?m)^  {label} ")

    def test_are_told_in_json(self):
        told = self.lab.tells("dana", "approve", "demo-00000000", expect=12)
        self.assertEqual((told["ok"], told["error"]), (False, "not_found"))

    def test_with_no_home_say_how_to_name_one(self):
        status, _, told = run("status")
        self.assertEqual(status, 2)
        self.assertIn("STRONGROOM_HOME", told)

    def test_a_wait_that_is_interrupted_names_what_it_leaves(self):
        self.lab.start_agent()
        words = self.lab.words("dana", "open", "my-model", "--for", "x", "--agent", self.lab.socket, "--mount",
                               self.lab.path / "mount")
        with Terminal([STRONGROOM, *words], columns=200) as terminal:
            terminal.waits_for("assphrase of")
            terminal.type(PASSPHRASE + b"\n")
            terminal.waits_for("waiting for 2 more approvals of alice, bob, carol")
            terminal.type("\x03")
            self.assertEqual(terminal.ends(), 35)
            said = plain(terminal.text())
        proposal = re.search(r"stands and waits still; take it up with strongroom open --proposal (demo-\w+)", said)
        self.assertIsNotNone(proposal, said)
        waiting = [each["proposal"] for each in json.loads(json.dumps(self.lab.tells("dana", "status")["requests"]))]
        self.assertIn(proposal.group(1), waiting)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
