"""How long everything took to build from nothing, as the last ./test in an empty build folder noted it."""
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, alone
from versus import times

NAME = "build.cold"
UNIT = "min"
ABOUT = "building everything from nothing, as the last ./test that did so noted it"


def measure(bench: Bench) -> Iterator[Line]:
    cold = times.noted().get("cold")
    if not cold:
        raise Unavailable("the last ./test did not build from nothing: remove build/ and run ./test")
    yield alone([cold["build_seconds"] / 60], NAME, UNIT, cold["cores"], cold["note"])
