#!/usr/bin/env python3
"""One wrong arrow, planted in a copy of the real tree, must be found."""
import pathlib
import shutil
import tempfile
import unittest

import check_layers

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Layers(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        for folder in ("cmake", "src", "apps"):
            if (ROOT / folder).exists():
                shutil.copytree(ROOT / folder, self.root / folder)

    def plant(self, name: str, include: str) -> list[str]:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#include {include}\n")
        return check_layers.check(self.root)

    def test_the_tree_as_it_stands_is_clean(self):
        self.assertEqual(check_layers.check(self.root), [])

    def test_an_arrow_upwards_is_found(self):
        (self.root / "src/model/recognise.h").touch()
        found = self.plant("src/base/planted.cc", '"model/recognise.h"')
        self.assertEqual(len(found), 1, found)
        self.assertIn("base -> model", found[0])

    def test_an_arrow_between_strangers_is_found(self):
        self.plant("src/registry/events.h", "<string>")
        found = self.plant("src/vault/rules_planted.cc", '"registry/events.h"')
        self.assertEqual(len(found), 1, found)
        self.assertIn("vault_rules -> registry_events", found[0])

    def test_a_foreign_header_in_the_wrong_room_is_found(self):
        found = self.plant("src/format/planted.cc", "<openssl/evp.h>")
        self.assertEqual(len(found), 1, found)
        self.assertIn("belongs to crypto", found[0])

    def test_a_room_without_a_row_is_found(self):
        found = self.plant("src/attic/planted.cc", "<vector>")
        self.assertEqual(len(found), 1, found)
        self.assertIn("attic has no row", found[0])

    def test_a_wrong_arrow_of_a_test_is_found(self):
        (self.root / "src/model/recognise.h").touch()
        found = self.plant("src/base/planted_test.cc", '"model/recognise.h"')
        self.assertEqual(len(found), 1, found)


if __name__ == "__main__":
    unittest.main()
