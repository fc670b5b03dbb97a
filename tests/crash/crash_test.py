#!/usr/bin/env python3
"""Crashes by enumeration, through the real programs. One crash per distinct point (a program's call on a
kind of file); with --all at every occurrence, and with more power cuts. README.md says how.

    tests/crash/crash_test.py [--all] [-v] [NAME ...]
"""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from enumeration import Enumeration  # noqa: E402
from lab import build_directory, can_mount  # noqa: E402
from paths import PATHS, Path  # noqa: E402

THOROUGH = "--all" in sys.argv
WORK: list[Enumeration] = []


def enumeration() -> Enumeration:
    if not WORK:
        WORK.append(Enumeration(build_directory(), THOROUGH))
    return WORK[0]


class Crashes(unittest.TestCase):
    def prove(self, path: Path, work, count) -> None:
        if path.needs_mount and not can_mount():
            self.skipTest("needs root and /dev/fuse")
        enumerated = enumeration()
        enumerated.record(path)
        tally = enumerated.tally(path)
        tally.troubles = []
        work(enumerated, path)
        self.assertGreater(count(tally), 0, f"no point was met on the path of {path.name}")
        self.assertEqual(tally.troubles, [], "\n".join(tally.troubles))


def add(path: Path, name: str, work, count) -> None:
    def test(self: Crashes) -> None:
        self.prove(path, work, count)

    setattr(Crashes, f"test_{path.name.replace(' ', '_')}_{name}", test)


for each in PATHS:
    add(each, "survives_a_kill_at_each_point", Enumeration.kill, lambda tally: tally.killed)
    add(each, "survives_a_power_cut_at_each_point", Enumeration.cut_power, lambda tally: tally.cuts)
    add(each, "survives_a_full_disk_at_each_write", Enumeration.fill_the_disk, lambda tally: tally.full)
    add(each, "stops_at_each_failed_sync", Enumeration.fail_syncs, lambda tally: tally.unsynced)
    add(each, "does_not_notice_interrupted_and_short_writes", Enumeration.interrupt_everything,
        lambda tally: tally.found)


def tearDownModule() -> None:
    for work in WORK:
        for name, tally in work.tallies.items():
            print(f"crash points of {name}: {tally.found} found, {tally.distinct} distinct; {tally.killed} "
                  f"killed at, {tally.not_reached} not reached; {tally.cuts} power cuts, {tally.full} full "
                  f"disks, {tally.unsynced} failed syncs", flush=True)
        work.close()


if __name__ == "__main__":
    unittest.main(argv=[argument for argument in sys.argv if argument != "--all"])
