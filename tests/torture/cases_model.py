"""What stands in a model directory, and what happens to it while it is sealed."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

import lab as labs
from table import Scene, Skipped, case

GROUP = "a model directory"
CHANGES = "a model that changes while it is sealed"
LARGE_BYTES = 192 << 20  # sealed long enough to be stopped in the middle


def sealed(scene: Scene, model: pathlib.Path, **more):
    scene.again = lambda: scene.lab.seal(model, **more)
    return scene.lab.seal(model, **more)


def refused_entry(scene: Scene, make):
    """Seals a model with something odd in it; the next try is without."""
    model = scene.model()
    odd = model / "odd"
    yield
    make(odd)
    yield scene.lab.seal(model)
    os.unlink(odd)
    scene.again = lambda: scene.lab.seal(model)


def seen_in_mount(scene: Scene, name: str) -> dict[bytes, bytes]:
    """Every file of the sealed object `name`, as a lease shows it."""
    if not os.path.exists("/dev/fuse") or os.geteuid() != 0:
        return {}
    mount = scene.folder("mount", 0o755)
    proposal = scene.lab.open(mount, name=name)
    seen = {}
    for folder, _, files in os.walk(os.fsencode(mount)):
        for file in files:
            path = os.path.join(folder, file)
            with open(path, "rb") as opened:
                seen[os.path.relpath(path, os.fsencode(mount))] = opened.read()
    closed = scene.lab.close(proposal)
    scene.must(closed.code == 0, closed.said)
    return seen


def comes_back(scene: Scene, model: pathlib.Path):
    """Seals, mounts, and compares every byte and name."""
    yield
    yield scene.lab.seal(model)
    there = {}
    for folder, _, files in os.walk(os.fsencode(model)):
        for file in files:
            path = os.path.join(folder, file)
            with open(path, "rb") as opened:
                there[os.path.relpath(path, os.fsencode(model))] = opened.read()
    seen = seen_in_mount(scene, model.name)
    scene.must(not seen or seen == there, f"the mount shows {sorted(seen)} for {sorted(there)}")


@case(GROUP, "a symbolic link to a file", 20, "symbolic link", "store log again")
def link_to_file(scene):
    yield from refused_entry(scene, lambda odd: odd.symlink_to("model.safetensors"))


@case(GROUP, "a symbolic link to a directory", 20, "symbolic link", "store log again")
def link_to_directory(scene):
    yield from refused_entry(scene, lambda odd: odd.symlink_to("."))


@case(GROUP, "a symbolic link to itself", 20, "symbolic link", "store log again")
def link_loop(scene):
    yield from refused_entry(scene, lambda odd: odd.symlink_to("odd"))


@case(GROUP, "a symbolic link to nothing", 20, "symbolic link", "store log again")
def link_dangling(scene):
    yield from refused_entry(scene, lambda odd: odd.symlink_to("no/such/file"))


@case(GROUP, "a symbolic link out of the tree, to /etc/passwd", 20, "symbolic link", "store log again")
def link_out(scene):
    yield from refused_entry(scene, lambda odd: odd.symlink_to("/etc/passwd"))


@case(GROUP, "a FIFO", 20, "odd", "store log again", "it is not waited for")
def fifo(scene):
    yield from refused_entry(scene, os.mkfifo)


@case(GROUP, "a socket", 20, "odd", "store log again")
def unix_socket(scene):
    def make(odd):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(odd))
        listening.close()
    yield from refused_entry(scene, make)


@case(GROUP, "a device", 20, "odd", "store log again")
def device(scene):
    def make(odd):
        try:
            os.mknod(odd, 0o20666, os.makedev(1, 5))
        except PermissionError:
            raise Skipped("making a device node is not allowed here") from None
    yield from refused_entry(scene, make)


@case(GROUP, "two hard links to one file", 0, "", "", "both are sealed, and both come back")
def hard_links(scene):
    model = scene.model()
    os.link(model / "model.safetensors", model / "again.safetensors")
    yield from comes_back(scene, model)


@case(GROUP, "a file that its user may not read", 20, "Permission denied", "store log again")
def unreadable_file(scene):
    lab = scene.unprivileged()
    model = scene.model()
    (model / "model.safetensors").chmod(0)
    yield
    yield lab.seal(model)
    (model / "model.safetensors").chmod(0o644)
    scene.again = lambda: lab.seal(model)


@case(GROUP, "a subdirectory that its user may not enter", 20, "Permission denied", "store log again")
def unreadable_directory(scene):
    lab = scene.unprivileged()
    model = scene.model()
    labs.sample_model(model / "shards").chmod(0)
    yield
    yield lab.seal(model)
    (model / "shards").chmod(0o755)
    scene.again = lambda: lab.seal(model)


@case(GROUP, "a name with a newline", 20, "\\n", "store log again", "the message shows the newline harmless")
def newline(scene):
    model = scene.model()
    odd = model / "two\nlines"
    odd.write_text("x")
    yield
    ran = scene.lab.seal(model)
    scene.must("two\nlines" not in ran.said, "the newline itself was printed")
    yield ran
    odd.unlink()
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a name that is no UTF-8", 20, "\\xff", "store log again", "the message shows its bytes")
def invalid_utf8(scene):
    model = scene.model()
    odd = os.path.join(os.fsencode(model), b"bad\xff")
    pathlib.Path(os.fsdecode(odd)).write_text("x")
    yield
    yield scene.lab.seal(model)
    os.unlink(odd)
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a name that turns text around (U+202E)", 20, "u{202e}", "store log again",
      "the message shows the character's number")
def bidirectional(scene):
    model = scene.model()
    odd = model / "model\u202ecod.exe"
    odd.write_text("x")
    yield
    ran = scene.lab.seal(model)
    scene.must("\u202e" not in ran.said, "the character itself was printed")
    yield ran
    odd.unlink()
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "names of 255 bytes", 0, "", "", "they come back")
def long_names(scene):
    model = scene.model()
    (model / ("é" * 127 + "x")).write_text("255 bytes in UTF-8")
    (model / ("d" * 255)).mkdir()
    (model / ("d" * 255) / ("f" * 255)).write_text("deeper")
    yield from comes_back(scene, model)


@case(GROUP, "a path of 33 directories", 11, "deeper than", "store log again")
def deep(scene):
    model = scene.model()
    (model / "/".join("d" * 33)).mkdir(parents=True)
    yield
    yield scene.lab.seal(model)
    shutil.rmtree(model / "d")
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a path of more than 4,096 bytes", 11, "too long", "store log again")
def long_path(scene):
    model = scene.model()
    at = os.open(model, os.O_RDONLY)
    for _ in range(18):
        os.mkdir("d" * 250, dir_fd=at)
        below = os.open("d" * 250, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)
    yield
    yield scene.lab.seal(model)
    subprocess.run(["rm", "-rf", str(model / ("d" * 250))], check=True)
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "names like “...”, “..x”, “ ”, “-rf”, “$(id)”, “a:b”, “*”, “.x.partial”", 0, "", "", "all of them come back")
def tricky_names(scene):
    model = scene.model()
    for name in ("...", "..x", " ", "-rf", "$(id)", "a:b", "*", ".1-1.partial", "manifest", ".hidden", "'", '"'):
        (model / name).write_text(name)
    yield from comes_back(scene, model)


@case(GROUP, "names that differ in case or in Unicode form only", 0, "", "", "all of them come back")
def twins(scene):
    model = scene.model()
    for name in ("weights.bin", "Weights.bin", "WEIGHTS.BIN", "\u00e9.bin", "e\u0301.bin"):
        (model / name).write_text(name)
    yield from comes_back(scene, model)


@case(GROUP, "only files of zero bytes", 0, "", "", "they come back")
def zero_bytes(scene):
    model = scene.folder("nothing")
    for name in ("model.safetensors", "config.json"):
        (model / name).write_bytes(b"")
    yield from comes_back(scene, model)


@case(GROUP, "an empty directory", 2, "no files", "store log again")
def empty(scene):
    model = scene.folder("model")
    yield
    yield scene.lab.seal(model)
    labs.sample_model(model)
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "empty directories within each other", 2, "no files", "store log")
def empty_nest(scene):
    model = scene.folder("model")
    (model / "a/b/c").mkdir(parents=True)
    yield
    yield scene.lab.seal(model)


@case(GROUP, "no directory of that name", 12, "No such file", "store log again")
def missing(scene):
    model = scene.place / "model"
    yield
    yield scene.lab.seal(model)
    labs.sample_model(model)
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a file in place of the directory", 20, "not a directory", "store log again")
def file_for_directory(scene):
    model = scene.place / "model"
    model.write_text("x")
    yield
    yield scene.lab.seal(model)
    model.unlink()
    labs.sample_model(model)
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a file that says it is empty, and is not (as in /proc)", 14, "changed", "store log")
def lying_size(scene):
    model = pathlib.Path("/proc/sys/fs/inotify")
    if not model.is_dir():
        raise Skipped("no /proc/sys/fs/inotify here")
    yield
    yield scene.lab.seal(model)


@case(GROUP, "a sparse file larger than the store's disk", 31, "free", "store log again",
      "refused before the first write; the message says how much is missing")
def sparse(scene):
    model = scene.model()
    with open(model / "huge.bin", "wb") as huge:
        huge.truncate(1 << 50)
    yield
    ran = scene.lab.seal(model)
    scene.must("missing" in ran.said, f"it does not say how much is missing: {ran.said}")
    scene.must(ran.seconds < 20, f"it took {ran.seconds} s to see that")
    yield ran
    (model / "huge.bin").unlink()
    scene.again = lambda: scene.lab.seal(model)


@case(GROUP, "a sparse file over 4 PiB", 11, "4 PiB", "store log")
def over_the_bound(scene):
    model = scene.model()
    with open(model / "huge.bin", "wb") as huge:
        try:
            huge.truncate(5 << 50)
        except OSError:
            raise Skipped("this file system holds no file of 5 PiB") from None
    yield
    yield scene.lab.seal(model)


@case(GROUP, "the strongroom's own store", (14, 20), "", "store log",
      "what grows while it is sealed is not sealed")
def own_store(scene):
    yield
    yield scene.lab.seal(scene.lab.store, "itself")


MEASURING = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:], close_fds=False)
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""
MANY_FILES = 100_000
MANY_SECONDS_MAX = 120
MANY_BYTES_MAX = 600 << 20


@case(GROUP, "100,000 files", 0, "", "", "sealed, mounted and listed whole, each in less than two minutes and 600 MB", long=True)
def many_files(scene):
    lab = scene.twin(agent=True)
    model = scene.folder("many")
    for number in range(MANY_FILES):
        if number % 1000 == 0:
            folder = model / f"shard{number // 1000:03}"
            folder.mkdir()
        with open(folder / f"part{number % 1000:03}", "wb") as part:
            part.write(b"%d" % number)
    yield
    ran = lab.seal(model, around=labs.Around(prefix=(sys.executable, "-c", MEASURING), seconds=MANY_SECONDS_MAX))
    yield ran
    peak = int(ran.err.rpartition("peak ")[2]) * 1024
    mount = scene.folder("mount")
    times = {"seal": ran.seconds}
    begin = time.monotonic()
    proposal = lab.open(mount, name="many") if os.path.exists("/dev/fuse") and os.geteuid() == 0 else None
    times["release and mount"] = time.monotonic() - begin
    if proposal:
        begin = time.monotonic()
        seen = sum(len(files) for _, _, files in os.walk(mount))
        times["list"] = time.monotonic() - begin
        scene.must(seen == MANY_FILES, f"{seen} files are listed")
        scene.must((mount / "shard099/part999").read_bytes() == b"99999", "the last file reads otherwise")
        agent = pathlib.Path(f"/proc/{lab.children['strongroom-agent'].pid}/status").read_text()
        peak = max(peak, int(agent.partition("VmHWM:")[2].split()[0]) * 1024)
        begin = time.monotonic()
        scene.must(lab.close(proposal).code == 0, "it cannot be closed")
        times["close"] = time.monotonic() - begin
    scene.note = {**{what: round(seconds, 1) for what, seconds in times.items()}, "peak_megabytes": peak >> 20}
    scene.must(all(seconds < MANY_SECONDS_MAX for seconds in times.values()), f"it takes too long: {times}")
    scene.must(peak < MANY_BYTES_MAX, f"it takes {peak >> 20} MiB of memory")


# While it is sealed: the program is stopped (SIGSTOP) once it has listed the directory and has begun
# to write, the change is made, and it goes on.

def changed(scene: Scene, change):
    model = scene.model()
    with open(model / "a.bin", "wb") as large:
        large.truncate(LARGE_BYTES)
    lab = scene.lab
    yield
    child = scene.stopped_while_sealing(model)
    change(model)
    yield scene.go_on(child)
    for each in model.iterdir():
        if each.name.startswith(("a", "late")):
            each.unlink()
    labs.sample_model(model)
    scene.again = lambda: lab.seal(model)


@case(CHANGES, "a file vanishes", (12, 14), "", "store log again")
def vanishes(scene):
    yield from changed(scene, lambda model: (model / "tokenizer.json").unlink())


@case(CHANGES, "the whole directory vanishes", (12, 14), "", "store log again")
def all_vanishes(scene):
    def change(model):
        shutil.rmtree(model)
        model.mkdir()
    yield from changed(scene, change)


@case(CHANGES, "a file is replaced by another of the same name and size", 14, "", "store log again")
def replaced(scene):
    def change(model):
        other = model.parent / "other"
        other.write_text("{}\n")
        other.rename(model / "tokenizer.json")
    yield from changed(scene, change)


@case(CHANGES, "a file grows", 14, "changed", "store log again")
def grows(scene):
    def change(model):
        with open(model / "a.bin", "ab") as file:
            file.write(b"more")
    yield from changed(scene, change)


@case(CHANGES, "a file shrinks", 14, "changed", "store log again")
def shrinks(scene):
    yield from changed(scene, lambda model: os.truncate(model / "a.bin", LARGE_BYTES // 2))


@case(CHANGES, "a file is rewritten in place, at equal length", 14, "changed", "store log again")
def rewritten(scene):
    def change(model):
        with open(model / "a.bin", "r+b") as file:
            file.write(b"other")
    yield from changed(scene, change)


@case(CHANGES, "the same, with its time of change put back", 14, "changed", "store log again")
def rewritten_quietly(scene):
    def change(model):
        before = (model / "a.bin").stat()
        with open(model / "a.bin", "r+b") as file:
            file.write(b"other")
        os.utime(model / "a.bin", ns=(before.st_atime_ns, before.st_mtime_ns))
    yield from changed(scene, change)


@case(CHANGES, "a file comes to it", 14, "changed", "store log again")
def comes(scene):
    yield from changed(scene, lambda model: (model / "late.bin").write_text("late"))


@case(CHANGES, "a directory of it becomes a symbolic link", (12, 14, 20), "", "store log again")
def becomes_link(scene):
    def change(model):
        (model / "late").symlink_to("/etc")
    yield from changed(scene, change)
