"""How much memory sealing takes, at two sizes."""
from collections.abc import Iterator

from frame import Bench, Line, alone
from versus import memory

NAME = "memory.seal"
UNIT = "MiB"
ABOUT = "the most memory that sealing holds, at two sizes"


def measure(bench: Bench) -> Iterator[Line]:
    for size in (2**26, bench.pick(2**29, 2**33)):
        file = bench.random_file(size)
        keys = bench.folder("memory-seal-keys")
        peaks = [memory.peak_mib(bench, bench.ours("seal", source=file.parent, store="null", keys=keys))
                 for _ in range(bench.pick(2, 3))]
        yield alone(peaks, NAME, UNIT, len(bench.cores), bench.note(f"sealing {size >> 20} MiB"))
