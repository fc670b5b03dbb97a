"""File systems in user space: ours, what FUSE costs without any cryptography, gocryptfs, cryfs."""
import contextlib
import os
import pathlib
import shutil
import subprocess
import time
from collections.abc import Iterator

from frame import Bench, Unavailable
from versus.programs import synced

READY_SECONDS_MAX = 150  # cryfs takes its time to make a key


SERVERS: dict[pathlib.Path, int] = {}  # process by mount


def server_of(at: pathlib.Path) -> int:
    """The process that serves a mount that stands."""
    return SERVERS[at]


def is_mounted(path: pathlib.Path) -> bool:
    return os.path.ismount(path)


def await_mount(path: pathlib.Path, child: subprocess.Popen) -> None:
    deadline = time.monotonic() + READY_SECONDS_MAX
    while not is_mounted(path):
        if child.poll() not in (None, 0) or time.monotonic() > deadline:
            raise Unavailable(f"{pathlib.Path(child.args[0]).name} did not mount")
        time.sleep(0.01)


def unmount(path: pathlib.Path) -> None:
    """Also of what a failed run left."""
    for command in (["fusermount3", "-u", path], ["umount", "-l", path]):
        if is_mounted(path):
            subprocess.run([str(word) for word in command], stderr=subprocess.DEVNULL, check=False)


@contextlib.contextmanager
def standing(bench: Bench, arguments: list, at: pathlib.Path, env: dict | None = None) -> Iterator[pathlib.Path]:
    """A program that mounts on `at` and stays in the foreground; ended by unmounting or by closing its input."""
    at.mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen([str(word) for word in arguments], stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(env or {})})
    try:
        await_mount(at, child)
        SERVERS[at] = child.pid
        yield at
    finally:
        SERVERS.pop(at, None)
        child.stdin.close()
        try:
            child.wait(2)
        except subprocess.TimeoutExpired:
            unmount(at)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(READY_SECONDS_MAX)
        unmount(at)
        if child.poll() is None:
            child.kill()
            child.wait()


def ours(bench: Bench, store: pathlib.Path, keys: pathlib.Path, at: pathlib.Path):
    return standing(bench, bench.ours("mount", store=store, keys=keys, at=at), at)


def pass_through(bench: Bench, file: pathlib.Path, at: pathlib.Path):
    return standing(bench, bench.ours("pass-through", **{"from": file}, at=at), at)


@contextlib.contextmanager
def gocryptfs(bench: Bench, place: pathlib.Path) -> Iterator[pathlib.Path]:
    """Empty at first; what is written stays in `place` for the next mount."""
    cipher, at, secret = place / "gocryptfs", place / "gocryptfs-mount", place / "gocryptfs-passphrase"
    bench.need("gocryptfs")
    if not cipher.exists():
        cipher.mkdir(parents=True)
        secret.write_text("bench\n")
        bench.run(["gocryptfs", "-q", "-init", "-scryptn", "10", "-passfile", secret, cipher])
    with standing(bench, ["gocryptfs", "-q", "-fg", "-nosyslog", "-passfile", secret, cipher, at], at):
        yield at


@contextlib.contextmanager
def cryfs(bench: Bench, place: pathlib.Path) -> Iterator[pathlib.Path]:
    cipher, at, local = place / "cryfs", place / "cryfs-mount", place / "cryfs-state"
    bench.need("cryfs")
    at.mkdir(parents=True, exist_ok=True)
    cipher.mkdir(parents=True, exist_ok=True)
    settings = {**os.environ, "CRYFS_FRONTEND": "noninteractive", "CRYFS_NO_UPDATE_CHECK": "true",
                "CRYFS_LOCAL_STATE_DIR": str(local)}
    child = subprocess.Popen(["cryfs", "-f", str(cipher), str(at)], stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=settings)
    try:
        child.stdin.write(b"bench\n")
        child.stdin.close()
        await_mount(at, child)
        yield at
    finally:
        unmount(at)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(READY_SECONDS_MAX)
        if child.poll() is None:
            child.kill()
            child.wait()


def gocryptfs_write(bench: Bench, file: pathlib.Path, at: pathlib.Path) -> float:
    """Seconds of copying a file into a fresh one and syncing it."""
    with gocryptfs(bench, at) as mount:
        begin = time.perf_counter()
        with open(file, "rb") as source, open(mount / file.name, "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
            sink.flush()
            os.fsync(sink.fileno())
        return time.perf_counter() - begin
