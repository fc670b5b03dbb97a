"""Sealing without a disk: a file in the page cache, its ciphertext thrown away."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave
from versus import programs

NAME = "seal.null"
UNIT = "GB/s"
ABOUT = "sealing from the page cache to nowhere"
GB = 10**9


def measure(bench: Bench) -> Iterator[Line]:
    size = bench.pick(1, 4) * 2**30
    file = bench.random_file(size)
    keys = bench.folder("seal-null-keys")
    bench.need("age")
    for cores in sorted({1, len(bench.cores)}):
        rate = lambda seconds: size / GB / seconds
        figures = interleave({
            "ours": lambda: rate(bench.run(bench.ours("seal", source=file.parent, store="null", keys=keys,
                                                      threads=cores), cores)),
            "age": lambda: rate(programs.age_seal(bench, file, None, cores)),
            "limit": lambda: rate(bench.run(bench.ours("bare-seal", path=file, threads=cores), cores)),
        }, bench.pick(3, 7))
        yield from compare(figures, NAME, UNIT, cores,
                           bench.note(f"{size >> 30} GiB in the page cache",
                                      "limit: read + AES-256-GCM + BLAKE3 in one loop"))
