"""A lab of its own for the tests of crashes: the real programs, as they were built, on a directory."""
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from points import Control

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PASSPHRASE = "planted passphrase: 4tW8-kQ2z"
PLANTED = b"PLANTED-WEIGHTS-0123456789abcdef"
START_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 120
INTERRUPTED = -signal.SIGKILL


def build_directory() -> pathlib.Path:
    """The release build where there is one (./test makes it): those are the programs that people run,
    and they start ten times as fast as those with sanitizers."""
    chosen = os.environ.get("STRONGROOM_BUILD")
    candidates = [ROOT / chosen] if chosen else [ROOT / f"build/{name}" for name in ("release", "asan", "clang")]
    for build in candidates:
        if (build / "strongroom-server").exists() and (build / "tests/crash_points.so").exists():
            return build
    raise FileNotFoundError("no build with the programs and tests/crash_points.so: tools/build.sh release all crash_points crash_cheap_keys")


def can_mount() -> bool:
    return os.geteuid() == 0 and os.access("/dev/fuse", os.R_OK | os.W_OK)


PORTS_GIVEN: set[int] = set()
GIVING_PORTS = threading.Lock()


def free_port() -> int:
    """The server comes back where its clients left it, so no two labs of a run share a port, whether or not their
    servers are up. Below the ports that the kernel hands out: those another lab's connection may take meanwhile."""
    with GIVING_PORTS:
        while True:
            port = random.randrange(20_000, 32_000)
            with socket.socket() as probe, contextlib.suppress(OSError):
                if port not in PORTS_GIVEN:
                    probe.bind(("127.0.0.1", port))
                    PORTS_GIVEN.add(port)
                    return port


class Trouble(AssertionError):
    """A step that had to succeed did not."""


class Lab:
    """Founded once, copied for every crash: `Lab.copy_of`."""

    def __init__(self, place: pathlib.Path, build: pathlib.Path):
        self.place, self.build = place, build
        self.root = place / "lab"
        self.running: dict[str, subprocess.Popen] = {}
        self.control: Control | None = None
        self.facts: dict[str, str] = {}
        self.restarted: set[str] = set()
        self.port = free_port()

    # Making and copying

    def found(self) -> None:
        self.root.mkdir(mode=0o700, parents=True)
        self.make_model("model", 3)
        told = self.must(self.strongroom("", "init", "--data", str(self.root), "--custodians",
                                         "alice,bob,carol", "--members", "dana"))
        self.facts["id"] = told["id"]
        keys = [str(path) for path in self.root.glob("people/*/key.json")]
        subprocess.run([str(self.build / "crash/crash_cheap_keys"), PASSPHRASE, *keys], check=True,
                       env=self.surroundings())

    def make_model(self, folder: str, files: int) -> None:
        """Planted content, so that plaintext anywhere else is found. Of one and two segments, and empty."""
        directory = self.place / folder
        directory.mkdir()
        for index in range(files):
            content = (PLANTED * (40_000 * index))[:1_200_000 * index]
            (directory / f"planted-file-{index}.bin").write_bytes(content)

    def copy_to(self, place: pathlib.Path) -> "Lab":
        """Of what stands on the disk; nothing may be running."""
        copy = Lab(place, self.build)
        shutil.copytree(self.place, place, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("control", "journal", "*.log"))
        copy.facts = dict(self.facts)
        copy.settle(self.root)
        return copy

    def settle(self, origin: pathlib.Path) -> None:
        """Configurations name the directory they were made in."""
        for path in [*self.root.glob("people/*/config.json"), self.root / "agent/config.json"]:
            if path.exists():
                path.write_bytes(path.read_bytes().replace(os.fsencode(origin), os.fsencode(self.root)))
        for path in self.root.rglob("*"):
            if path.is_dir():
                path.chmod(0o700)
        for name in ("server/server.json", "agent/agent.sock"):
            (self.root / name).unlink(missing_ok=True)

    # Running the programs

    def watch(self) -> Control:
        """Programs started from here on are preloaded."""
        self.control = Control(self.place / "control", self.root, self.place / "journal")
        return self.control

    def surroundings(self) -> dict[str, str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.place),
                       "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0",
                       "UBSAN_OPTIONS": "halt_on_error=1"}
        if self.control is not None:
            environment |= {"LD_PRELOAD": str(self.build / "tests/crash_points.so"),
                            "STRONGROOM_CRASH_CONTROL": str(self.place / "control")}
        return environment

    def start(self, program: str, *arguments: str, ready: str) -> None:
        sign = self.root / ready
        sign.unlink(missing_ok=True)
        with open(self.place / f"{program}.log", "ab") as log:
            child = subprocess.Popen([str(self.build / program), *arguments], stdout=log, stderr=log,
                                     stdin=subprocess.DEVNULL, env=self.surroundings())
        self.running[program] = child
        deadline = time.monotonic() + START_SECONDS_MAX
        while not sign.exists():
            if child.poll() is not None:
                raise Trouble(f"{program} ended with {child.returncode}: {self.said(program)}")
            if time.monotonic() > deadline:
                raise Trouble(f"{program} did not get ready: {self.said(program)}")
            time.sleep(0.003)

    def said(self, program: str) -> str:
        with contextlib.suppress(OSError):
            return (self.place / f"{program}.log").read_text(errors="replace")[-1500:]
        return ""

    def start_server(self) -> None:
        self.start("strongroom-server", "--data", str(self.root / "server"), "--listen",
                   f"127.0.0.1:{self.port}",
                   ready="server/server.json")

    def start_agent(self) -> None:
        self.start("strongroom-agent", "--data", str(self.root / "agent"), ready="agent/agent.sock")

    def revive(self) -> None:
        """Starts again whatever has died."""
        for program, start in (("strongroom-server", self.start_server), ("strongroom-agent", self.start_agent)):
            if program in self.running and not self.alive(program):
                self.restarted.add(program)
                start()

    def alive(self, program: str) -> bool:
        return program in self.running and self.running[program].poll() is None

    def stop(self, program: str, number: int = signal.SIGTERM) -> int | None:
        child = self.running.pop(program, None)
        if child is None:
            return None
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            child.send_signal(number)
        try:
            return child.wait(30)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise Trouble(f"{program} does not stop: {self.said(program)}") from None

    def stop_all(self) -> None:
        for program in ("strongroom-agent", "strongroom-server"):
            with contextlib.suppress(Trouble):
                self.stop(program, signal.SIGKILL)
        subprocess.run(["umount", "-l", str(self.place / "mount")], check=False,
                       stderr=subprocess.DEVNULL)

    def strongroom(self, who: str, *arguments: str) -> subprocess.CompletedProcess:
        """One command as a person, to its end, however that comes."""
        command = [str(self.build / "strongroom"), *arguments, "--demonstration", "--json"]
        if who:
            command += ["--home", str(self.root / "people" / who)]
        reading, writing = os.pipe()
        os.write(writing, PASSPHRASE.encode())
        os.close(writing)
        try:
            return subprocess.run([*command, "--passphrase-fd", str(reading)], pass_fds=(reading,),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True, errors="replace", check=False,
                                  env=self.surroundings(), timeout=COMMAND_SECONDS_MAX)
        finally:
            os.close(reading)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess:
        """A program that asks nobody, to its end."""
        return subprocess.run([str(self.build / program), *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                              check=False, env=self.surroundings(), timeout=COMMAND_SECONDS_MAX)

    @staticmethod
    def must(done: subprocess.CompletedProcess) -> dict:
        """Its last line of JSON."""
        if done.returncode != 0:
            raise Trouble(f"{' '.join(done.args[1:4])} … ended with {done.returncode}: "
                          f"{done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    def verify(self, site: pathlib.Path | None = None) -> None:
        done = subprocess.run([str(self.build / "strongroom-verify"),
                               str((site or self.root / "server") / "public"), "--demonstration", "--id",
                               self.facts["id"], "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                              env={**self.surroundings(), "LD_PRELOAD": ""}, timeout=COMMAND_SECONDS_MAX)
        if done.returncode != 0:
            raise Trouble(f"strongroom-verify ended with {done.returncode}: {done.stdout}")

    # What the log says

    def entries(self, site: pathlib.Path | None = None) -> list[dict]:
        """Of the published log, in order, read without any program of ours."""
        folder = (site or self.root / "server") / "public/tile/entries"
        best: dict[int, tuple[int, pathlib.Path]] = {}
        for path in folder.rglob("*"):
            if not path.is_file() or path.name.startswith("."):
                continue
            partial = path.parent.name.endswith(".p")
            width = int(path.name) if partial else 256
            index = int("".join(part.lstrip("x") for part in (
                str(path.parent.relative_to(folder))[:-2] if partial else str(path.relative_to(folder))
            ).split("/")))
            if width > best.get(index, (0, path))[0]:
                best[index] = (width, path)
        entries = []
        for index in sorted(best):
            data, at = best[index][1].read_bytes(), 0
            while at < len(data):
                length = struct.unpack_from(">H", data, at)[0]
                entries.append(json.loads(data[at + 2:at + 2 + length]))
                at += 2 + length
        return entries
