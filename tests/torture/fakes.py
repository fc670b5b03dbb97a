"""What stands at the other end when it is not ours: servers that lie, stall and break off."""
import contextlib
import os
import pathlib
import socket
import subprocess
import threading

CLOCK_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
/* Shifts the wall clock by the seconds that stand in the file TORTURE_CLOCK. */
int clock_gettime(clockid_t which, struct timespec* out) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(which, out);
  const char* path = getenv("TORTURE_CLOCK");
  if (which == CLOCK_REALTIME && path) {
    FILE* file = fopen(path, "re");
    long shift = 0;
    if (file) { if (fscanf(file, "%ld", &shift) == 1) out->tv_sec += shift; fclose(file); }
  }
  return result;
}
"""


class Clock:
    """A wall clock of a program's own, set while it runs."""

    def __init__(self, place: pathlib.Path):
        self.file = place / "clock"
        self.library = place / "clock.so"
        self.set(0)
        source = place / "clock.c"
        source.write_text(CLOCK_SOURCE)
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(self.library), str(source), "-ldl"], check=True)

    def set(self, seconds: int) -> None:
        with open(f"{self.file}.new", "w") as out:
            out.write(f"{seconds}\n")
        os.rename(f"{self.file}.new", self.file)

    @property
    def environment(self) -> dict:
        return {**os.environ, "LD_PRELOAD": str(self.library), "TORTURE_CLOCK": str(self.file)}


class FakeServer:
    """Answers every connection by `act`, on a thread of its own."""

    def __init__(self, act):
        self.act = act
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self.serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def serve(self) -> None:
        self.listening.settimeout(0.1)
        while not self.over.is_set():
            try:
                peer, _ = self.listening.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self.open.append(peer)
            threading.Thread(target=self.one, args=(peer,), daemon=True).start()

    def one(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer.settimeout(90)
            read = b""
            while b"\r\n\r\n" not in read:
                piece = peer.recv(4096)
                if not piece:
                    return
                read += piece
            self.act(self, peer)
            peer.close()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.listening.close()
        for peer in self.open:
            peer.close()
        self.thread.join(5)


def says(answer: bytes):
    return lambda fake, peer: peer.sendall(answer)


def never(fake: FakeServer, peer: socket.socket) -> None:
    fake.over.wait(120)


def drips(fake: FakeServer, peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not fake.over.wait(0.5):
        peer.sendall(b"x")


def endless_headers(fake: FakeServer, peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while not fake.over.is_set():
        peer.sendall(b"x-more: " + b"y" * 8000 + b"\r\n")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
