"""How much memory serving a mount takes, after its file has been read once, at two sizes."""
from collections.abc import Iterator

from frame import Bench, Line, alone
from versus import memory, mounts, reads

NAME = "memory.mount"
UNIT = "MiB"
ABOUT = "the most memory that a mount's server holds while a file is read, at two sizes"


def measure(bench: Bench) -> Iterator[Line]:
    reads.needs_fuse()
    for size in (2**26, bench.pick(2**29, 2**33)):
        file = bench.random_file(size)
        place = bench.folder("memory-mount")
        store, keys = place / "store", place / "keys"
        bench.run(bench.ours("seal", source=file.parent, store=store, keys=keys))
        peaks = []
        for _ in range(bench.pick(1, 3)):
            with mounts.ours(bench, store, keys, place / "mount") as at:
                bench.run(bench.ours("read-in-order", path=at / file.name))
                peaks.append(memory.peak_mib_of(mounts.server_of(at)))
        yield alone(peaks, NAME, UNIT, len(bench.cores), bench.note(f"serving {size >> 20} MiB"))
        bench.folder("memory-mount")
