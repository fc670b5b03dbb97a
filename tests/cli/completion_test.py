#!/usr/bin/env python3
"""Completion, in the real shells: verbs, options, directories, and the names and proposals seen last."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from lab import STRONGROOM, Terminal, run, surroundings

HOSTILE = "$(touch PWNED)`touch PWNED`;x y"


class InAHome(unittest.TestCase):
    """A home that has seen things; `strongroom` is in the path."""

    def setUp(self):
        self.kept = tempfile.TemporaryDirectory()
        self.addCleanup(self.kept.cleanup)
        self.folder = pathlib.Path(self.kept.name)
        home = self.folder / "home"
        home.mkdir()
        (home / "candidates").write_text("names\tmy-model\t\nnames\tother model\t\n"
                                         f"names\t{HOSTILE}\t\n"
                                         "proposals\tdemo-0f3a9c21\tmy-model for dana\n")
        (self.folder / "a-directory").mkdir()
        (self.folder / "a-file").write_text("")
        self.env = surroundings(STRONGROOM_HOME=str(home), HOME=str(self.folder), ZDOTDIR=str(self.folder),
                                PATH=f"{STRONGROOM.parent}:{os.environ['PATH']}",
                                XDG_CONFIG_HOME=str(self.folder), XDG_DATA_HOME=str(self.folder))

    def script(self, shell: str) -> str:
        status, text, told = run("completion", shell)
        self.assertEqual(status, 0, told)
        path = self.folder / f"completion.{shell}"
        path.write_text(text)
        return str(path)

    def tearDown(self):
        self.assertFalse((self.folder / "PWNED").exists(), "a name was run as a command")


class Bash(InAHome):
    def offers(self, *words) -> list[str]:
        asked = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
                 '_strongroom "$1"; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "--noprofile", "-c", asked, "-", self.script("bash"), *words],
                              capture_output=True, text=True, env=self.env, cwd=self.folder, check=False)
        self.assertEqual(done.stderr, "")
        return [line for line in done.stdout.splitlines() if line]

    def test_offers_verbs(self):
        self.assertEqual(self.offers("strongroom", "se"), ["seal"])
        self.assertIn("freeze", self.offers("strongroom", ""))
        self.assertNotIn("candidates", self.offers("strongroom", ""))

    def test_offers_the_options_of_a_verb(self):
        self.assertEqual(self.offers("strongroom", "open", "--mo"), ["--mount"])
        self.assertEqual(self.offers("strongroom", "--json", "open", "--mo"), ["--mount"])

    def test_offers_directories_where_one_is_wanted(self):
        self.assertEqual(self.offers("strongroom", "seal", "a-"), ["a-directory"])

    def test_offers_names_and_proposals(self):
        self.assertEqual(self.offers("strongroom", "open", "my"), ["my-model"])
        self.assertEqual(self.offers("strongroom", "approve", "de"), ["demo-0f3a9c21"])

    def test_takes_the_home_from_the_line(self):
        self.env.pop("STRONGROOM_HOME")
        self.assertEqual(self.offers("strongroom", "--home", str(self.folder / "home"), "open", "my"), ["my-model"])

    def test_quotes_what_others_have_named(self):
        self.assertIn("other\\ model", self.offers("strongroom", "open", ""))
        offered = [each for each in self.offers("strongroom", "open", "") if "PWNED" in each]
        self.assertEqual(len(offered), 1)
        done = subprocess.run(["bash", "-c", f"printf %s {offered[0]}"], capture_output=True, text=True,
                              cwd=self.folder, check=False)
        self.assertEqual(done.stdout, HOSTILE)

    def test_completes_at_a_terminal(self):
        with Terminal(["bash", "--norc", "--noprofile", "-i"], env=self.env, cwd=self.folder) as shell:
            shell.type(f"source {self.script('bash')}; echo rea''dy\n")
            shell.waits_for("ready")
            shell.type("strongroom approve dem\t")
            shell.waits_for("demo-0f3a9c21")


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(InAHome):
    def offers(self, line: str) -> list[str]:
        done = subprocess.run(["fish", "--no-config", "-c", f"source {self.script('fish')}; complete -C$argv[1]", line],
                              capture_output=True, text=True, env=self.env, cwd=self.folder, check=False)
        self.assertEqual(done.stderr, "")
        return [each.split("\t")[0] for each in done.stdout.splitlines()]

    def test_offers_verbs(self):
        self.assertEqual(self.offers("strongroom se"), ["seal"])
        self.assertIn("freeze", self.offers("strongroom "))
        self.assertNotIn("candidates", self.offers("strongroom "))

    def test_offers_the_options_of_a_verb(self):
        self.assertEqual(self.offers("strongroom open --mo"), ["--mount"])
        self.assertNotIn("--mount", self.offers("strongroom seal --"))

    def test_offers_directories_where_one_is_wanted(self):
        self.assertEqual(self.offers("strongroom seal a-"), ["a-directory/"])

    def test_offers_names_and_proposals(self):
        self.assertEqual(self.offers("strongroom open my"), ["my-model"])
        self.assertEqual(self.offers("strongroom approve de"), ["demo-0f3a9c21"])
        self.assertIn(HOSTILE, self.offers("strongroom open "))

    def test_offers_choices(self):
        self.assertEqual(self.offers("strongroom completion z"), ["zsh"])


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(InAHome):
    # Control-X then shows the line as it stands.
    SHOW = 'show() { zle -I; print -r -- "<<$BUFFER>>" }; zle -N show; bindkey "^X" show; '

    def completes(self, typed: str, expected: str, load: str = "") -> None:
        load = load or f"autoload -U compinit; compinit -u -D; source {self.script('zsh')}; "
        with Terminal(["zsh", "-f", "-i"], env=self.env, cwd=self.folder, columns=200) as shell:
            shell.type(f"PS1='%% '; {self.SHOW}{load}echo rea''dy\n")
            shell.waits_for("ready\r\n")
            shell.type(typed + "\t\x18")
            shell.waits_for(f"<<{expected}>>", 30)

    def test_completes_verbs(self):
        self.completes("strongroom sea", "strongroom seal ")

    def test_completes_options(self):
        self.completes("strongroom open --mo", "strongroom open --mount=")

    def test_completes_directories(self):
        self.completes("strongroom seal a-d", "strongroom seal a-directory/")

    def test_completes_names_and_proposals(self):
        self.completes("strongroom open my", "strongroom open my-model ")
        self.completes("strongroom approve de", "strongroom approve demo-0f3a9c21 ")

    def test_quotes_what_others_have_named(self):
        self.completes("strongroom open oth", "strongroom open other\\ model ")
        self.completes("strongroom open '$(", f"strongroom open '{HOSTILE}' ")

    def test_is_loaded_from_the_path_of_functions(self):
        shutil.copy(self.script("zsh"), self.folder / "_strongroom")
        self.completes("strongroom free", "strongroom freeze ",
                       f"fpath=({self.folder} $fpath); autoload -U compinit; compinit -u -D; ")


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
