"""A file of weights fingerprinted in one pass, on two cores, beside SHA-256 of the same file alone on one."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave, warm

NAME = "scan.fingerprint"
UNIT = "GB/s"
ABOUT = "weights in the page cache fingerprinted on two cores, beside SHA-256 alone on one"
GB = 10**9
MATRIX_BYTES = 4096 * 4096 * 4  # a multiple of what each type's matrix takes, or more than it


def measure(bench: Bench) -> Iterator[Line]:
    size = bench.pick(8, 64) * MATRIX_BYTES
    path = bench.folder("scan-fingerprint") / "weights.bin"
    bench.run(bench.ours("make-weights", path=path, bytes=size))
    warm(path)
    for kind in ("BF16", "F32", "F16", "Q8_0", "Q4_0"):
        figures = interleave({
            "ours": lambda: size / GB / bench.run(bench.ours("fingerprint", path=path, type=kind, threads=2), 2),
            "limit": lambda: size / GB / bench.run(bench.ours("bare-sha256-file", path=path), 1),
        }, bench.pick(3, 7))
        yield from compare(figures, NAME, UNIT, 2, bench.note(
            f"{size >> 20} MiB of {kind} in the page cache, matrices of 4,096 by 4,096",
            "limit: read and SHA-256 in one loop, on one core"))
    path.unlink()
