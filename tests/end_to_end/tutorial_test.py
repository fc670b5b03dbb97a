#!/usr/bin/env python3
"""docs/tutorial.md, to the letter: every command of it, in one shell on a real terminal, in its order."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import tutorial  # noqa: E402


class Tutorial(unittest.TestCase):
    def setUp(self) -> None:
        if not (tutorial.ROOT / "build/release/strongroom").exists():
            self.skipTest("the release build is not there: tools/build.sh release")
        if not pathlib.Path("/dev/fuse").exists() or os.geteuid() != 0:
            self.skipTest("mounting for others needs /dev/fuse and root")

    def test_every_command_does_what_the_page_says(self) -> None:
        steps = tutorial.blocks(tutorial.PAGE.read_text())
        self.assertGreater(len(steps), 15)
        with tempfile.TemporaryDirectory(prefix="strongroom-tutorial-") as home:
            shell = tutorial.Shell(home)
            try:
                for kind, commands, expected in steps:
                    if kind == "sh build":
                        continue
                    code, output = shell.type(commands)
                    told = f"\n{commands}--- ended with {code} and showed\n{output}"
                    (self.assertNotEqual if kind == "sh fails" else self.assertEqual)(code, 0, told)
                    for line in expected:
                        self.assertTrue(tutorial.is_shown(line, output), f"not shown: {line}{told}")
                self.assertEqual(list(pathlib.Path(home).iterdir()), [], "the last step leaves nothing")
            finally:
                shell.close()


if __name__ == "__main__":
    unittest.main()
