#!/usr/bin/env python3
"""What is typed: every verb has help with an example that parses, and mistakes are answered with the nearest."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from lab import ROOT, STRONGROOM, run, surroundings


def verbs() -> list[str]:
    _, text, _ = run("--help")
    rows = text.split("Options of every verb")[0]
    return re.findall(r"^  ([a-z]+) {2,}\S", rows, re.M)


def examples(verb: str) -> list[str]:
    _, text, _ = run(verb, "--help")
    part = text.split("\nExamples:\n")[1].split("\n\n")[0]
    return [line[2:] for line in part.splitlines() if re.match(r"  \S", line)]


class EveryVerb(unittest.TestCase):
    def test_has_help_with_an_example_that_parses(self):
        self.assertGreater(len(verbs()), 10)
        for verb in verbs():
            found = examples(verb)
            self.assertTrue(found, verb)
            for line in found:
                words = shlex.split(re.split(r" [|>] ", line)[0])
                self.assertEqual(words[:2], ["strongroom", verb], line)
                status, _, told = run("--parse-only", *words[1:])
                self.assertEqual(status, 0, f"{line}: {told}")

    def test_fits_into_eighty_columns_but_for_lines_to_copy(self):
        for verb in verbs():
            _, text, _ = run(verb, "--help")
            copied = examples(verb) + [line.strip() for line in text.splitlines()[:4]]
            for line in text.splitlines():
                self.assertTrue(len(line) <= 80 or line.strip() in copied, line)

    def test_is_named_with_its_neighbours_when_mistyped(self):
        for verb in verbs():
            for typed in (verb[:-1] + "x" + verb[-1], verb[1] + verb[0] + verb[2:]):
                status, _, told = run(typed)
                self.assertEqual(status, 2)
                self.assertIn(f"did you mean {verb}?", told, typed)


class AMistake(unittest.TestCase):
    def test_in_an_option_is_answered_with_the_nearest(self):
        status, _, told = run("seal", "x", "--nmae", "y")
        self.assertEqual(status, 2)
        self.assertIn("seal has no option --nmae: did you mean --name?", told)

    def test_is_one_line(self):
        for typed in (["seal"], ["open", "--hours", "many"], ["completion", "csh"], ["nothing-like-it"], [],
                      ["seal", "--"], ["approve", "a", "b", "c"], ["--home"]):
            status, out, told = run(*typed)
            self.assertEqual(status, 2, typed)
            self.assertEqual(out, "")
            self.assertEqual(len(told.strip().splitlines()), 1, told)

    def test_far_from_everything_is_answered_with_the_list(self):
        _, _, told = run("xylophone-orchestra")
        self.assertNotIn("did you mean", told)
        self.assertIn("--help", told)

    def test_with_control_characters_is_shown_harmless(self):
        _, _, told = run("se\x1b[31mal\x07")
        self.assertNotIn("\x1b", told)
        self.assertIn("\\x1b", told)

    def test_with_json_is_told_in_json_too(self):
        status, out, _ = run("seal", "--json")
        self.assertEqual(status, 2)
        self.assertIn('"error":"usage"', out)


class TheManPage(unittest.TestCase):
    def page(self) -> str:
        status, text, told = run("man")
        self.assertEqual(status, 0, told)
        return text

    def test_is_rendered_by_groff_without_a_warning(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-rLL=78n"], input=self.page().encode(),
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        # Where a terminal has no bold, a letter is struck twice.
        self.assertIn("EXIT STATUS", re.sub(".\b", "", done.stdout.decode()))

    def test_is_rendered_by_man_without_a_warning(self):
        if not shutil.which("man"):
            self.skipTest("man is not installed")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "strongroom.1")
            path.write_text(self.page())
            done = subprocess.run(["man", "--warnings=w", "-E", "UTF-8", "-l", str(path)], capture_output=True,
                                  env=surroundings(MANWIDTH="80", MANPAGER="cat"), check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        shown = re.sub(".\b", "", done.stdout.decode())
        for verb in verbs():
            self.assertRegex(shown, rf"(?m)^   {verb}$")

    def test_names_every_exit_code_as_the_page_of_exit_codes_does(self):
        page = (ROOT / "docs/operating/exit-codes.md").read_text()
        rows = re.findall(r"^\| (\d+) \| `(\w+)` \| (.*?) \| (.*?) \|$", page, re.M)
        self.assertGreater(len(rows), 15)
        shown = self.page().replace("\\-", "-").replace("\\[u2026]", "…").replace("\\&", "").replace("\\e", "\\")
        for number, name, meaning, remedy in rows:
            self.assertIn(f"{number} ({name})", shown)
            self.assertIn(meaning, shown)
            self.assertIn(remedy.replace("`", ""), shown)

    def test_names_the_environment_that_the_programs_look_at(self):
        for name in ("STRONGROOM_HOME", "STRONGROOM_AGENT", "STRONGROOM_DEMONSTRATION", "NO_COLOR"):
            self.assertIn(name, self.page())


if __name__ == "__main__":
    os.chdir("/")
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
