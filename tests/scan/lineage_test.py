#!/usr/bin/env python3
"""That lineage keeps its aims on seeds that no threshold was set on. Deterministic; nothing is timed."""
import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEEDS = "2001..2006"
AIM = 0.99
AIMED_AT = ("fine-tune", "lora-merge", "int8", "int4", "prune", "merge")


def zoo() -> pathlib.Path | None:
    for preset in ("release", "asan", "debug"):
        program = ROOT / "build" / preset / "scan" / "model_zoo"
        if program.exists():
            return program
    return None


@unittest.skipIf(zoo() is None, "no build with model_zoo: tools/build.sh release model_zoo")
class OnHeldOutSeeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        done = subprocess.run([zoo(), "roc", "--seeds", SEEDS, "--width", "128", "--json"], stdout=subprocess.PIPE,
                              check=True, timeout=600)
        cls.found = json.loads(done.stdout)

    def test_every_kind_aimed_at_is_told_from_independent_models(self) -> None:
        for kind in AIMED_AT:
            with self.subTest(kind=kind):
                self.assertGreaterEqual(self.found["kinds"][kind]["auc"], AIM)

    def test_no_independent_pair_is_called_related(self) -> None:
        self.assertGreater(self.found["negatives"], 100)
        self.assertEqual(self.found["false_alarms"], 0)

    def test_nine_in_ten_answers_name_what_was_done(self) -> None:
        for kind in ("cast", "container", "fine-tune", "int8", "int4", "prune", "merge", "permute"):
            with self.subTest(kind=kind):
                of = self.found["kinds"][kind]
                self.assertGreaterEqual(of["right"], 0.9 * of["pairs"])


@unittest.skipIf(zoo() is None, "no build with model_zoo: tools/build.sh release model_zoo")
class AZooThatIsWritten(unittest.TestCase):
    def test_is_the_same_for_the_same_seed_and_says_what_each_file_is(self) -> None:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            for place in (one, other):
                subprocess.run([zoo(), "write", place, "--seed", "5"], check=True, timeout=600)
            names = {path.name for path in pathlib.Path(one).iterdir()}
            self.assertEqual(names, {path.name for path in pathlib.Path(other).iterdir()})
            truth = json.loads((pathlib.Path(one) / "truth.json").read_text())
            self.assertEqual(names - {"truth.json"}, {entry["file"] for entry in truth["files"]})
            self.assertGreaterEqual(len({entry["kind"] for entry in truth["files"]}), 12)
            for name in names:
                if (pathlib.Path(one) / name).is_file():
                    self.assertEqual((pathlib.Path(one) / name).read_bytes(),
                                     (pathlib.Path(other) / name).read_bytes())


if __name__ == "__main__":
    unittest.main()
