#!/usr/bin/env python3
"""Tests of tools/fuzz.py, and of what fuzz/ must hold for it."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import fuzz  # noqa: E402


class TheFuzzFolder(unittest.TestCase):
    def test_every_target_says_which_rooms_it_needs(self):
        for path in (fuzz.ROOT / "fuzz").glob("*.cc"):
            self.assertRegex(path.read_text().splitlines()[0], r"^// rooms: \w+( \w+)*$", path.name)

    def test_every_folder_of_hostile_inputs_belongs_to_a_target(self):
        folders = {path.name for path in (fuzz.ROOT / "fuzz/hostile").iterdir()}
        self.assertLessEqual(folders, set(fuzz.targets()))

    def test_the_canary_is_a_target_and_the_maker_of_seeds_is_not(self):
        self.assertIn(fuzz.CANARY, fuzz.targets())
        self.assertNotIn("make_seeds", fuzz.targets())


class WhatWasFound(unittest.TestCase):
    def test_is_told_from_the_error_on(self):
        said = fuzz.told("json", "#1 NEW\n#2 NEW\n==7==ERROR: AddressSanitizer: heap-buffer-overflow\n  #0 here\n")
        self.assertTrue(said.startswith("==7==ERROR"))
        self.assertIn("#0 here", said)

    def test_is_told_from_the_broken_property_on(self):
        self.assertTrue(fuzz.told("json", "#1 NEW\ndoes not hold: encode(decode(x)) == x\n").startswith("does not hold"))


if __name__ == "__main__":
    unittest.main()
