"""Pickles judged: every instruction followed, every global held against the list."""
import collections
import importlib.util
import pathlib
import pickle
import sys
from collections.abc import Iterator

from frame import Bench, Line, compare, interleave, warm

NAME = "scan.pickle"
UNIT = "files/s"
ABOUT = "pickles of a few kilobytes, each opened, followed to its end and judged"
KEYS = 60


def thing(number: int) -> dict:
    """As a checkpoint's small parts are: names, shapes, settings, a history."""
    names = [f"model.layers.{number}.{part}.weight" for part in range(KEYS)]
    state = collections.OrderedDict((name, {"shape": (number + 1, len(name)), "dtype": "float32", "offset": i * 4096})
                                    for i, name in enumerate(names))
    return {"state": state, "epoch": number, "lr": 0.1 / (number + 1), "history": [i / 7 for i in range(KEYS)],
            "betas": (0.9, 0.999), "seen": set(range(20)), "note": b"\x00" * 100, "done": number % 2 == 0}


def make_files(folder: pathlib.Path, count: int) -> int:
    total = 0
    for number in range(count):
        path = folder / f"{number}.pkl"
        path.write_bytes(pickle.dumps(thing(number), protocol=2 + number % 4))
        total += path.stat().st_size
        warm(path)
    return total


def measure(bench: Bench) -> Iterator[Line]:
    folder = bench.folder("scan-pickle")
    count = bench.pick(200, 1_000)
    total = make_files(folder, count)
    files = [folder / f"{number}.pkl" for number in range(count)]
    has_picklescan = importlib.util.find_spec("picklescan") is not None
    peer = "picklescan" if has_picklescan else "python3 -m pickletools"
    theirs = ["-m", "picklescan", "-p", folder] if has_picklescan else ["-m", "pickletools", *files]
    rate = lambda seconds: count / seconds
    figures = interleave({
        "ours": lambda: rate(bench.run(bench.ours("judge-pickles", folder=folder, count=count), 1)),
        peer: lambda: rate(bench.run([sys.executable, *theirs], 1)),
    }, bench.pick(3, 7))
    yield from compare(figures, NAME, UNIT, 1, bench.note(
        f"{count} files, {total // count} bytes each, in the page cache; process against process",
        "" if has_picklescan else "pickletools prints each instruction (into nothing) and judges none"))
