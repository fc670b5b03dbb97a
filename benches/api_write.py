"""Signed commands over HTTP from 32 clients, each judged, logged, published and answered with its proof."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave, rounded
from versus import postgres

NAME = "api.write"
UNIT = "requests/s"
ABOUT = "signed commands over HTTP from 32 clients, beside PostgreSQL's own durable insert"
CLIENTS = 32


def measure(bench: Bench) -> Iterator[Line]:
    ours_waits, their_waits = [], []

    def ours() -> float:
        said = bench.answer(bench.ours("api-write", clients=CLIENTS, count=bench.pick(2_000, 20_000)),
                            env={"TMPDIR": str(bench.folder("api-write"))})
        ours_waits.append(said["p99_ms"])
        return said["per_second"]

    with postgres.running(bench, bench.folder("postgres")) as server:
        def theirs() -> float:
            said = server.inserts(CLIENTS, bench.pick(2, 6))
            their_waits.append(said["p99_ms"])
            return said["per_second"]

        figures = interleave({"ours": ours, "PostgreSQL insert": theirs}, bench.pick(2, 5))
    yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(
        f"{bench.filesystem(bench.place)}; SQLite beneath ours; clients and servers on the same cores",
        f"p99 {rounded(max(ours_waits))} ms, PostgreSQL {rounded(max(their_waits))} ms",
        "ours checks two signatures a request and proves it; an insert does neither"))
    bench.folder("api-write")
