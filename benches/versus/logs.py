"""Logs of many entries, made once for a run and shared by the promises that read them."""
import pathlib

from frame import Bench


def log_of(bench: Bench, entries: int) -> pathlib.Path:
    place = bench.place / f"log-{entries}"
    place.mkdir(parents=True, exist_ok=True)
    bench.run(bench.ours("fill-log", at=place, entries=entries))  # goes on from where it stands
    return place
