"""From nothing to the first piece of plaintext, whatever the object's size."""
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave
from versus import programs

NAME = "open.first_tensor"
UNIT = "ms"
ABOUT = "from nothing to the last MiB of plaintext, whatever the object's size"


def measure(bench: Bench) -> Iterator[Line]:
    bench.need("age")
    for size in (2**24, bench.pick(2**28, 2**32)):
        file = bench.random_file(size)
        place = bench.folder("open-first-tensor")
        store, keys, aged = place / "store", place / "keys", place / "file.age"
        bench.run(bench.ours("seal", source=file.parent, store=store, keys=keys))
        programs.age_seal(bench, file, aged, 0)
        figures = interleave({
            "ours": lambda: 1e3 * bench.run(bench.ours("first-piece", store=store, keys=keys)),
            "age -d": lambda: 1e3 * programs.age_open(bench, aged, 0),
        }, bench.pick(3, 7))
        yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(
            f"of {size >> 20} MiB in the page cache", "program start, keys and leaf file included",
            "age must decrypt all that comes before"))
        bench.folder("open-first-tensor")
