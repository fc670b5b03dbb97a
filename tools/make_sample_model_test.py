#!/usr/bin/env python3
"""The sample model is the same every time, of about the size asked for."""
import hashlib
import pathlib
import tempfile
import unittest

import make_sample_model


class SampleModel(unittest.TestCase):
    def make(self, size: int, seed: int) -> pathlib.Path:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        return make_sample_model.make(pathlib.Path(place.name) / "model", size, seed)

    def digest(self, size: int, seed: int) -> str:
        return hashlib.sha256(self.make(size, seed).read_bytes()).hexdigest()

    def test_the_same_seed_gives_the_same_bytes(self):
        self.assertEqual(self.digest(2_000_000, 1), self.digest(2_000_000, 1))

    def test_another_seed_gives_other_bytes(self):
        self.assertNotEqual(self.digest(2_000_000, 1), self.digest(2_000_000, 2))

    def test_the_size_comes_close_to_what_was_asked(self):
        self.assertAlmostEqual(self.make(30_000_000, 1).stat().st_size, 30_000_000, delta=2_000_000)

    def test_the_directory_holds_several_files(self):
        self.assertEqual(sorted(path.name for path in self.make(2_000_000, 1).parent.iterdir()),
                         ["README.md", "config.json", "sample.gguf"])

    def test_sizes_are_written_with_decimal_units(self):
        self.assertEqual(make_sample_model.parse_size("1.5G"), 1_500_000_000)


if __name__ == "__main__":
    unittest.main()
