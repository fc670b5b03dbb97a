"""Signals, terminals, closed descriptors, limits and surroundings."""
import contextlib
import dataclasses
import os
import pty
import random
import select
import signal
import subprocess
import time

import lab as labs
from table import Failed, Scene, Skipped, case

STOP = "told to stop"
AROUND = "odd surroundings"
OUTPUT = "output"
MOMENTS = 20
SEED = int(os.environ.get("TORTURE_SEED", "0")) or random.randrange(1, 1 << 31)


def stopped_seal(scene: Scene, how: int):
    """Stopped in the middle of its writing."""
    lab = scene.lab
    model = scene.model()
    with open(model / "a.bin", "wb") as large:
        large.truncate(192 << 20)
    yield
    child = scene.stopped_while_sealing(model)
    os.kill(child.pid, how)
    yield scene.go_on(child)
    (model / "a.bin").unlink()
    scene.again = lambda: lab.seal(model)


@case(STOP, "seal, by Control-C, in the middle of its writing", 35, "stop", "store log again")
def seal_interrupted(scene):
    yield from stopped_seal(scene, signal.SIGINT)


@case(STOP, "seal, by SIGTERM, in the middle of its writing", 35, "stop", "store log again")
def seal_terminated(scene):
    yield from stopped_seal(scene, signal.SIGTERM)


@case(STOP, "seal, by a closed terminal (SIGHUP), in the middle of its writing", 35, "stop", "store log again")
def seal_hung_up(scene):
    yield from stopped_seal(scene, signal.SIGHUP)


@case(STOP, "seal under nohup, by SIGHUP", 0, "", "serves", "it goes on")
def seal_nohup(scene):
    model = scene.model()
    with open(model / "a.bin", "wb") as large:
        large.truncate(64 << 20)
    yield
    child = scene.stopped_while_sealing(model, around=labs.Around(prefix=("nohup",)))
    os.kill(child.pid, signal.SIGHUP)
    yield scene.go_on(child)


def moments(whole: float) -> list[float]:
    """Swept over the time that the command takes, each a little off by chance."""
    chance = random.Random(SEED)
    return [max(0.0, whole * (i + chance.random()) / MOMENTS) for i in range(MOMENTS)]


def sweep(scene: Scene, begin, check, how=(signal.SIGINT, signal.SIGTERM)) -> labs.Ran:
    """Starts the command and stops it, at twenty moments of its life. The worst that came of it."""
    started = time.monotonic()
    whole = labs.finish(begin(0), labs.COMMAND_SECONDS_MAX)
    span = time.monotonic() - started
    scene.must(whole.code == 0, f"undisturbed it ended with {whole.code}: {whole.said}")
    for number, moment in enumerate(moments(span * 1.1), 1):
        child = begin(number)
        time.sleep(moment)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, how[number % len(how)])
        ran = labs.finish(child, labs.COMMAND_SECONDS_MAX)
        if ran.code not in (0, 35, 130, 143) or ran.left_behind:
            raise Failed(f"stopped after {moment:.3f} s of {span:.3f} (seed {SEED}): {ran.code}: {ran.said[-500:]}")
        check(number, ran)
    return whole


@case(STOP, "seal, at twenty moments from its start to its end", 0, "", "serves again",
      "each time the object is deposited and whole, or nothing of it is there", long=True)
def seal_swept(scene):
    lab = scene.twin()
    model = scene.model()
    with open(model / "a.bin", "wb") as large:
        large.truncate(48 << 20)
    yield

    def check(number, ran):
        halves = lab.halves()
        scene.must(not halves, f"moment {number}: {halves}")
        status = lab.must("status", who="dana")
        there = len([path for path in (lab.store / "objects").iterdir() if (path / "manifest").exists()])
        scene.must(there == status["objects"], f"moment {number}: {there} in the store, {status['objects']} in the log")
    yield sweep(scene, lambda number: lab.begin("seal", str(model), "--name", f"swept{number}", "--json"), check)
    scene.again = lambda: lab.seal(model)


@case(STOP, "approve, at twenty moments", 0, "", "serves again", "each time the vote is in the log or it is not", long=True)
def approve_swept(scene):
    lab = scene.twin(agent=True)
    mounts = [scene.folder(f"mount{number}") for number in range(MOMENTS + 1)]
    proposals = [lab.propose(mount) for mount in mounts]
    yield

    def check(number, ran):
        again = lab.strongroom("approve", proposals[number], "--yes", who="alice")
        scene.must(again.code in (0, 14, 20), f"approving again: {again.code}: {again.said}")
    yield sweep(scene, lambda number: lab.begin("approve", proposals[number], "--yes", "--json", who="alice"), check)
    scene.again = lambda: lab.strongroom("status")


@case(STOP, "init, at twenty moments", 0, "", "", "each time a second init, in a new directory or the old, says what to do, or works", long=True)
def init_swept(scene):
    lab = scene.lab
    yield

    def place(number):
        return scene.place / f"new{number}"

    def begin(number):
        return lab.begin("init", "--data", place(number), "--custodians", "a,b,c", "--threshold", "2", who="")

    def check(number, ran):
        if ran.code == 0:
            return
        again = lab.strongroom("init", "--data", place(number), "--custodians", "a,b,c", "--threshold", "2", who="")
        scene.must(again.code in (0, 13), f"moment {number}: {again.code}: {again.said}")
    yield sweep(scene, begin, check)


@case(STOP, "open, while it waits for approvals", (35, 130), "", "serves again",
      "the proposal stands: it can be taken up again, or closed")
def open_waiting(scene):
    lab = scene.lab
    mount = scene.folder("mount")
    yield
    before = lab.log_size()
    child = lab.begin("open", "kept", "--for", "x", "--agent", lab.socket, "--mount", mount)
    labs.wait_until(lambda: lab.log_size() > before)
    time.sleep(0.2)
    os.kill(child.pid, signal.SIGINT)
    ran = labs.finish(child, 10)
    yield ran
    proposal = next(word for word in ran.out.split() if word.startswith("demo-"))
    scene.again = lambda: lab.close(proposal)


def open_with_command(scene: Scene, how: int, command: list[str]):
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    ready = scene.place / "ready"
    proposal = lab.propose(mount, confined=True)
    lab.approve(proposal)
    yield
    child = lab.begin("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount, "--",
                      "sh", "-c", f"touch {ready}; " + " ".join(command))
    scene.must(labs.wait_until(ready.exists), "the command did not run")
    os.kill(child.pid, how)
    ran = labs.finish(child, 30)
    scene.must(lab.phase_of(proposal) in ("ended",), f"the lease is {lab.phase_of(proposal)}")
    yield ran


@case(STOP, "open, by SIGTERM, while its command runs", 143, "closed", "serves", "the command ends, the lease is closed, the mount is gone")
def open_terminated(scene):
    yield from open_with_command(scene, signal.SIGTERM, ["sleep", "100"])


@case(STOP, "the same, with a command that ignores SIGTERM", 143, "closed", "serves", "it is killed with its lease")
def open_terminated_deaf(scene):
    yield from open_with_command(scene, signal.SIGTERM, ["trap '' TERM HUP;", "while :; do sleep 1; done"])


@case(STOP, "open, by a closed terminal, while its command runs", 129, "closed", "serves", "the command ends, the lease is closed, the mount is gone")
def open_hung_up(scene):
    yield from open_with_command(scene, signal.SIGHUP, ["sleep", "100"])


@case(STOP, "a real terminal is closed under a passphrase prompt", (30, 35, 129), "", "store log again", "nobody waits for an answer that cannot come")
def terminal_closed(scene):
    lab = scene.lab
    yield
    pid, master = pty.fork()
    if pid == 0:
        os.execv(lab.programs / "strongroom",
                 ["strongroom", "status", "--home", str(lab.home("dana")), "--demonstration"])
    shown = b""
    while b"assphrase" not in shown:
        ready, _, _ = select.select([master], [], [], 20)
        scene.must(bool(ready), f"no prompt: {shown!r}")
        shown += os.read(master, 1000)
    os.close(master)
    ended = labs.wait_until(lambda: labs.stat_of(pid)[1] != "R", 10)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    scene.must(ended, "it waits on")
    code = os.waitstatus_to_exitcode(status)
    yield labs.Ran(code if code >= 0 else 128 - code, shown.decode(errors="replace"), "")
    scene.again = lambda: lab.strongroom("status")


@case(STOP, "Control-C at a passphrase prompt on a real terminal", (35, 130), "", "store log again", "the terminal shows again what is typed")
def terminal_interrupted(scene):
    import termios
    lab = scene.lab
    yield
    pid, master = pty.fork()
    if pid == 0:
        os.execv(lab.programs / "strongroom",
                 ["strongroom", "status", "--home", str(lab.home("dana")), "--demonstration"])
    before = termios.tcgetattr(master)[3] & termios.ECHO
    shown = b""
    while b"assphrase" not in shown:
        ready, _, _ = select.select([master], [], [], 20)
        scene.must(bool(ready), f"no prompt: {shown!r}")
        shown += os.read(master, 1000)
    os.write(master, b"half a pass\x03")
    labs.wait_until(lambda: labs.stat_of(pid)[1] != "R", 10)
    after = termios.tcgetattr(master)[3] & termios.ECHO
    with contextlib.suppress(OSError):
        shown += os.read(master, 1000)
    os.close(master)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    scene.must(before == after, "the terminal stays mute")
    scene.must(b"half a pass" not in shown, "what was typed was shown")
    yield labs.Ran(code if code >= 0 else 128 - code, shown.decode(errors="replace"), "")
    scene.again = lambda: lab.strongroom("status")


@case(STOP, "a server, by SIGTERM and by Control-C", 0, "", "again", "it ends by itself, and starts again")
def server_stopped(scene):
    lab = scene.twin()
    yield
    code = lab.stop("strongroom-server", signal.SIGTERM)
    lab.start_server()
    code = code or lab.stop("strongroom-server", signal.SIGINT)
    lab.start_server()
    yield labs.Ran(code, "", "")
    scene.again = lambda: lab.strongroom("status")


# Where its words go

@case(OUTPUT, "standard output on a full disk (/dev/full)", 30, "standard output", "log again", "it says that what was done is done")
def output_full(scene):
    yield
    with open("/dev/full", "w") as full:
        yield scene.lab.strongroom("log", around=labs.Around(stdout=full))
    scene.again = lambda: scene.lab.strongroom("log")


@case(OUTPUT, "standard error on a full disk", 0, "", "log")
def errors_full(scene):
    yield
    with open("/dev/full", "w") as full:
        yield scene.lab.strongroom("status", around=labs.Around(stderr=full))


@case(OUTPUT, "a server whose log is on a full disk", 0, "", "serves", "it serves all the same")
def server_log_full(scene):
    lab = scene.twin(server=False)
    yield
    ready = lab.server_dir / "server.json"
    with open("/dev/full", "w") as full:
        lab.children["strongroom-server"] = labs.Around(stdout=full, stderr=full).start(
            [lab.programs / "strongroom-server", "--data", lab.server_dir, "--listen", "127.0.0.1:0"])
    scene.must(labs.wait_until(ready.exists), "it does not start")
    yield lab.strongroom("status")


@case(OUTPUT, "“strongroom log | head -1”", 141, "", "log serves", "it ends silently, as programs in a pipe do")
def broken_pipe(scene):
    yield
    reading, writing = os.pipe()
    os.close(reading)
    ran = scene.lab.strongroom("log", around=labs.Around(stdout=writing))
    os.close(writing)
    scene.must("could not" not in ran.err, ran.err)
    yield ran


@case(OUTPUT, "“strongroom seal … | head -0”", (0, 141), "", "serves", "the object is deposited and whole, or not there")
def seal_into_broken_pipe(scene):
    lab = scene.lab
    yield
    reading, writing = os.pipe()
    os.close(reading)
    ran = lab.strongroom("seal", scene.model(), "--name", "piped", around=labs.Around(stdout=writing))
    os.close(writing)
    yield ran


def closed(descriptors: str) -> labs.Around:
    return labs.Around(prefix=("sh", "-c", f'exec "$0" "$@" {descriptors}'))


@case(OUTPUT, "standard input, output and error closed, sealing", 0, "", "serves", "no message is written into the object")
def all_closed(scene):
    lab = scene.lab
    model = scene.model("closed")
    yield
    yield lab.seal(model, around=closed("<&- >&- 2>&-"))
    frozen = lab.strongroom("freeze", "closed", "--reason", "it is there", who="bob")
    scene.must(frozen.code == 0, frozen.said)


@case(OUTPUT, "a server with all three closed", 0, "", "serves", "no message is written into its database")
def server_all_closed(scene):
    lab = scene.twin(server=False)
    lab.start_server(closed("<&- >&- 2>&-"))
    yield
    yield lab.strongroom("status")
    lab.stop("strongroom-server")
    scene.must(b"strongroom-server:" not in (lab.server_dir / "strongroom.db").read_bytes(), "a message is in the database")
    lab.start_server()
    yield lab.strongroom("status")


@case(OUTPUT, "approve without --yes, and standard input closed", 35, "left as it is", "log", "nothing is signed")
def approve_without_input(scene):
    lab = scene.lab
    proposal = lab.propose(scene.folder("mount"))
    yield
    yield lab.strongroom("approve", proposal, who="alice", around=closed("<&-"))
    scene.must(lab.close(proposal).code == 0, "it cannot be closed")


# Surroundings

@case(AROUND, "no environment at all: no HOME, no PATH, no locale", 0, "", "serves")
def no_environment(scene):
    yield
    yield scene.lab.strongroom("status", around=labs.Around(environment={}))


@case(AROUND, "a locale that is not installed", 0, "", "serves")
def odd_locale(scene):
    yield
    yield scene.lab.strongroom("status", around=labs.Around(
        environment={**os.environ, "LC_ALL": "xx_XX.KOI8-R", "LANG": "tr_TR"}))


@case(AROUND, "a time zone that does not exist", 0, "", "serves")
def odd_zone(scene):
    yield
    yield scene.lab.strongroom("log", around=labs.Around(environment={**os.environ, "TZ": "Nowhere/Never"}))


@case(AROUND, "an environment of a megabyte", 0, "", "serves")
def huge_environment(scene):
    yield
    more = {f"X{number}": "y" * 100_000 for number in range(10)}
    yield scene.lab.strongroom("status", around=labs.Around(environment={**os.environ, **more}))


@case(AROUND, "a working directory that has been removed", 0, "", "serves")
def removed_cwd(scene):
    lab = scene.lab
    gone = scene.folder("gone")
    yield
    yield lab.strongroom("status", around=labs.Around(prefix=("sh", "-c", f'cd {gone} && rmdir {gone} && exec "$0" "$@"')))


@case(AROUND, "no memory may be locked (RLIMIT_MEMLOCK 0)", 0, "", "serves", "the servers say how secrets are kept")
def no_memlock(scene):
    lab = scene.twin(server=False)
    around = labs.Around(prefix=("prlimit", "--memlock=0"))
    yield
    lab.start_server(around)
    scene.must("secrets_kept_by=" in lab.log_of("strongroom-server"), "it does not say how")
    yield lab.strongroom("status", around=around)


@case(AROUND, "sixteen open files at most (RLIMIT_NOFILE), sealing", (0, 30, 34), "", "serves again")
def few_files(scene):
    lab = scene.lab
    model = scene.model()
    for number in range(64):
        (model / f"part{number}").write_text("x")
    yield
    yield lab.seal(model, around=labs.Around(prefix=("prlimit", "--nofile=16")))
    scene.again = lambda: lab.seal(model)


@case(AROUND, "eight open files at most, sealing", (0, 30, 33, 34), "", "serves again")
def fewer_files(scene):
    lab = scene.lab
    model = scene.model()
    yield
    yield lab.seal(model, around=labs.Around(prefix=("prlimit", "--nofile=8")))
    scene.again = lambda: lab.seal(model)


@case(AROUND, "a server with 24 open files at most, asked by 60 at once", 0, "", "serves", "it serves on when they have gone")
def server_few_files(scene):
    import socket
    lab = scene.twin(server=False)
    lab.start_server(labs.Around(prefix=("prlimit", "--nofile=24")))
    port = int(lab.url.rpartition(":")[2])
    yield
    idle = []
    for _ in range(60):
        peer = socket.socket()
        peer.settimeout(2)
        with contextlib.suppress(OSError):
            peer.connect(("127.0.0.1", port))
        idle.append(peer)
    time.sleep(0.3)
    for peer in idle:
        peer.close()
    yield lab.strongroom("status")


@case(AROUND, "too little memory for the passphrase (RLIMIT_AS)", 34, "memory", "log again")
def little_memory(scene):
    home = scene.place / "erin"
    make = ("key", "new", "--name", "erin", "--home", str(home), "--out", str(scene.place / "erin.introduction"))
    yield
    yield scene.lab.strongroom(*make, who="", around=labs.Around(prefix=("prlimit", "--as=200000000")))
    scene.must(not (home / "key.json").exists(), "half a key was written")
    scene.again = lambda: scene.lab.strongroom("status")


@case(AROUND, "umask 000", 0, "", "", "what is founded and sealed is still for its owner alone")
def umask_none(scene):
    yield from with_umask(scene, 0)


@case(AROUND, "umask 777", 0, "", "", "what is founded and sealed can be read by its owner, and works")
def umask_all(scene):
    yield from with_umask(scene, 0o777)


def with_umask(scene: Scene, umask: int):
    uid = labs.NOBODY if os.geteuid() == 0 else 0
    around = labs.Around(umask=umask, uid=uid)
    new = labs.Lab(scene.lab.programs, scene.folder("new", 0o700), uid)
    new.around = around
    if uid:
        os.chown(new.directory, uid, uid)
    model = scene.model()
    yield
    yield new.strongroom("init", "--data", new.directory, "--custodians", "alice,bob,carol", "--threshold", "2",
                         "--members", "dana", who="")
    new.start_server(around)
    scene.undo.callback(new.stop_all)
    yield new.seal(model)
    yield new.strongroom("status", who="bob")
    new.stop_all()
    for path in new.directory.rglob("*"):
        mode = path.stat().st_mode & 0o777
        scene.must(mode & 0o077 == 0 or path.suffix == ".log", f"{path} has mode {mode:o}")
