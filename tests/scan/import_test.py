#!/usr/bin/env python3
"""The tree of 2,000 files becomes an inventory of a demonstration with one command; the second run appends nothing."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/cli"))
import lab  # noqa: E402  (the demonstration that the tests of the command line share)
from tree_test import LACKING, PYTHON  # noqa: E402

lab.SECONDS_MAX = 900
HOSTILE = 42


@unittest.skipIf(LACKING, LACKING)
class ATreeOfTwoThousandFilesImported(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab.Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.tree = cls.lab.path / "tree"
        truth = cls.lab.path / "truth.json"
        zoo = os.environ.get("STRONGROOM_ZOO", lab.BINARIES / "scan/model_zoo")
        subprocess.run([PYTHON, ROOT / "tests/scan/make_tree.py", cls.tree, truth, "--zoo", zoo], check=True)
        cls.truth = json.loads(truth.read_text())
        cls.told = cls.lab.tells("dana", "import", cls.tree, "--host", "here", expect=HOSTILE)

    def test_holds_every_model_once_at_sl4(self):
        names = [each["asset"] for each in self.told["said"]]
        self.assertEqual(self.told["files"], 2000)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(self.told["new"], len(names))
        self.assertGreater(len(names), 400)
        self.assertEqual(self.told["levels"]["SL4"], self.told["new"])

    def file_of(self, asset: str) -> str:
        """As the truth names it: a file or a directory of the zoo."""
        return asset.removeprefix("models/zoo/").split("/")[0]

    def values_of(self, asset: str) -> str:
        """Copies of a base in another type or container hold its values: a scan cannot say which of them came first."""
        file = self.file_of(asset)
        return self.truth["families"]["copies"].get(file, file)

    def test_finds_every_derivative_that_nobody_declared_and_what_it_was_made_from(self):
        found = {}
        for each in self.told["undeclared_derivatives"]:
            if each["asset"].startswith("models/zoo/"):
                found.setdefault(self.file_of(each["asset"]), set()).add(self.values_of(each["parent"]))
        derivatives = {name: set(truth["parents"]) for name, truth in self.truth["families"]["derivatives"].items()}
        self.assertGreaterEqual(len(derivatives), 12)
        self.assertEqual({name: found.pop(name, set()) for name in derivatives}, derivatives)
        self.assertEqual(found, {name: {self.values_of(name)} for name in found}, "only copies are left")

    def test_imports_nothing_hostile_and_names_it(self):
        named = {os.path.relpath(each["path"], self.tree) for each in self.told["hostile"]}
        self.assertEqual(named, {path for path, file in self.truth["files"].items() if file["verdict"] == "hostile"})
        self.assertFalse({each["asset"] for each in self.told["said"]} & named)

    def test_appends_nothing_the_second_time(self):
        again = self.lab.tells("dana", "import", self.tree, "--host", "here", expect=HOSTILE)
        self.assertEqual((again["new"], again["changed"], again["entries"]), (0, 0, 0))
        self.assertEqual(again["same"], self.told["new"])


if __name__ == "__main__":
    unittest.main()
