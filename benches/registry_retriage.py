"""A large inventory decided anew on one core, in the server's own tables: after a change on which every decision rests,
and after one that moves few. Only what changed is appended."""
from collections.abc import Iterator

from frame import Bench, Line, alone

NAME = "registry.retriage"
UNIT = "s"
ABOUT = "every asset in the tables decided anew on one core, and the changes written"


def measure(bench: Bench) -> Iterator[Line]:
    assets = bench.pick(50_000, 1_000_000)
    told = [bench.answer(bench.ours("inventory", assets=assets), 1) for _ in range(bench.pick(2, 1))]
    for figure, changed in (("all_seconds", "all_changed"), ("seconds", "few_changed")):
        yield alone([each[figure] for each in told], NAME, UNIT, 1, bench.note(
            f"{assets} assets", f"{told[0][changed]} decisions changed and were written",
            "the shipped rules; the fictional lab over and over; SQLite, committed"))
