"""What people ask of a large inventory, in the server's own tables: a page of a hundred by level, by what nobody has set,
by findings or by what lapses soon, and one asset."""
from collections.abc import Iterator

from frame import Bench, Line, alone

NAME = "registry.query"
UNIT = "ms"
ABOUT = "a page of 100 assets and one asset whole; the slowest kind of question, median of 100"


def measure(bench: Bench) -> Iterator[Line]:
    assets = bench.pick(50_000, 1_000_000)
    figures = [bench.answer(bench.ours("inventory", assets=assets), 1)["query_ms"] for _ in range(bench.pick(2, 1))]
    yield alone(figures, NAME, UNIT, 1, bench.note(f"{assets} assets", "SQLite; decoding included"))
