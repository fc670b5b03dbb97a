"""Logs of many entries, made once for a run and shared by the promises that read them."""
import pathlib

from frame import Bench


def log_of(bench: Bench, entries: int, entry_bytes: int) -> pathlib.Path:
    place = bench.place / f"log-{entries}-{entry_bytes}"
    place.mkdir(parents=True, exist_ok=True)
    # It goes on from where it stands.
    bench.run(bench.ours("fill-log", at=place, entries=entries, **{"entry-bytes": entry_bytes}))
    return place
