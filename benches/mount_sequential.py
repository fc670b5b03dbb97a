"""Reading a mounted file from begin to end."""
from collections.abc import Iterator

from frame import Bench, Line
from versus import reads

NAME = "mount.sequential"
UNIT = "GB/s"
ABOUT = "reading a mounted file from begin to end"


def measure(bench: Bench) -> Iterator[Line]:
    yield from reads.measured(bench, NAME, UNIT, "read-in-order", bench.pick(1, 4) * 2**28)
