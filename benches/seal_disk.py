"""Sealing onto a disk, synced, beside programs that encrypt files onto one."""
import os
import pathlib
import time
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, compare, interleave
from versus import mounts, programs

NAME = "seal.disk"
UNIT = "GB/s"
ABOUT = "sealing from the page cache onto the disk, synced"
GB = 10**9


def copied(bench: Bench, file: pathlib.Path, to: pathlib.Path) -> float:
    """`cat` and fsync: what the disk takes."""
    return programs.synced(bench.run(["cat", file], stdout=to), [to])


def measure(bench: Bench) -> Iterator[Line]:
    size = bench.pick(1, 8) * 2**28
    file = bench.random_file(size)
    place = bench.folder("seal-disk")

    def timed(run) -> float:
        """Of a fresh folder, gone again afterwards: what was written before must not be waited for."""
        fresh = bench.folder("seal-disk")
        os.sync()
        took = run(fresh)
        bench.folder("seal-disk")
        return size / GB / took

    sides = {
        "ours": lambda: timed(lambda at: bench.run(bench.ours(
            "seal", source=file.parent, store=at / "store", keys=at / "keys"))),
        "limit": lambda: timed(lambda at: copied(bench, file, at / "copy")),
    }
    for peer, program, run in (
            ("age", "age", lambda at: programs.synced(programs.age_seal(bench, file, at / "a.age", 0),
                                                      [at / "a.age"])),
            ("openssl enc", "openssl", lambda at: programs.openssl_seal(bench, file, at / "a.enc")),
            ("restic", "restic", lambda at: programs.restic_seal(bench, file.parent, at)),
            ("gocryptfs", "gocryptfs", lambda at: mounts.gocryptfs_write(bench, file, at))):
        try:
            bench.need(program)
            sides[peer] = lambda run=run: timed(run)
        except Unavailable as why:
            bench.say(f"  {why}: left out")
    figures = interleave(sides, bench.pick(3, 5), warm_up=False)
    yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(
        f"{size >> 20} MiB to {bench.filesystem(place)}, all synced", "limit: cat and fsync",
        "openssl enc authenticates nothing; restic also deduplicates; gocryptfs is a file system"))
