"""Entries of 1 KiB made durable, hashed into the tree, published and provable, in batches as under load."""
from collections.abc import Iterator

from frame import Bench, Line, beside_published

NAME = "ledger.append"
UNIT = "entries/s"
ABOUT = "entries durable, published and provable, without checking signatures"
# Tessera's own figure for a POSIX log on NVMe, about seven cores: its storage/posix/PERFORMANCE.md
# (github.com/transparency-dev/tessera). On SAS disks it gives 2,900 (its docs/performance.md).
TESSERA = ("Tessera", 10_000.0)
BATCH = 128  # as many commands as the sequencer commits at once


def measure(bench: Bench) -> Iterator[Line]:
    figures = []
    for _ in range(bench.pick(3, 7)):
        place = bench.folder("ledger-append")
        figures.append(bench.answer(bench.ours("append-to-log", at=place, batches=bench.pick(50, 400),
                                               batch=BATCH))["per_second"])
    yield beside_published(figures, NAME, UNIT, len(bench.cores), TESSERA, bench.note(
        f"SQLite on {bench.filesystem(bench.place)}", f"batches of {BATCH}, each committed, published and synced",
        "1 KiB entries", "one process, no network"))
    bench.folder("ledger-append")
