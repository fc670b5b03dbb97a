#!/usr/bin/env python3
"""The table of tools/mutate.py must keep up with the source: the mutants themselves run in ./test --all."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mutate  # noqa: E402


class TheTableOfMutants(unittest.TestCase):
    def test_names_what_stands_exactly_once_in_the_source(self):
        for mutant in mutate.MUTANTS:
            count = (mutate.ROOT / mutant.path).read_text().count(mutant.old)
            self.assertEqual(count, 1, f"{mutant.name}: {mutant.path} holds it {count} times: mend tools/mutate.py")

    def test_changes_something_each_time(self):
        for mutant in mutate.MUTANTS:
            self.assertNotEqual(mutant.old, mutant.new, mutant.name)

    def test_names_each_mutant_once_and_with_its_tests(self):
        names = [mutant.name for mutant in mutate.MUTANTS]
        self.assertEqual(len(names), len(set(names)))
        self.assertTrue(all(mutant.tests for mutant in mutate.MUTANTS))


if __name__ == "__main__":
    unittest.main()
