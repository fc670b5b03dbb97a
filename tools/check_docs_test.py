#!/usr/bin/env python3
"""Each rule about documentation is shown a page that has fallen behind, and one that has not."""
import pathlib
import tempfile
import unittest

import check_docs

RESULT = """enum class ErrorCode : int {
  kUsage = 2,     ///< wrong
  kWrongKey = 22,  ///< no key
};
"""
GOOD = {
    "src/base/result.h": RESULT,
    "src/base/base_test.cc": "TEST(AThing, Holds) {}\nTEST_F(\n    ALongThing,\n    HoldsToo) {}\n",
    "docs/operating/exit-codes.md": "| 2 | `usage` | wrong |\n| 22 | `wrong_key` | no key |\n",
    "docs/promises.md": "| What | Tests |\n|---|---|\n| one | `AThing.Holds` `ALongThing.HoldsToo` |\n",
    "docs/decisions/0001-why.md": "# 1. Why\n",
    "docs/decisions/README.md": "| [1](0001-why.md) | why |\n",
    "ARCHITECTURE.md": "| Room | For |\n|---|---|\n| `base` | the floor |\n\n",
    "README.md": "Read `ARCHITECTURE.md` and `base/result.h`.\n",
}


class Docs(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name).resolve()
        for name in check_docs.PAGES:
            self.write(name, "")
        for name, text in GOOD.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_found(self, name: str, text: str, *words: str) -> None:
        self.write(name, text)
        found = check_docs.check(self.root)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_pages_that_keep_up_are_clean(self):
        self.assertEqual(check_docs.check(self.root), [])

    def test_a_code_that_is_not_listed_is_found(self):
        self.assert_found("docs/operating/exit-codes.md", "| 2 | `usage` | wrong |\n", "22", "wrong_key")

    def test_a_code_under_another_name_is_found(self):
        self.assert_found("docs/operating/exit-codes.md",
                          "| 2 | `usage` | wrong |\n| 22 | `no_key` | no key |\n", "22")

    def test_a_code_that_does_not_exist_is_found(self):
        self.assert_found("docs/operating/exit-codes.md",
                          GOOD["docs/operating/exit-codes.md"] + "| 23 | `frozen` | x |\n", "23")

    def test_a_promise_with_a_test_that_does_not_exist_is_found(self):
        self.assert_found("docs/promises.md", "| one | `AThing.Held` |\n", "AThing.Held")

    def test_a_promise_without_a_test_is_found(self):
        self.assert_found("docs/promises.md", "| one | some day |\n", "without a test")

    def test_a_room_without_a_row_is_found(self):
        self.write("src/vault/README.md", "")
        self.assertEqual(check_docs.check(self.root), ["ARCHITECTURE.md: src/vault has no row"])

    def test_a_row_without_a_room_is_found(self):
        self.assert_found("ARCHITECTURE.md",
                          "| Room | For |\n|---|---|\n| `base` | x |\n| `attic` | y |\n\n", "attic")

    def test_a_decision_that_the_index_lacks_is_found(self):
        self.assert_found("docs/decisions/0002-how.md", "# 2. How\n", "0002-how.md")

    def test_a_number_taken_twice_is_found(self):
        self.write("docs/decisions/README.md",
                   GOOD["docs/decisions/README.md"] + "| [1](0001-what.md) | what |\n")
        self.assert_found("docs/decisions/0001-what.md", "# 1. What\n", "taken twice")

    def test_a_pointer_to_nothing_is_found(self):
        self.assert_found("README.md", "Read `docs/absent.md`.\n", "docs/absent.md")


if __name__ == "__main__":
    unittest.main()
