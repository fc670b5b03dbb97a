#!/usr/bin/env python3
"""A tree of 2,000 files scanned with one command; every file's verdict held against what was written.

make_tree.py says what it wrote, and a person who writes a file there says what a scan must say of it. Nothing
here is learnt from the scan itself.
"""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARIES = pathlib.Path(os.environ.get("STRONGROOM_BINARY_DIR", ROOT / "build/release"))
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's NumPy, PyTorch and onnx
SECONDS_MAX = 300
EXITS = {"clean": 0, "suspicious": 40, "unreadable": 41, "hostile": 42}


def lacking() -> str:
    for module in ("numpy", "torch", "onnx"):
        done = subprocess.run([PYTHON, "-c", f"import {module}"], capture_output=True, check=False)
        if done.returncode != 0:
            return f"{PYTHON} has no {module} (apt-get install python3-{module})"
    return "" if shutil.which("zstd") else "zstd is not installed"


LACKING = lacking()


@unittest.skipIf(LACKING, LACKING)
class ATreeOfTwoThousandFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="strongroom-tree-")
        where = pathlib.Path(cls.place.name)
        cls.tree = where / "tree"
        zoo = BINARIES / "scan/model_zoo"
        subprocess.run([PYTHON, ROOT / "tests/scan/make_tree.py", cls.tree, where / "truth.json", "--zoo", zoo],
                       check=True)
        cls.truth = json.loads((where / "truth.json").read_text())
        done = subprocess.run([BINARIES / "strongroom", "scan", cls.tree, "--json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=SECONDS_MAX, check=False)
        cls.status, cls.said = done.returncode, done.stderr
        cls.report = json.loads(done.stdout.splitlines()[-1])
        cls.files = {os.path.relpath(file["path"], cls.tree): file for file in cls.report["scanned"]}
        cls.models = {os.path.relpath(model["name"], cls.tree): model for model in cls.report["models"]}

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    def wrong(self, paths) -> str:
        return "\n".join(f"{path}: {self.files[path]['verdict']}, should be {self.truth['files'][path]['verdict']} "
                         f"({self.truth['files'][path]['why']}): {self.files[path].get('findings', [])[:3]}"
                         for path in paths)

    def of(self, verdict: str) -> list[str]:
        return [path for path, truth in self.truth["files"].items() if truth["verdict"] == verdict]

    def test_has_every_file_in_its_report(self):
        self.assertEqual(set(self.files), set(self.truth["files"]))
        self.assertEqual(len(self.files), 2_000)

    def test_has_each_verdict_right(self):
        missed = [path for path, truth in self.truth["files"].items()
                  if self.files[path]["verdict"] != truth["verdict"]]
        self.assertEqual(missed, [], "\n" + self.wrong(missed))

    def test_has_forty_hostile_files_of_many_kinds(self):
        hostile = self.of("hostile")
        kinds = {self.truth["files"][path]["hostile_kind"] for path in hostile}
        self.assertEqual(len(hostile), 40)
        self.assertGreaterEqual(len(kinds), 12)
        for path in hostile:
            worst = [each for each in self.files[path].get("findings", []) if each["verdict"] == "hostile"]
            self.assertTrue(worst, path)
            self.assertTrue(all(each["what"] and each["rule"] for each in worst), path)

    def test_has_each_kind_right_where_one_was_said(self):
        missed = {path: self.files[path]["kind"] for path, truth in self.truth["files"].items()
                  if "kind" in truth and self.files[path]["kind"] != truth["kind"]}
        self.assertEqual(missed, {})

    def test_finds_the_ten_shadow_copies_and_no_other(self):
        planted = {path: truth["shadow"] for path, truth in self.truth["files"].items() if "shadow" in truth}
        found = {path: [each.get("member", "") for each in file["shadow_weights"]]
                 for path, file in self.files.items() if "shadow_weights" in file}
        hostile = set(self.of("hostile"))  # weights that a hostile file hides are said there too
        self.assertEqual(len(planted), 10)
        self.assertEqual(set(found) - hostile, set(planted))
        for path, member in planted.items():
            self.assertTrue(any(member in each for each in found[path]), (path, found[path]))

    def known(self, name: str) -> str:
        """A model of the zoo by its file; of a copy with the same values, the model that it is a copy of."""
        file = os.path.relpath(name, self.tree / "models/zoo").split("/")[0]
        return self.truth["families"]["copies"].get(file, file)

    def test_knows_the_derivatives_and_their_parents(self):
        wrong = []
        for name, truth in self.truth["families"]["derivatives"].items():
            model = self.models[f"models/zoo/{name}"]
            parents = {self.known(each["name"]) for each in model.get("parents", [])}
            if model.get("relation") not in truth["relations"] or parents != set(truth["parents"]):
                wrong.append((name, truth, model.get("relation"), parents, model.get("evidence")))
        self.assertEqual(wrong, [], "\n" + "\n".join(str(each) for each in wrong))
        self.assertGreaterEqual(len(self.truth["families"]["derivatives"]), 12)

    def test_knows_a_copy_in_another_type_or_container_or_in_shards(self):
        families = {}
        for name, model in self.models.items():
            if name.startswith("models/zoo/"):
                families.setdefault(self.known(model["name"]), set()).add(model["family"])
        self.assertEqual({len(numbers) for numbers in families.values()}, {1})

    def test_calls_no_independent_models_related(self):
        related = collections.Counter()
        for name, model in self.models.items():
            if not name.startswith("models/zoo/") and model.get("parents"):
                related[name] = model["relation"]
        copies = {name for name in related if self.is_copy(name)}
        self.assertEqual(set(related) - copies, set(), {name: related[name] for name in set(related) - copies})

    def is_copy(self, name: str) -> bool:
        """Shadows: the same bytes stand in several of them."""
        path = name.split("!")[0]
        return "shadow" in self.truth["files"].get(path, {}) and self.models[name]["relation"] == "same"

    def test_ends_with_the_code_of_the_worst_verdict(self):
        self.assertEqual(self.status, EXITS["hostile"], self.said)
        self.assertEqual(self.report["verdict"], "hostile")
        self.assertEqual(self.report["verdicts"], {verdict: len(self.of(verdict)) for verdict in EXITS})


if __name__ == "__main__":
    unittest.main()
