#!/usr/bin/env python3
"""Triage at the real program: needs no server and no home."""
import json
import pathlib
import tempfile
import unittest

from lab import ROOT, run

EXAMPLE = ROOT / "catalog/example_lab.json"


def overlay(rules=(), without=()) -> str:
    return json.dumps({"format": "strongroom-triage-overlay-1", "rules": list(rules), "without": list(without)})


class Triage(unittest.TestCase):
    def setUp(self):
        self.kept = tempfile.TemporaryDirectory()
        self.addCleanup(self.kept.cleanup)
        self.folder = pathlib.Path(self.kept.name)

    def file(self, name: str, text: str) -> pathlib.Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def tells(self, *arguments, expect=0) -> dict:
        status, out, told = run("--json", "triage", *arguments)
        self.assertEqual(status, expect, told)
        return json.loads(out.splitlines()[-1])

    def test_lists_every_asset_with_its_level_and_first_reason(self):
        status, out, told = run("triage", "--example")
        self.assertEqual(status, 0, told)
        self.assertRegex(out, r"SL4 petri-fold +REF-BEYOND: It is beyond the best public model")
        self.assertIn("40 assets", out)

    def test_of_a_file_is_that_of_the_same_example(self):
        self.assertEqual(self.tells(EXAMPLE, "--as-of", "2026-11-20")["assets"], self.tells("--example")["assets"])

    def test_gives_one_assessment_as_markdown_and_as_json(self):
        status, out, told = run("triage", "--example", "--asset", "petri-fold", "--markdown")
        self.assertEqual(status, 0, told)
        self.assertTrue(out.startswith("# Risk assessment of petri-fold"))
        assessment = self.tells("--example", "--asset", "petri-fold")["assessment"]
        self.assertEqual((assessment["level"], assessment["scenarios"]["stolen"]), ("SL4", "SL4"))

    def test_of_an_asset_that_hides_a_capability_is_sl4(self):
        facts = json.loads(EXAMPLE.read_text())
        shown = next(each for each in facts["assets"] if each["name"] == "toy-arith")
        before = self.tells(self.file("a.json", json.dumps(facts)), "--as-of", "2026-11-20")
        del shown["dual_use"]["biology"]
        after = self.tells(self.file("b.json", json.dumps(facts)), "--as-of", "2026-11-20")
        level = lambda told: next(each["level"] for each in told["assets"] if each["asset"] == "toy-arith")
        self.assertEqual((level(before), level(after)), ("SL1", "SL4"))

    def test_refuses_an_overlay_that_takes_the_floor_away_and_says_where(self):
        path = self.file("o.json", overlay(without=["REF-BEYOND", "UNKNOWN-STANDING"]))
        told = self.tells("--example", "--what-if", path, expect=20)
        self.assertIn("nothing beyond the best public model is below SL4, but", told["message"])

    def test_refuses_rules_that_loosen_and_shows_whom_they_would_move(self):
        path = self.file("o.json", overlay(without=["ACC-DEPLOYMENT", "ACC-INFRASTRUCTURE"]))
        told = self.tells("--example", "--rules", path, expect=20)
        self.assertIn("takes a quorum", told["message"])
        told = self.tells("--example", "--what-if", path)
        self.assertTrue(told["loosens"])
        self.assertEqual([(each["asset"], each["from"], each["to"]) for each in told["moves"]],
                         [("ember-3-classifier", "SL3", "SL1")])

    def test_takes_rules_that_demand_more(self):
        rule = {"id": "OURS-1", "source": "ours", "reason": "Because.", "scenario": "insider", "term": "reach",
                "level": "SL3", "capacity": 3, "evaluate": False, "when": {"internet": ["yes"]}}
        path = self.file("o.json", overlay([rule]))
        levels = {each["asset"]: each["level"] for each in self.tells("--example", "--rules", path)["assets"]}
        self.assertEqual(levels["lantern-search"], "SL3")

    def test_meets_mistakes_with_what_to_do(self):
        for arguments, code, says in ((("--example", "--asset", "petri"), 12, "without --asset all of them are listed"),
                                      ((), 2, "--example"),
                                      (("--example", "--markdown"), 2, "add --asset NAME"),
                                      (("--example", "--as-of", "today"), 2, "write it like 2026-11-21"),
                                      ((self.folder / "none.json",), 12, "none.json")):
            status, _, told = run("triage", *arguments)
            self.assertEqual(status, code, told)
            self.assertIn(says, told)
            self.assertEqual(len(told.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
