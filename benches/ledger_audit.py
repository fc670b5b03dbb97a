"""A published log re-derived from its entries: every tile, root and checkpoint."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave
from versus import logs

NAME = "ledger.audit"
UNIT = "entries/s"
ABOUT = "a log's hashes and structure re-derived on one core, beside SHA-256 of the same entries"
ENTRY_BYTES = 1024
HASHED_BYTES = 1 + ENTRY_BYTES + 65  # a leaf, and its share of the nodes above: one of 65 bytes


def measure(bench: Bench) -> Iterator[Line]:
    entries = bench.pick(65_536, 1_048_576)
    place = logs.log_of(bench, entries, ENTRY_BYTES)
    figures = interleave({
        "ours": lambda: bench.answer(bench.ours("audit-log", at=place), 1)["per_second"],
        "limit": lambda: bench.answer(bench.ours("bare-sha256", bytes=HASHED_BYTES, times=entries), 1)["per_second"],
    }, bench.pick(3, 7))
    yield from compare(figures, NAME, UNIT, 1, bench.note(
        f"{entries} entries of 1 KiB in the page cache", "limit: SHA-256 alone, of as many bytes", "no signatures"))
