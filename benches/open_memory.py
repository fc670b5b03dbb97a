"""Opening what lies in the page cache, every leaf checked, the plaintext thrown away."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave, warm
from versus import programs

NAME = "open.memory"
UNIT = "GB/s"
ABOUT = "checking and opening from the page cache to nowhere"
GB = 10**9


def measure(bench: Bench) -> Iterator[Line]:
    size = bench.pick(1, 4) * 2**30
    file = bench.random_file(size)
    place = bench.folder("open-memory")
    keys, store, aged, bare = place / "keys", place / "store", place / "file.age", place / "file.bare"
    bench.need("age")
    bench.run(bench.ours("seal", source=file.parent, store=store, keys=keys))
    bench.run(bench.ours("bare-prepare", path=file, to=bare))
    programs.age_seal(bench, file, aged, 0)
    for path in [aged, bare, *store.rglob("f*")]:
        if path.is_file():
            warm(path)
    for cores in sorted({1, len(bench.cores)}):
        rate = lambda seconds: size / GB / seconds
        figures = interleave({
            "ours": lambda: rate(bench.run(bench.ours("open", store=store, keys=keys, threads=cores), cores)),
            "age -d": lambda: rate(programs.age_open(bench, aged, cores)),
            "limit": lambda: rate(bench.run(bench.ours("bare-open", path=bare, threads=cores), cores)),
        }, bench.pick(3, 7))
        yield from compare(figures, NAME, UNIT, cores,
                           bench.note(f"{size >> 30} GiB in the page cache",
                                      "limit: read + BLAKE3 + AES-256-GCM in one loop"))
    bench.folder("open-memory")
