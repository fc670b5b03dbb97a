"""A demonstration lab of the real programs, and a terminal to type at them: what the tests here share.

STRONGROOM_BINARY_DIR names the build to test; build/asan is taken without it.
"""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import fcntl

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARIES = ROOT / os.environ.get("STRONGROOM_BINARY_DIR", "build/asan")
STRONGROOM = BINARIES / "strongroom"
PASSPHRASE = b"a passphrase for tests"
SECONDS_MAX = 120


def surroundings(**more) -> dict:
    """The environment of a test: nothing of the caller's that the programs look at."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("STRONGROOM_") and name not in ("NO_COLOR", "NOTIFY_SOCKET", "JOURNAL_STREAM")}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm", **more}


def run(*arguments, stdin=b"", program=STRONGROOM, passphrase=None, env=None, **more):
    """Runs a program to its end; gives status, stdout, stderr as text."""
    words = [str(program), *map(str, arguments)]
    passed = ()
    read = None
    if passphrase is not None:
        read, write = os.pipe()
        os.write(write, passphrase)
        os.close(write)
        place = words.index("--") if "--" in words else len(words)
        words[place:place] = ["--passphrase-fd", str(read)]
        passed = (read,)
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, pass_fds=passed,
                              env=env or surroundings(), timeout=SECONDS_MAX, check=False, **more)
    finally:
        if read is not None:
            os.close(read)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


class Terminal:
    """A program at a pseudo-terminal of `rows` by `columns`."""

    def __init__(self, words, rows=24, columns=80, env=None, cwd=None):
        self.shown = b""
        self.status = None
        self.pid, self.end = pty.fork()
        if self.pid == 0:
            for number in (signal.SIGINT, signal.SIGHUP):  # whoever runs this in the background has them ignored
                signal.signal(number, signal.SIG_DFL)
            if cwd:
                os.chdir(cwd)
            os.execvpe(str(words[0]), [str(word) for word in words], env or surroundings())
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def text(self) -> str:
        return self.shown.decode(errors="replace").replace("\r\n", "\n")

    def _more(self, seconds: float) -> bool:
        if not select.select([self.end], [], [], seconds)[0]:
            return False
        try:
            some = os.read(self.end, 65536)
        except OSError:
            some = b""
        self.shown += some
        return bool(some)

    def waits_for(self, what: str, seconds: float = SECONDS_MAX) -> None:
        """Until `what` was shown since the last call."""
        until = time.monotonic() + seconds
        start = getattr(self, "seen", 0)
        while (at := self.shown.find(what.encode(), start)) < 0:
            if time.monotonic() > until or not self._more(until - time.monotonic()):
                raise AssertionError(f"never showed {what!r}; showed: {self.text()}")
        self.seen = at + len(what.encode())

    def type(self, text) -> None:
        os.write(self.end, text if isinstance(text, bytes) else text.encode())

    def ends(self) -> int:
        """The exit status, or minus the signal."""
        until = time.monotonic() + SECONDS_MAX
        while self._more(max(0.0, until - time.monotonic())):
            pass
        if time.monotonic() >= until:
            raise AssertionError(f"does not end; showed: {self.text()}")
        if self.status is None:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def close(self) -> None:
        if self.status is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass
        os.close(self.end)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def cheap_keys(people: pathlib.Path) -> None:
    """A person waits for Argon2id once; a hundred commands one after another need not. The same passphrase opens them."""
    tool = BINARIES / "crash/crash_cheap_keys"
    if tool.exists():
        subprocess.run([tool, PASSPHRASE, *people.glob("*/key.json")], check=True, env=surroundings())


def found(place: pathlib.Path) -> pathlib.Path:
    status, _, told = run("init", "--demonstration", "--data", place, "--custodians", "alice,bob,carol", "--members",
                          "dana", passphrase=PASSPHRASE)
    assert status == 0, told
    cheap_keys(place / "people")
    return place


FOUNDED = []  # the directory that holds this script's first lab, which is only ever copied


def founded() -> pathlib.Path:
    if not FOUNDED:
        FOUNDED.append(tempfile.TemporaryDirectory(prefix="strongroom-cli-"))
        found(pathlib.Path(FOUNDED[0].name) / "lab")
    return pathlib.Path(FOUNDED[0].name) / "lab"


def copy_lab(origin: pathlib.Path, place: pathlib.Path) -> None:
    """Of a lab that nothing runs in. Configurations name the directory that they were made in."""
    shutil.copytree(origin, place, symlinks=True)
    for config in place.glob("**/config.json"):
        config.write_bytes(config.read_bytes().replace(os.fsencode(f"{origin}/"), os.fsencode(f"{place}/")))


class Lab:
    """alice, bob and carol are custodians, any two of whom release; dana seals and asks."""

    def __init__(self, anew=False):
        """A copy of the one that this script founded first; `anew`: another strongroom."""
        self.kept = tempfile.TemporaryDirectory(prefix="strongroom-cli-")
        self.path = pathlib.Path(self.kept.name)
        self.processes = {}
        copy_lab(found(self.path / "first") if anew else founded(), self.path / "lab")
        self.start_server()

    def home(self, who: str) -> pathlib.Path:
        return self.path / "lab/people" / who

    @property
    def socket(self) -> pathlib.Path:
        return self.path / "lab/agent/agent.sock"

    def start(self, program: str, *arguments, ready: pathlib.Path, env=None) -> subprocess.Popen:
        log = open(self.path / f"{program}.log", "ab")
        process = subprocess.Popen([str(BINARIES / program), *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, env=env or surroundings())
        log.close()
        until = time.monotonic() + SECONDS_MAX
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError((self.path / f"{program}.log").read_text(errors="replace"))
            time.sleep(0.01)
        self.processes[program] = process
        return process

    def start_server(self) -> None:
        self.start("strongroom-server", "--data", self.path / "lab/server", "--listen", "127.0.0.1:0",
                   ready=self.path / "lab/server/server.json")

    def start_agent(self) -> None:
        if "strongroom-agent" not in self.processes:
            self.start("strongroom-agent", "--data", self.path / "lab/agent", ready=self.socket)

    def unmount(self) -> None:
        """What an agent left mounted that was killed."""
        for line in pathlib.Path("/proc/mounts").read_text().splitlines():
            if (place := line.split()[1]).startswith(str(self.path)):
                subprocess.run(["umount", "--lazy", place], check=False)

    def stop(self, program: str) -> None:
        process = self.processes.pop(program, None)
        if process is not None:
            process.terminate()
            process.wait(SECONDS_MAX)

    def close(self) -> None:
        """Nothing looks at how they end here. An agent waits for what its server has yet to answer, so that one goes first,
        and at once."""
        for program, process in self.processes.items():
            if program == "strongroom-server":
                process.kill()
            else:
                process.terminate()
        for program in ("strongroom-agent", "strongroom-server"):
            self.stop(program)
        self.kept.cleanup()

    def words(self, who: str, *arguments) -> list[str]:
        """What a person types, but for the passphrase."""
        return [str(word) for word in (arguments[0], "--demonstration", "--home", self.home(who), *arguments[1:])]

    def does(self, who: str, *arguments, expect=0, env=None) -> tuple[str, str]:
        """A person's command; gives stdout and stderr."""
        status, out, told = run(*self.words(who, *arguments), passphrase=PASSPHRASE, env=env)
        assert status == expect, f"{arguments} ended with {status}: {told}{out}"
        return out, told

    def tells(self, who: str, *arguments, expect=0) -> dict:
        out, _ = self.does(who, *arguments, "--json", expect=expect)
        return json.loads(out.splitlines()[-1])

    def at_terminal(self, who: str, *arguments, rows=24, columns=80, env=None) -> Terminal:
        """The same at a terminal, the passphrase typed."""
        terminal = Terminal([STRONGROOM, *self.words(who, *arguments)], rows, columns, env)
        terminal.waits_for("assphrase of")
        terminal.type(PASSPHRASE + b"\n")
        return terminal

    def make_model(self, name: str = "model", size: int = 100_000) -> pathlib.Path:
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        head = json.dumps({"layer": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
        (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(head)) + head + b"w" * size)
        (folder / "config.json").write_text('{"model_type":"test"}')
        return folder

    def seal(self, name: str, folder: str = "model") -> dict:
        return self.tells("dana", "seal", self.make_model(folder), "--name", name)

    def ask(self, name: str, purpose: str = "eval run", hours: str = "4") -> str:
        self.start_agent()
        mount = self.path / f"mount-{len(os.listdir(self.path))}"
        mount.mkdir()
        return self.tells("dana", "open", name, "--for", purpose, "--hours", hours, "--agent", self.socket,
                          "--mount", mount, "--no-wait")["proposal"]


def plain(text: str) -> str:
    """Without the escapes that colour it."""
    return re.sub(r"\x1b\[[0-9;]*[mK]", "", text)
