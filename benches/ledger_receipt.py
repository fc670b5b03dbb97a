"""How long a signed command waits for its receipt, a thousand of them coming in each second."""
from collections.abc import Iterator

from frame import Bench, Line, beside_published, percentile, rounded

NAME = "ledger.receipt"
UNIT = "ms p99"
ABOUT = "from a signed command to its receipt with proof, at 1,000 commands a second"
# Tessera: integration on NVMe in 2.3 to 3.6 s (its storage/posix/PERFORMANCE.md). Rekor v2: its clients are told to
# allow at least 20 s.
PUBLISHED = [("Tessera", 2_300.0), ("Rekor v2", 20_000.0)]
RATE = 1_000


def measure(bench: Bench) -> Iterator[Line]:
    count = bench.pick(2, 20) * RATE
    worst = []
    for _ in range(bench.pick(2, 5)):
        place = bench.folder("ledger-receipt")
        times = bench.answer(bench.ours("receipt-times", at=place, rate=RATE, count=count))["ms"]
        worst.append(percentile(times, 0.99))
    for published in PUBLISHED:
        yield beside_published(worst, NAME, UNIT, len(bench.cores), published, bench.note(
            f"SQLite on {bench.filesystem(bench.place)}", f"{count} commands due at {RATE}/s, each judged with its "
            "signature, late ones counted from when they were due", f"best run {rounded(min(worst))}"))
    bench.folder("ledger-receipt")
