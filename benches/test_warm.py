"""How long ./test took with everything built, as its last such run noted it."""
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, alone
from versus import times

NAME = "test.warm"
UNIT = "min"
ABOUT = "./test with everything built, as its last such run noted it"


def measure(bench: Bench) -> Iterator[Line]:
    warm = times.noted().get("warm")
    if not warm:
        raise Unavailable("no ./test has run with everything built: run it twice")
    yield alone([warm["seconds"] / 60], NAME, UNIT, warm["cores"], warm["note"])
