#!/usr/bin/env python3
"""strongroom status: one screen, complete JSON, and an answer also while the server is away."""
import re
import unittest

from lab import ROOT, STRONGROOM, Lab, plain, run, surroundings


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
                               r"expires in (?:1 day|2[34] hours)")
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
                         r"Open \(1\)\n  demo-\w+  my-model on this-machine, for dana: open for (?:4 hours|3 hours 59 minutes) more")
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

    def test_names_by_id_what_it_has_no_name_of_while_the_server_is_away(self):
        sealed = self.lab.seal("my-model")
        self.lab.does("carol", "log")  # followed, but no name was asked for
        self.lab.stop("strongroom-server")
        out, _ = self.lab.does("carol", "status", expect=33)
        self.assertIn("object-" + sealed["object"].removeprefix("demo-")[:8], out)
        self.assertNotIn("my-model", out)

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


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
