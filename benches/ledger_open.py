"""Opening a long log to write to it, beside opening an empty one."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave
from versus import logs

NAME = "ledger.open"
UNIT = "ms"
ABOUT = "opening a long log, beside opening an empty one"
ENTRY_BYTES = 64  # small, so that ten million fit a disk


def measure(bench: Bench) -> Iterator[Line]:
    entries = bench.pick(65_536, 10_000_000)
    long, empty = (logs.log_of(bench, count, ENTRY_BYTES) for count in (entries, 1))
    figures = interleave({
        "ours": lambda: 1e3 * bench.answer(bench.ours("open-log", at=long))["seconds"],
        "empty": lambda: 1e3 * bench.answer(bench.ours("open-log", at=empty))["seconds"],
    }, bench.pick(5, 15))
    yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(f"{entries} entries of {ENTRY_BYTES} bytes"))
