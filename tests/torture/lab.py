"""A small strongroom to torment: the real programs, founded once, copied for whoever breaks things.

Nothing here judges; cases.py says what a case is and torture.py runs them.
"""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ["strongroom", "strongroom-server", "strongroom-agent", "strongroom-verify"]
CHEAP_KEYS = "crash_cheap_keys"
CUSTODIANS = ["alice", "bob", "carol"]
MEMBER = "dana"
NOBODY = 65534
PASSPHRASE = "torture is a test"
COMMAND_SECONDS_MAX = 60
START_SECONDS_MAX = 20
STOP_SECONDS_MAX = 15
TIMED_OUT = 124


class Trouble(Exception):
    """The lab itself did not do what a case stands on."""


@dataclasses.dataclass
class Ran:
    """How a program ended. `code` is the shell's: 128 + signal; 124 when it had to be stopped."""
    code: int
    out: str
    err: str
    seconds: float = 0.0
    memory_bytes: int = 0
    left_behind: bool = False  # its process group outlived it

    @property
    def said(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> dict:
        for line in reversed(self.out.splitlines()):
            with contextlib.suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict):
                    return found
        return {}


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return any(stat_of(pid)[1:] == ("R", group) for pid in pids())


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def stat_of(pid: int) -> tuple[int, str, int]:
    """pid, "R" while it runs ("Z": a zombie; "": gone), process group."""
    try:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return pid, "", 0
    return pid, "Z" if words[0] in "ZX" else "R", int(words[2])


def mounts_beneath(place: pathlib.Path, kind: str = "") -> list[str]:
    """Of a type that begins with `kind`."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        path = line.split()[4].encode().decode("unicode_escape")
        beneath = path == str(place) or path.startswith(f"{place}/")
        if beneath and line.partition(" - ")[2].startswith(kind):
            found.append(path)
    return found


def unmount_beneath(place: pathlib.Path) -> None:
    for path in sorted(mounts_beneath(place), reverse=True):
        subprocess.run(["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)


def wait_until(happens, seconds: float = START_SECONDS_MAX) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happens():
            return True
        time.sleep(0.01)
    return bool(happens())


@dataclasses.dataclass
class Around:
    """What surrounds a program when it is started."""
    uid: int = 0
    environment: dict | None = None
    cwd: str | None = None
    prefix: tuple[str, ...] = ()      # prlimit, unshare, …
    umask: int = 0o022
    stdin: object = subprocess.DEVNULL
    stdout: object = subprocess.PIPE
    stderr: object = subprocess.PIPE
    seconds: float = COMMAND_SECONDS_MAX
    pass_fds: tuple[int, ...] = ()

    def start(self, command: list, **more) -> subprocess.Popen:
        user = {} if self.uid == 0 else {"user": self.uid, "group": self.uid, "extra_groups": []}
        environment = dict(os.environ) if self.environment is None else self.environment
        return subprocess.Popen([*self.prefix, *map(str, command)], stdin=self.stdin, stdout=self.stdout,
                                stderr=self.stderr, env=environment, cwd=self.cwd, umask=self.umask,
                                pass_fds=self.pass_fds, start_new_session=True, **user, **more)


def finish(child: subprocess.Popen, seconds: float) -> Ran:
    """Waits, gathers what was said, and looks whether anything of the group lives on."""
    begin = time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    late = False
    try:
        out, err = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        late = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    code = TIMED_OUT if late else child.returncode if child.returncode >= 0 else 128 - child.returncode
    left = wait_until(lambda: not group_lives(child.pid), 2) is False
    if left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    text = [(part or b"").decode(errors="replace") for part in (out, err)]
    return Ran(code, *text, time.monotonic() - begin, max(before, after) * 1024, left)


def run(command: list, around: Around | None = None) -> Ran:
    around = around or Around()
    return finish(around.start(command), around.seconds)


class Lab:
    """One strongroom in a directory: people's homes, a server, an agent, one sealed model."""

    def __init__(self, programs: pathlib.Path, directory: pathlib.Path, uid: int = 0):
        self.programs, self.directory, self.uid = programs, directory, uid
        self.children: dict[str, subprocess.Popen] = {}
        self.around = Around(uid=uid)

    # Where things lie

    @property
    def server_dir(self) -> pathlib.Path:
        return self.directory / "server"

    @property
    def store(self) -> pathlib.Path:
        return self.server_dir / "objects"

    @property
    def socket(self) -> pathlib.Path:
        return self.directory / "agent/agent.sock"

    def home(self, who: str) -> pathlib.Path:
        return self.directory / "people" / who

    @property
    def id(self) -> str:
        return json.loads((self.home(MEMBER) / "config.json").read_text())["strongroom"]

    @property
    def url(self) -> str:
        return json.loads((self.server_dir / "server.json").read_text())["url"]

    # Running

    def words(self, *arguments: str, who: str = "", passphrase: int = 9) -> list[str]:
        """A command as a person types it."""
        typed = [str(each) for each in arguments]
        after: list[str] = []
        if "--" in typed:
            at = typed.index("--")
            typed, after = typed[:at], typed[at:]
        home = ["--home", str(self.home(who))] if who else []
        return [str(self.programs / "strongroom"), *typed, *home, "--demonstration", "--passphrase-fd",
                str(passphrase), *after]

    @contextlib.contextmanager
    def passphrase_pipe(self, words: str = PASSPHRASE):
        reading, writing = os.pipe()
        os.write(writing, words.encode())
        os.close(writing)
        try:
            yield reading
        finally:
            os.close(reading)

    def begin(self, *arguments: str, who: str = MEMBER, around: Around | None = None,
              passphrase: str = PASSPHRASE) -> subprocess.Popen:
        around = dataclasses.replace(around or self.around)
        with self.passphrase_pipe(passphrase) as descriptor:
            around.pass_fds = (*around.pass_fds, descriptor)
            return around.start(self.words(*arguments, who=who, passphrase=descriptor))

    def strongroom(self, *arguments: str, who: str = MEMBER, around: Around | None = None,
                   passphrase: str = PASSPHRASE) -> Ran:
        child = self.begin(*arguments, who=who, around=around, passphrase=passphrase)
        return finish(child, (around or self.around).seconds)

    def must(self, *arguments: str, who: str = MEMBER, around: Around | None = None) -> dict:
        ran = self.strongroom(*arguments, "--json", who=who, around=around)
        if ran.code != 0:
            raise Trouble(f"strongroom {arguments[0]} ended with {ran.code}: {ran.said}")
        return ran.json

    # Servers

    def log_of(self, name: str) -> str:
        try:
            return (self.directory / f"{name}.log").read_text(errors="replace")
        except OSError:
            return ""

    def launch(self, name: str, *more: str, around: Around | None = None) -> subprocess.Popen:
        """Starts a server or agent, and does not wait."""
        folder = self.server_dir if name == "strongroom-server" else self.directory / "agent"
        listen = ["--listen", "127.0.0.1:0"] if name == "strongroom-server" and not more else list(more)
        around = dataclasses.replace(around or self.around)
        with open(self.directory / f"{name}.log", "ab") as out:
            around.stdout = around.stderr = out
            return around.start([self.programs / name, "--data", folder, *listen])

    def start(self, name: str, around: Around | None = None) -> None:
        ready = self.server_dir / "server.json" if name == "strongroom-server" else self.socket
        ready.unlink(missing_ok=True)
        child = self.launch(name, around=around)
        self.children[name] = child
        if not wait_until(lambda: ready.exists() or child.poll() is not None) or child.poll() is not None:
            raise Trouble(f"{name} did not start: {self.log_of(name)[-2000:]}")

    def start_server(self, around: Around | None = None) -> None:
        self.start("strongroom-server", around)

    def start_agent(self, around: Around | None = None) -> None:
        self.start("strongroom-agent", around)

    def stop(self, name: str, how: int = signal.SIGTERM) -> int:
        """The exit code; a program that does not end is killed, and that is trouble."""
        child = self.children.pop(name, None)
        if child is None:
            return 0
        child.send_signal(how)
        try:
            return child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise Trouble(f"{name} did not end within {STOP_SECONDS_MAX} s of signal {how}") from None

    def stop_all(self) -> None:
        for name in reversed(list(self.children)):
            with contextlib.suppress(Trouble):
                self.stop(name)
        unmount_beneath(self.directory)

    def serves(self) -> bool:
        return all(child.poll() is None for child in self.children.values())

    # Work

    def found(self) -> None:
        self.directory.mkdir(mode=0o755, exist_ok=True)
        ran = self.strongroom("init", "--data", str(self.directory), "--custodians", ",".join(CUSTODIANS),
                              "--threshold", "2", "--members", MEMBER, "--host", "this-machine", who="")
        if ran.code != 0:
            raise Trouble(f"strongroom init ended with {ran.code}: {ran.said}")
        self.directory.chmod(0o755)
        self.make_keys_cheap()

    def make_keys_cheap(self) -> None:
        """A person waits for Argon2id once; a thousand commands one after another need not. Without the
        tool (tools/build.sh release crash_cheap_keys) it takes longer."""
        tool = self.programs / CHEAP_KEYS
        if tool.exists():
            subprocess.run([tool, PASSPHRASE, *self.directory.glob("people/*/key.json")], check=True)

    def copy_to(self, directory: pathlib.Path, uid: int = 0) -> "Lab":
        """A twin with everything in it, at rest; paths and owner its own."""
        shutil.copytree(self.directory, directory, symlinks=True, ignore=shutil.ignore_patterns(
            "*.sock", "*.lock", "server.json", "*.log", "*.pid"))
        for config in directory.glob("**/config.json"):
            text = config.read_text().replace(f"{self.directory}/", f"{directory}/")
            config.write_text(text)
        twin = Lab(self.programs, directory, uid)
        if uid:
            for path in [directory, *directory.rglob("*")]:
                os.chown(path, uid, uid)
        return twin

    def seal(self, model: pathlib.Path, name: str = "", **more) -> Ran:
        return self.strongroom("seal", str(model), "--name", name or model.name, "--json", **more)

    def propose(self, mount: pathlib.Path, *, name: str = "kept", hours: str = "1",
                confined: bool = False, more: tuple[str, ...] = ()) -> str:
        return self.must("open", name, "--for", "torture", "--hours", hours, "--agent", str(self.socket),
                         "--mount", str(mount), "--no-wait", *(["--confined"] if confined else []),
                         *more)["proposal"]

    def approve(self, proposal: str, *names: str) -> None:
        for name in names or CUSTODIANS[:2]:
            self.must("approve", proposal, "--yes", who=name)

    def open(self, mount: pathlib.Path, **how) -> str:
        """Asks, is approved by two, and is mounted."""
        proposal = self.propose(mount, **how)
        self.approve(proposal)
        self.must("open", "--proposal", proposal, "--agent", str(self.socket), "--mount", str(mount))
        return proposal

    def close(self, proposal: str) -> Ran:
        return self.strongroom("close", proposal, "--agent", str(self.socket), "--json")

    def agent_says(self, path: str) -> str:
        """Its answer; empty: it gave none."""
        return run(["curl", "-s", "--unix-socket", str(self.socket), f"http://agent{path}"]).out

    def phase_of(self, proposal: str) -> str:
        """What the agent says of a lease."""
        said = self.agent_says(f"/v1/leases/{proposal.removeprefix('demo-')}")
        found = re.search(r'"phase":"([\w-]+)"', said)
        return found.group(1) if found else said

    # What is there

    def store_state(self) -> dict[str, tuple[int, int]]:
        return {str(path.relative_to(self.store)): (path.stat().st_size, path.stat().st_mtime_ns)
                for path in self.store.rglob("*") if not path.is_dir()}

    def log_size(self) -> int:
        try:
            return int((self.server_dir / "public/checkpoint").read_text().splitlines()[1])
        except (OSError, ValueError, IndexError):
            return -1

    def halves(self) -> list[str]:
        """What a writer left in the store: partial files, and objects without their manifest."""
        if not self.store.is_dir():
            return []
        found = [str(path) for path in self.store.rglob(".*.partial")]
        for manifest_or_more in self.store.rglob("f0"):
            if not (manifest_or_more.parent / "manifest").exists():
                found.append(f"{manifest_or_more.parent} has no manifest")
        return found


def sample_model(place: pathlib.Path, bytes_each: int = 1_500_000) -> pathlib.Path:
    """A few files that any scanner takes for a model; small, and more than one segment."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "config.json").write_text('{"architectures":["LlamaForCausalLM"]}\n')
    head = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (bytes_each // 4, bytes_each // 4 * 4)
    head += b" " * (-len(head) % 8)
    body = os.urandom(4096) * (bytes_each // 4096 + 1)
    (place / "model.safetensors").write_bytes(
        len(head).to_bytes(8, "little") + head + body[:bytes_each // 4 * 4])
    (place / "tokenizer.json").write_text("{}\n")
    return place


def programs_at(build: pathlib.Path, place: pathlib.Path) -> pathlib.Path:
    """The programs where any user may run them: a checkout often lies in a private home."""
    place.mkdir(mode=0o755, exist_ok=True)
    for name in PROGRAMS:
        found = next((path for path in (build / name, build / "bin" / name) if path.exists()), None)
        if found is None:
            raise Trouble(f"{name} is not in {build}: build it first")
        shutil.copy2(found, place / name)
        (place / name).chmod(0o755)
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(build / "crash" / CHEAP_KEYS, place / CHEAP_KEYS)
    return place


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
