"""How long a server with many events takes to answer again, beside an empty one."""
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, compare, interleave

NAME = "api.restart"
UNIT = "s"
ABOUT = "starting strongroom-server on a long log, beside an empty one"
START_SECONDS_MAX = 600


def started(bench: Bench, site: pathlib.Path) -> float:
    """Seconds from start until it says where it listens."""
    ready = site / "server.json"
    ready.unlink(missing_ok=True)
    begin = time.perf_counter()
    child = subprocess.Popen([bench.program.parent / "strongroom-server", "--data", site, "--listen", "127.0.0.1:0"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not ready.exists():
            if child.poll() is not None or time.perf_counter() - begin > START_SECONDS_MAX:
                raise Unavailable("strongroom-server did not start")
            time.sleep(0.001)
        return time.perf_counter() - begin
    finally:
        child.terminate()
        child.wait()


def measure(bench: Bench) -> Iterator[Line]:
    events = bench.pick(2_000, 1_000_000)
    place = bench.folder("api-restart")
    long, empty = place / "long", place / "empty"
    bench.run(bench.ours("fill-site", at=long, events=events))
    bench.run(bench.ours("fill-site", at=empty, events=0))
    figures = interleave({"ours": lambda: started(bench, long), "empty": lambda: started(bench, empty)},
                         bench.pick(3, 7))
    yield from compare(figures, NAME, UNIT, len(bench.cores), bench.note(f"{events} events beside the genesis alone"))
    shutil.rmtree(place, ignore_errors=True)
