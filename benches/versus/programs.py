"""The programs that encrypt files, as commands that do what ours does, with the defaults they come with."""
import os
import pathlib

from frame import Bench, Unavailable


def age_key(bench: Bench) -> tuple[str, pathlib.Path]:
    """A recipient and the file of its identity."""
    identity = bench.place / "age.key"
    if not identity.exists():
        bench.need("age-keygen")
        bench.run(["age-keygen", "-o", identity])
    for line in identity.read_text().splitlines():
        if line.startswith("# public key: "):
            return line.removeprefix("# public key: "), identity
    raise Unavailable("age-keygen made no key")


def age_seal(bench: Bench, source: pathlib.Path, sink: pathlib.Path | None, cores: int) -> float:
    recipient, _ = age_key(bench)
    took = bench.run(["age", "-r", recipient], cores, stdin=source, stdout=sink)
    return took


def age_open(bench: Bench, source: pathlib.Path, cores: int) -> float:
    _, identity = age_key(bench)
    return bench.run(["age", "-d", "-i", identity], cores, stdin=source)


def synced(seconds: float, paths: list[pathlib.Path]) -> float:
    """What a program took, and the fsync of what it left, for programs that do not sync themselves."""
    import time
    begin = time.perf_counter()
    for path in paths:
        for file in ([path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    return seconds + time.perf_counter() - begin
