"""The programs that encrypt files, as commands that do what ours does, with the defaults they come with."""
import os
import pathlib
import time

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
    return bench.run(["age", "-r", recipient], cores, stdin=source, stdout=sink)


def age_open(bench: Bench, source: pathlib.Path, cores: int) -> float:
    _, identity = age_key(bench)
    return bench.run(["age", "-d", "-i", identity], cores, stdin=source)


def synced(seconds: float, paths: list[pathlib.Path]) -> float:
    """What a program took, and the fsync of what it left, for programs that do not sync themselves."""
    begin = time.perf_counter()
    for path in paths:
        for file in ([path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
    return seconds + time.perf_counter() - begin


def openssl_seal(bench: Bench, source: pathlib.Path, to: pathlib.Path) -> float:
    """AES-256-CTR under a given key, which authenticates nothing: the fastest that `openssl enc` offers."""
    took = bench.run(["openssl", "enc", "-aes-256-ctr", "-K", "07" * 32, "-iv", "00" * 16, "-in", source,
                      "-out", to])
    return synced(took, [to])


def restic_seal(bench: Bench, source: pathlib.Path, at: pathlib.Path) -> float:
    """A backup into a fresh repository, without compression, which random bytes would only slow."""
    settings = {"RESTIC_PASSWORD": "bench", "RESTIC_REPOSITORY": str(at / "restic"),
                "RESTIC_CACHE_DIR": str(at / "cache")}
    bench.run(["restic", "init", "-q"], env=settings)
    took = bench.run(["restic", "backup", "-q", "--compression", "off", source], env=settings)
    return synced(took, [at / "restic"])
