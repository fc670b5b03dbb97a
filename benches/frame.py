"""What every promise of speed shares: runs of ours and theirs in turn, medians, spread, honest notes.

A promise is a file beside this one with NAME, UNIT, ABOUT and `measure(bench)`, which yields lines. What is
compared is timed from outside, process against process, on the same bytes in the same run.
"""
import dataclasses
import json
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMMAND_SECONDS_MAX = 900
FOREIGN_CORES_MAX = 0.25  # what others may use of the machine before a figure is said to be disturbed


class Unavailable(Exception):
    """What a promise or a peer needs is not here; its text says what."""


@dataclasses.dataclass
class Line:
    """One line of output: a promise beside one peer."""
    promise: str
    ours: float
    unit: str
    peer: str
    theirs: float | None
    ratio: float | None
    cores: int
    runs: int
    spread: float
    note: str

    def text(self) -> str:
        return json.dumps(dataclasses.asdict(self), separators=(",", ":"))


def rounded(value: float) -> float:
    """Four significant digits: more is noise."""
    return float(f"{value:.4g}")


def spread(figures: list[float]) -> float:
    """(max - min) / median."""
    middle = statistics.median(figures)
    return (max(figures) - min(figures)) / middle if middle else 0.0


def interleave(sides: dict[str, Callable[[], float]], runs: int, warm_up: bool = True) -> dict[str, list[float]]:
    """Figures of each side, `runs` of each: every round runs them all, each round in another order, so that
    what disturbs the machine for a while disturbs all alike. A side that fails raises."""
    if warm_up:
        for side in sides.values():
            side()
    figures: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for _ in range(runs):
        for name in names:
            figures[name].append(sides[name]())
        names = names[1:] + names[:1]
    return figures


def compare(figures: dict[str, list[float]], promise: str, unit: str, cores: int, note: str = "",
            ours: str = "ours") -> Iterator[Line]:
    """A line for each peer in `figures`. `spread` is the larger of the two sides': a ratio is no surer than
    its less steady half."""
    middle = statistics.median(figures[ours])
    for peer, theirs in figures.items():
        if peer == ours:
            continue
        other = statistics.median(theirs)
        yield Line(promise, rounded(middle), unit, peer, rounded(other), rounded(middle / other), cores,
                   len(theirs), rounded(max(spread(figures[ours]), spread(theirs))), note)


def alone(figures: list[float], promise: str, unit: str, cores: int, note: str = "") -> Line:
    """A line for a promise that stands beside nobody."""
    return Line(promise, rounded(statistics.median(figures)), unit, "none", None, None, cores, len(figures),
                rounded(spread(figures)), note)


def beside_published(figures: list[float], promise: str, unit: str, cores: int, published: tuple[str, float],
                     note: str = "") -> Line:
    who, theirs = published
    middle = statistics.median(figures)
    return Line(promise, rounded(middle), unit, f"published:{who}", theirs, rounded(middle / theirs), cores,
                len(figures), rounded(spread(figures)), note)


def percentile(figures: list[float], part: float) -> float:
    """The smallest figure that at least `part` (0 to 1) of them do not exceed."""
    ordered = sorted(figures)
    return ordered[max(0, math.ceil(len(ordered) * part) - 1)]


class Bench:
    """Where a run stands: its place on disk, its size, the cores it may use, the program that measures."""

    def __init__(self, place: pathlib.Path, quick: bool,
                 program: pathlib.Path = ROOT / "build/release/strongroom-bench"):
        self.place, self.quick, self.program = place, quick, program
        self.cores = sorted(os.sched_getaffinity(0))
        self._before = machine_seconds(), sum(os.times()[:4]), time.monotonic()

    def say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def pick(self, quick, whole):
        """The quick run's choice or the whole run's."""
        return quick if self.quick else whole

    # Running programs

    def command(self, arguments: list, cores: int = 0, **more) -> list[str]:
        words = [str(word) for word in arguments]
        if cores == 0 or cores >= len(self.cores):
            return words
        return ["taskset", "-c", ",".join(str(core) for core in self.cores[:cores]), *words]

    def run(self, arguments: list, cores: int = 0, stdin: pathlib.Path | None = None,
            stdout: pathlib.Path | None = None, env: dict[str, str] | None = None) -> float:
        """Seconds that a program took from start to end. Fails loudly when it fails."""
        with open(stdin or os.devnull, "rb") as source, open(stdout or os.devnull, "wb") as sink:
            begin = time.perf_counter()
            done = subprocess.run(self.command(arguments, cores), stdin=source, stdout=sink,
                                  stderr=subprocess.PIPE, env={**os.environ, **(env or {})},
                                  timeout=COMMAND_SECONDS_MAX, check=False)
            took = time.perf_counter() - begin
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
            raise Unavailable(f"{pathlib.Path(str(arguments[0])).name} ended with {done.returncode}: "
                              + " / ".join(said))
        return took

    def answer(self, arguments: list, cores: int = 0, env: dict[str, str] | None = None) -> dict:
        """The one line of JSON that a program prints about itself."""
        done = subprocess.run(self.command(arguments, cores), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, text=True, env={**os.environ, **(env or {})},
                              timeout=COMMAND_SECONDS_MAX, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{arguments[0]} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout.strip().splitlines()[-1])

    def ours(self, verb: str, **words) -> list[str]:
        """The measuring program's command line."""
        line = [str(self.program), verb]
        for name, value in words.items():
            line += [f"--{name}", str(value)]
        return line

    @staticmethod
    def need(program: str) -> str:
        found = shutil.which(program)
        if not found:
            raise Unavailable(f"{program} is not installed")
        return found

    # What is measured on

    def folder(self, name: str) -> pathlib.Path:
        """A fresh empty folder of that name."""
        path = self.place / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def random_file(self, size: int) -> pathlib.Path:
        """A folder's one file of `size` random bytes, made once and kept for the run; in the page cache."""
        path = self.place / f"random-{size}" / "weights.bin"
        if not path.exists() or path.stat().st_size != size:
            self.run(self.ours("make-random", path=path, bytes=size))
        warm(path)
        return path

    # What a reader must know

    def note(self, *parts: str) -> str:
        """What is said beside a figure, and that others were at work where they were."""
        said = [part for part in parts if part]
        if self.foreign_cores() > FOREIGN_CORES_MAX:
            said.append("loaded machine")
        return "; ".join(said)

    def foreign_cores(self) -> float:
        """How many cores others have used since this was last asked: all that the machine spent, less what this
        run and its children did."""
        now = machine_seconds(), sum(os.times()[:4]), time.monotonic()
        before, self._before = self._before, now
        passed = max(now[2] - before[2], 0.01)
        return max(0.0, (now[0] - before[0]) - (now[1] - before[1])) / passed

    def filesystem(self, path: pathlib.Path) -> str:
        """What kind of file system a path lies on."""
        best, kind = "", "unknown"
        for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            where = before.split()[4].encode().decode("unicode_escape")
            if (str(path) + "/").startswith(where.rstrip("/") + "/") and len(where) >= len(best):
                best, kind = where, after.split()[0]
        return kind


def warm(path: pathlib.Path) -> None:
    """Reads a file once, so that the next reader finds it in the page cache."""
    with open(path, "rb", buffering=0) as file:
        memory = bytearray(1 << 20)
        while file.readinto(memory):
            pass


def forget(paths: list[pathlib.Path]) -> str:
    """Drops what the kernel cached, so that the next read is cold. Gives what to say of it: all caches where we
    may, these files' own otherwise."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")
        return "cold: caches dropped"
    except OSError:
        pass
    for path in paths:
        for file in ([path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
    return "cold: these files dropped from the cache, not the kernel's other caches"


def machine_seconds() -> float:
    """Processor time that the whole machine has spent at work since it started, guests' included."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _wait, interrupts, soft, stolen = (int(field) for field in fields[:8])
    return (user + nice + system + interrupts + soft + stolen) / os.sysconf("SC_CLK_TCK")


def cpu_name() -> str:
    found = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else "unknown processor"
