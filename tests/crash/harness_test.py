#!/usr/bin/env python3
"""That the harness finds what it is for: faults planted in what the real programs did are noticed."""
import dataclasses
import pathlib
import sys
import tempfile
import unittest
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import paths  # noqa: E402
from crash_test import OnEachPath  # noqa: E402
from enumeration import Enumeration  # noqa: E402
from lab import build_directory  # noqa: E402
from points import Disk, Operation, Place  # noqa: E402

DEPOSIT = next(path for path in paths.PATHS if path.name == "deposit")


def operation(call: str, path: str, inode: int = 0, directory: int = 0, data: bytes = b"", other: str = "",
              offset: int = 0) -> Operation:
    return Operation(0, 1, 0, inode, directory, offset, Place("p", call, path), path, other, data)


class ADiskThatLosesPower(unittest.TestCase):
    def setUp(self) -> None:
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        root = pathlib.Path(place.name)
        (root / "d").mkdir()
        (root / "d/old").write_bytes(b"old")
        self.disk = Disk(root)
        self.folder = self.disk.folders["d"]
        self.written = [operation("create", "d/.p", 9, self.folder), operation("write", "d/.p", 9, data=b"new"),
                        operation("sync", "d/.p", 9), operation("rename", "d/.p", 9, self.folder, other="d/old"),
                        operation("sync", "d", self.folder)]

    def contents(self, operations: list[Operation]) -> set[bytes | None]:
        """What "d/old" may hold after a cut anywhere."""
        self.disk.operations = operations
        return {image.files.get("d/old") for count in range(len(operations) + 1)
                for _, image in self.disk.cuts(count, range(4))}

    def test_leaves_the_old_or_the_new_content_of_a_file_replaced_as_we_do(self) -> None:
        self.assertEqual(self.contents(self.written), {b"old", b"new"})

    def test_may_leave_an_empty_file_when_it_was_renamed_before_its_sync(self) -> None:
        without = [each for each in self.written if not (each.call == "sync" and each.inode == 9)]
        self.assertIn(b"", self.contents(without))

    def test_may_forget_a_name_whose_directory_was_not_synced(self) -> None:
        self.disk.operations = self.written[:-1]
        self.assertEqual(self.disk.after(4, set(self.disk.unsynced(4))).files["d/old"], b"old")
        self.disk.operations = self.written
        self.assertEqual(self.disk.after(5, set(self.disk.unsynced(5))).files["d/old"], b"new")

    def test_may_tear_the_last_write(self) -> None:
        torn = operation("write", "d/old", self.disk.inodes["d/old"], data=b"xy", offset=0)
        self.assertIn(b"xld", self.contents([torn]))

    def test_loses_what_lies_in_a_directory_that_was_not_synced(self) -> None:
        self.disk.operations = [operation("make", "d/e", 10, self.folder), operation("create", "d/e/f", 11, 10),
                                operation("write", "d/e/f", 11, data=b"x"), operation("sync", "d/e/f", 11),
                                operation("sync", "d/e", 10)]
        self.assertNotIn("d/e/f", self.disk.after(5, set(self.disk.unsynced(5))).files)


class APlantedFault(unittest.TestCase):
    """The journal of a real sealing, as a program with the fault would have written it."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.work = Enumeration(build_directory(), False)
        cls.honest = cls.work.record(DEPOSIT).operations

    @classmethod
    def tearDownClass(cls) -> None:
        cls.work.close()

    def troubles(self, faulty: list[Operation]) -> list[str]:
        disk = self.work.record(DEPOSIT)
        disk.operations = faulty
        self.work.tallies.clear()
        self.work.cut_power(DEPOSIT)
        disk.operations = self.honest
        return self.work.tally(DEPOSIT).troubles

    def without(self, call: str, wanted: Callable[[str], bool]) -> list[Operation]:
        left = [each for each in self.honest if not (each.call == call and wanted(each.place.kind))]
        self.assertLess(len(left), len(self.honest), "the fault was not planted")
        return left

    def test_a_commit_that_is_not_synced_is_noticed(self) -> None:
        self.assertNotEqual(self.troubles(self.without("sync", lambda kind: kind.endswith("-wal"))), [])

    def test_sealed_blobs_that_are_not_synced_before_the_deposit_are_noticed(self) -> None:
        self.assertNotEqual(self.troubles(self.without("sync", lambda kind: "objects/#/" in kind)), [])

    def test_published_files_that_are_not_synced_are_noticed(self) -> None:
        self.assertNotEqual(self.troubles(self.without("sync", lambda kind: "public/tile" in kind)), [])

    def test_a_checkpoint_shown_before_its_tiles_is_noticed(self) -> None:
        """The order of two writes: the last checkpoint's rename comes before the tiles it commits to."""
        tiles = [at for at, each in enumerate(self.honest) if "public/tile/entries" in each.path]
        shown = max(at for at, each in enumerate(self.honest)
                    if each.call == "rename" and each.other == "server/public/checkpoint")
        moved = [each for each in self.honest[:shown + 1] if each.path.startswith("server/public/.")][-3:]
        self.assertTrue(any(each.call == "rename" for each in moved))
        first = [at for at in tiles if at > max(t for t in range(shown) if self.honest[t].call == "rename"
                                                and self.honest[t].other == "server/public/checkpoint")][0]
        rest = [each for each in self.honest if each not in moved]
        self.assertNotEqual(self.troubles(rest[:first] + moved + rest[first:]), [])

    def test_the_honest_journal_gives_no_trouble(self) -> None:
        self.assertEqual(self.troubles(list(self.honest)), [])


class APathWithoutPoints(unittest.TestCase):
    def test_is_a_failure(self) -> None:
        path = dataclasses.replace(DEPOSIT, name="nothing", programs=("strongroom-nothing",))

        class One(OnEachPath, unittest.TestCase):
            pass

        One.path = path
        result = unittest.TestResult()
        One("test_survives_a_kill_at_each_point").run(result)
        self.assertEqual(len(result.failures), 1, result.errors)
        self.assertIn("no point was met", result.failures[0][1])


if __name__ == "__main__":
    unittest.main()
