#!/usr/bin/env python3
"""Crashes by enumeration, through the real programs. One crash per distinct point (a program's call on a
kind of file); with --all at every occurrence, and with more power cuts. README.md says how.

    tests/crash/crash_test.py [--all] [-v] [-k NAME ...]
"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from enumeration import Enumeration, Tally  # noqa: E402
from lab import build_directory, can_mount  # noqa: E402
from paths import PATHS, Path  # noqa: E402

THOROUGH = "--all" in sys.argv
WORK: list[Enumeration] = []


def enumeration() -> Enumeration:
    if not WORK:
        WORK.append(Enumeration(build_directory(), THOROUGH))
    return WORK[0]


class OnEachPath:
    """What every path must stand; one class per path is made of it below."""

    path: Path

    def prove(self, work) -> Tally:
        """Runs one kind of failure at every point of the path; every trouble fails the test."""
        if self.path.needs_mount and not can_mount():
            self.skipTest("needs root and /dev/fuse")
        enumerated = enumeration()
        enumerated.record(self.path)
        tally = enumerated.tally(self.path)
        tally.troubles = []
        self.assertGreater(tally.distinct, 0, f"no point was met on the path of {self.path.name}")
        work(enumerated, self.path)
        self.assertEqual(tally.troubles, [], "\n".join(tally.troubles))
        return tally

    def test_survives_a_kill_at_each_point(self) -> None:
        tally = self.prove(Enumeration.kill)
        self.assertGreater(tally.killed, 0)
        self.assertLessEqual(tally.not_reached, tally.distinct // 4, "most points must be met again")

    def test_survives_a_power_cut_at_each_point(self) -> None:
        self.assertGreater(self.prove(Enumeration.cut_power).cuts, 0)

    def test_survives_a_full_disk_at_each_write(self) -> None:
        self.assertGreater(self.prove(Enumeration.fill_the_disk).full, 0)

    def test_stops_at_each_failed_sync(self) -> None:
        self.assertGreater(self.prove(Enumeration.fail_syncs).unsynced, 0)

    def test_does_not_notice_interrupted_and_short_writes(self) -> None:
        self.prove(Enumeration.interrupt_everything)


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: object) -> unittest.TestSuite:
    del tests, pattern
    suite = unittest.TestSuite()
    for path in PATHS:
        name = "".join(word.capitalize() for word in path.name.split())
        case = type(name, (OnEachPath, unittest.TestCase), {"path": path, "__module__": __name__})
        globals()[name] = case
        for test in loader.loadTestsFromTestCase(case):
            if THOROUGH or not path.only_crashes or "_survives_a_" in test.id() and "disk" not in test.id():
                suite.addTest(test)
    return suite


def tearDownModule() -> None:
    for work in WORK:
        for name, tally in work.tallies.items():
            print(f"crash points of {name}: {tally.found} found, {tally.distinct} distinct; {tally.killed} "
                  f"killed at, {tally.not_reached} not reached; {tally.cuts} power cuts, {tally.full} full "
                  f"disks, {tally.unsynced} failed syncs", flush=True)
        work.close()


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--all"])
