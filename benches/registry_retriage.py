"""A large inventory decided anew on one core: every level settled, every decision with its reasons and its end."""
from collections.abc import Iterator

from frame import Bench, Line, alone

NAME = "registry.retriage"
UNIT = "s"
ABOUT = "every asset's facts decided anew on one core"


def measure(bench: Bench) -> Iterator[Line]:
    assets = bench.pick(100_000, 1_000_000)
    figures = [bench.answer(bench.ours("retriage", assets=assets), 1)["seconds"] for _ in range(bench.pick(2, 5))]
    yield alone(figures, NAME, UNIT, 1, bench.note(
        f"{assets} assets", "the shipped rules; the fictional lab over and over", "facts in memory"))
