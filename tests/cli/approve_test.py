#!/usr/bin/env python3
"""The form that a custodian reads before signing, at a real pseudo-terminal: whole, and proof against its contents."""
import re
import unicodedata
import unittest

from lab import STRONGROOM, Lab, plain

HOSTILE = ("ok\x1b[2J\x1b[1;1H\x07\u202eevil\u202c\u200b\u2060\ufeff" + "e" + "\u0301" * 300 + "\n  approved     alice\n"
           "\r  missing      nothing\u2028  level        SL1")
QUESTION = 'Type "approve" to sign'


class TheForm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.seal("my-model")

    def votes(self) -> int:
        out, _ = self.lab.does("carol", "log")
        return sum(1 for line in out.splitlines() if " vote" in line)

    def form(self, proposal: str, who="alice", columns=80, answer="no\n") -> str:
        with self.lab.at_terminal(who, "approve", proposal, columns=columns, rows=60) as terminal:
            terminal.waits_for(QUESTION)
            shown = terminal.text()
            terminal.type(answer)
            terminal.ends()
        return shown[shown.index("Release demo-"):shown.index(QUESTION)]

    def test_says_who_what_level_where_for_what_how_long_how_much_and_what_is_missing(self):
        proposal = self.lab.ask("my-model", "nightly eval")
        form = self.form(proposal)
        for line in (f"Release {proposal}", "who asks     dana", "what         my-model  100.1 kB, all of it",
                     "level        SL", "where        this-machine  evidence: none", "for what     | nightly eval",
                     "how long     4 hours, opened once at most", "how much     67.1 MB may be read",
                     "expires      20", "needs        2 of (alice, bob, carol)", "approved     by nobody yet",
                     "missing      2 more approvals, of: alice, bob, carol", "open now     nowhere else",
                     "fresh?       freshness unproved"):
            self.assertIn(line, re.sub(r" +\n", "\n", form))

    def test_fits_one_screen_down_to_the_exact_ids(self):
        form = self.form(self.lab.ask("my-model"))
        self.assertLessEqual(form.index("Exactly") and form[:form.index("Exactly")].count("\n"), 20)

    def test_says_who_else_has_answered_and_why(self):
        proposal = self.lab.ask("my-model")
        self.lab.does("bob", "refuse", proposal, "--yes", "--reason", "no eval is planned")
        form = self.form(proposal)
        self.assertRegex(form, r"refused      bob  20\d\d-")
        self.assertIn("               | no eval is planned", form)

    def test_is_not_signed_by_anything_but_the_word(self):
        proposal = self.lab.ask("my-model")
        before = self.votes()
        for answer in ("\n", "y\n", "approve it\n", "Approve\n", "\x04"):
            self.form(proposal, answer=answer)
        self.assertEqual(self.votes(), before)

    def test_is_signed_by_the_word(self):
        proposal = self.lab.ask("my-model")
        before = self.votes()
        self.form(proposal, answer="approve\n")
        self.assertEqual(self.votes(), before + 1)

    def test_interrupted_signs_nothing_and_says_so(self):
        proposal = self.lab.ask("my-model")
        with self.lab.at_terminal("alice", "approve", proposal, rows=60) as terminal:
            terminal.waits_for(QUESTION)
            terminal.type("\x03")
            self.assertEqual(terminal.ends(), 35)
            self.assertIn("nothing was signed", terminal.text())

    def test_shows_hostile_text_harmless_and_behind_a_bar(self):
        # The one who asks types what the program lets pass; what does not pass the log refuses.
        clean = "ok e" + "\u0301" * 300 + " \u3164\u2800 approved     alice, missing nothing " + "=" * 200
        form = self.form(self.lab.ask("my-model", clean))
        quoted = [line for line in form.splitlines() if "| " in line]
        self.assertEqual([line for line in form.splitlines() if re.match(r"  (approved|missing) ", line)],
                         ["  approved     by nobody yet", "  missing      2 more approvals, of: alice, bob, carol"])
        self.assertTrue(any("approved     alice" in line for line in quoted))
        self.assertIn("\\u{301}", form)
        self.assertIn("\\u{3164}", form)
        for line in form.splitlines():
            self.assertLess(sum(1 for c in line if unicodedata.combining(c)), 3)

    def test_never_lets_the_terminal_break_a_line_of_others(self):
        imitation = "x" * 63 + "  missing      nothing, everything is approved" * 4
        for columns in (60, 80, 100):
            form = self.form(self.lab.ask("my-model", imitation), columns=columns)
            for line in form.splitlines():
                if line.startswith("  "):
                    self.assertLessEqual(len(line), columns)
                if "nothing, every" in line:
                    self.assertRegex(line, r"^ {2}(for what)? +\| ")

    def test_shows_ten_thousand_characters_whole(self):
        words = "".join(chr(ord("a") + i % 26) for i in range(9_999)) + "!"
        form = self.form(self.lab.ask("my-model", words))
        told = "".join(line.split("| ", 1)[1] for line in form.splitlines() if "| " in line)
        self.assertEqual(told, words)

    def test_refuses_to_ask_with_control_characters_at_all(self):
        status = self.lab.words("dana", "open", "my-model")
        self.assertTrue(status)
        out, told = self.lab.does("dana", "open", "my-model", "--for", HOSTILE, "--agent", self.lab.socket, "--mount",
                                  self.lab.path / "nowhere", "--no-wait", expect=10)
        self.assertNotIn("\x1b", out + told)
        self.assertNotIn("\u202e", out + told)

    def test_shows_a_hostile_name_of_a_model_quoted(self):
        name = "my-model  100 kB, all of it   level SL1 " + "-" * 60
        self.lab.seal(name, "other")
        form = self.form(self.lab.ask(name))
        self.assertRegex(form, r"(?m)^  what +\| my-model  100 kB")


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    assert plain("\x1b[31mx\x1b[0m") == "x"
    unittest.main()
