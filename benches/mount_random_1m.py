"""Reading aligned pieces of 1 MiB of a mounted file, in an order that looks random."""
from collections.abc import Iterator

from frame import Bench, Line
from versus import reads

NAME = "mount.random_1m"
UNIT = "GB/s"
ABOUT = "reading aligned pieces of 1 MiB of a mounted file at random"


def measure(bench: Bench) -> Iterator[Line]:
    size = bench.pick(1, 4) * 2**28
    # Without coming twice to the same pieces, which the mount's cache would then hold.
    yield from reads.measured(bench, NAME, UNIT, "read-at-random", size, count=(size >> 20) // 2)
