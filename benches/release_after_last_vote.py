"""From the last custodian's yes to a mounted model."""
import os
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, alone, percentile, rounded
from versus import reads

NAME = "release.after_last_vote"
UNIT = "ms p99"
ABOUT = "from the last custodian's yes to a mounted model, everything real, over signed HTTP on loopback"


def measure(bench: Bench) -> Iterator[Line]:
    reads.needs_fuse()
    if os.geteuid() != 0:
        raise Unavailable("mounting for others needs root")
    count = bench.pick(20, 200)
    place = bench.folder("release")
    (place / "mount").mkdir()
    times = bench.answer(bench.ours("release-times", mount=place / "mount", count=count),
                         env={"TMPDIR": str(place)})["ms"]
    line = alone(times, NAME, UNIT, len(bench.cores), bench.note(
        f"{count} releases{'' if count >= 100 else ', so p99 is the slowest'}; median {rounded(percentile(times, 0.5))}",
        "opening, re-sealing and signing the last share included; all roles on this one machine"))
    line.ours = rounded(percentile(times, 0.99))
    yield line
    bench.folder("release")
