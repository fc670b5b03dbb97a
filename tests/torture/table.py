"""The table of hostile cases: what each does, what it must get, and what must still be true.

A case is one function under @case, beside its row. docs/torture.md is this table, printed.
"""
import contextlib
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import time

import lab as labs
from lab import Lab, Ran, Trouble

# What a row may promise beyond what holds after every case.
KEEPS = {
    "store": "the store is as it was",
    "log": "the log is as it was",
    "again": "the next try, without the cause, works",
    "serves": "the server and the agent serve on",
}
ALWAYS = ("Whatever is done: no half object and no partial file is in the store, nothing is mounted, no process is "
          "left, and nothing takes longer than a minute.")


class Failed(Exception):
    """What a case saw is not what its row says."""


class Skipped(Exception):
    """This machine cannot do it; says why."""


@dataclasses.dataclass(frozen=True)
class Case:
    group: str
    name: str
    code: tuple[int, ...]
    says: str
    keeps: tuple[str, ...]
    also: str
    long: bool
    run: object


CASES: list[Case] = []


def case(group: str, name: str, code, says: str = "", keeps: str = "", also: str = "", long: bool = False):
    """`long`: it waits much, and is begun early. `code` is the exit code, or those that may be; `says` a part of the message; `keeps` names rows of
    KEEPS; `also` says in words what the function itself looks at."""
    def add(function):
        for keep in keeps.split():
            assert keep in KEEPS, keep
        assert all((each.group, each.name) != (group, name) for each in CASES), name
        codes = code if isinstance(code, tuple) else (code,)
        CASES.append(Case(group, name, codes, says, tuple(keeps.split()), also, long, function))
        return function
    return add


class Scene:
    """What one case has to work with: a directory of its own, and a strongroom."""

    def __init__(self, stage: "Stage", place: pathlib.Path):
        self.stage, self.place = stage, place
        self.lab = stage.lab
        self.again = None
        self.twins: list[Lab] = []
        self.undo = contextlib.ExitStack()
        self.note: dict[str, object] = {}

    def must(self, holds, words: str) -> None:
        if not holds:
            raise Failed(words)

    def model(self, name: str = "model") -> pathlib.Path:
        return labs.sample_model(self.place / name)

    def folder(self, name: str, mode: int = 0o755) -> pathlib.Path:
        made = self.place / name
        made.mkdir(parents=True)
        made.chmod(mode)
        return made

    def twin(self, server: bool = True, agent: bool = False, uid: int = 0) -> Lab:
        """A strongroom of this case's own, to break."""
        twin = self.stage.founded.copy_to(self.place / f"lab{len(self.twins)}", uid)
        self.twins.append(twin)
        self.undo.callback(twin.stop_all)
        if server:
            twin.start_server()
        if agent:
            twin.start_agent()
        self.lab = twin
        return twin

    def unprivileged(self) -> Lab:
        """A strongroom of nobody's: shared by the cases that must not be root."""
        if os.geteuid() != 0:
            return self.lab
        self.lab = self.stage.nobodys()
        return self.lab

    def tmpfs(self, place: pathlib.Path, size: str, uid: int = 0, more: str = "") -> None:
        """A small disk at `place`, with what lay there."""
        kept = self.place / f"kept-{place.name}"
        shutil.copytree(place, kept, symlinks=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700,uid={uid},gid={uid}{more}", "none",
                   str(place)]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            raise Skipped("mounting a small tmpfs is not allowed here")
        self.undo.callback(subprocess.run, ["umount", "-l", str(place)], check=False)
        shutil.copytree(kept, place, symlinks=True, dirs_exist_ok=True)
        if uid:
            for path in place.rglob("*"):
                os.chown(path, uid, uid)

    def stopped_while_sealing(self, model: pathlib.Path, lab: Lab | None = None, **more) -> subprocess.Popen:
        """A `seal` that stands still (SIGSTOP) after it has listed the directory and begun to write."""
        lab = lab or self.lab
        folders = lab.store / "objects"
        before = set(folders.iterdir()) if folders.exists() else set()
        child = lab.begin("seal", str(model), "--name", model.name, "--json", **more)

        def writes() -> bool:
            # Not before the first bytes are there: then every file has been listed.
            with contextlib.suppress(OSError):
                return any(file.stat().st_size for folder in set(folders.iterdir()) - before
                           for file in folder.iterdir())
            return False
        begun = labs.wait_until(lambda: child.poll() is not None or writes(), 30)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGSTOP)
        if not begun or child.poll() is not None:
            raise Trouble("seal was over before it could be stopped: " + str(child.communicate()))
        return child

    def go_on(self, child: subprocess.Popen) -> Ran:
        os.killpg(child.pid, signal.SIGCONT)
        return labs.finish(child, labs.COMMAND_SECONDS_MAX)


class Stage:
    """What all cases of one worker share."""

    def __init__(self, founded: Lab, place: pathlib.Path):
        self.founded, self.place = founded, place
        self._lab: Lab | None = None
        self._nobodys: Lab | None = None
        self._count = 0

    @property
    def lab(self) -> Lab:
        """Founded, serving, one model sealed under the name "kept"; made anew when a case broke it."""
        if self._lab is not None and self._lab.serves():
            return self._lab
        if self._lab is not None:
            self._lab.stop_all()
        self._count += 1
        self._lab = self.founded.copy_to(self.place / f"lab{self._count}")
        self._lab.start_server()
        self._lab.start_agent()
        return self._lab

    def nobodys(self) -> Lab:
        if self._nobodys is None or not self._nobodys.serves():
            self._count += 1
            self._nobodys = self.founded.copy_to(self.place / f"nobodys{self._count}", labs.NOBODY)
            self._nobodys.start_server()
        return self._nobodys

    def close(self) -> None:
        for lab in (self._lab, self._nobodys):
            if lab is not None:
                lab.stop_all()


def living_in(place: pathlib.Path, but: set[int]) -> list[str]:
    """Processes that were told of `place`, or stand in it."""
    found = []
    mark = str(place).encode()
    for pid in labs.pids():
        if pid in but or pid == os.getpid():
            continue
        with contextlib.suppress(OSError):
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            if mark in words and labs.stat_of(pid)[1] == "R":
                found.append(f"{pid}: {words.replace(bytes(1), b' ').decode(errors='replace')[:200]}")
    return found


def judge_what_is_left(one: Case, scene: Scene, before: dict) -> None:
    lab = scene.lab
    for each in [lab, *scene.twins]:
        halves = each.halves()
        scene.must(not halves, f"left in the store: {halves[:5]}")
    if "store" in one.keeps:
        now = lab.store_state()
        then = before["store"]
        scene.must(now == then, f"the store changed: {sorted(set(now.items()) ^ set(then.items()))[:6]}")
    if "log" in one.keeps:
        scene.must(lab.log_size() == before["log"], f"the log grew from {before['log']} to {lab.log_size()}")
    if "serves" in one.keeps:
        scene.must(lab.serves(), "the server or the agent is gone")
    if "again" in one.keeps:
        scene.must(scene.again is not None, "the case forgot to say what to try again")
        ran = scene.again()
        scene.must(ran.code == 0, f"the next try ended with {ran.code}: {ran.said[-600:]}")
    for twin in scene.twins:
        for name in reversed(list(twin.children)):
            twin.stop(name)
    mounts = labs.mounts_beneath(scene.place, "fuse")
    scene.must(not mounts, f"still mounted: {mounts}")
    servers = {child.pid for child in scene.stage.lab.children.values()}
    left = living_in(scene.place, servers)
    scene.must(not left, f"processes left: {left}")


def play(one: Case, stage: Stage, place: pathlib.Path) -> dict:
    """Runs one case. {"outcome": "passed" | "failed" | "skipped", "words": …}"""
    place.mkdir(mode=0o755)
    begin = time.monotonic()
    scene = Scene(stage, place)
    said = ""
    try:
        with scene.undo:
            ran, before = None, {}
            steps = one.run(scene)
            # A case is a generator: first what it stands on, then `yield`, then the attack, `yield ran`.
            for ran in steps:
                if ran is None:
                    before = {"store": scene.lab.store_state(), "log": scene.lab.log_size()}
                    continue
                said = f"ended with {ran.code}: {ran.said[-800:]}"
                scene.must(ran.code in one.code, f"expected {one.code}, {said}")
                scene.must(one.says.lower() in ran.said.lower(), f"expected to read “{one.says}”; it {said}")
                scene.must(not ran.left_behind, "it left a process behind")
                scene.must("Traceback" not in ran.said and "terminate called" not in ran.said, said)
            scene.must(ran is not None, "the case ran nothing")
            scene.must(before, "the case did not say when its attack begins")
            judge_what_is_left(one, scene, before)
        outcome, words = "passed", ""
    except Skipped as why:
        outcome, words = "skipped", str(why)
    except (Failed, Trouble, OSError, subprocess.SubprocessError, ValueError, KeyError) as why:
        outcome, words = "failed", f"{type(why).__name__}: {why}" + (f"\nit {said}" if said and said not in str(why) else "")
    labs.unmount_beneath(place)
    shutil.rmtree(place, ignore_errors=True)
    return {"outcome": outcome, "words": words, "seconds": round(time.monotonic() - begin, 2),
            "note": scene.note}
