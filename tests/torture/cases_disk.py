"""Disks that are full, read-only, missing or closed, at every stage."""
import dataclasses
import os
import pathlib
import subprocess

import lab as labs
from table import Scene, Skipped, case

FULL = "a full disk"
STORE = "the store"


def fill(place: pathlib.Path, but: int = 0) -> pathlib.Path:
    """Fills the disk beneath `place` to the last byte but `but`."""
    filler = place / "filler"
    with open(filler, "wb", buffering=0) as file:
        block = b"\0" * (1 << 20)
        while block:
            try:
                while file.write(block) == len(block):
                    pass
            except OSError:
                pass
            block = block[:len(block) // 2]
        file.truncate(max(0, file.tell() - but))
    return filler


@case(FULL, "the store's disk has too little room for the object", 31, "missing", "store log again",
      "refused before the first write")
def store_too_small(scene):
    lab = scene.twin(server=False)
    scene.tmpfs(lab.store, "5m")
    lab.start_server()
    model = scene.model()
    yield
    filler = fill(lab.store, 1 << 20)
    ran = lab.seal(model)
    filler.unlink()
    yield ran
    scene.again = lambda: lab.seal(model)


@case(FULL, "the store's disk has too few inodes", 31, "missing", "store log", "refused before the first write")
def store_without_inodes(scene):
    lab = scene.twin(server=False)
    scene.tmpfs(lab.store, "20m", more=",nr_inodes=60")
    lab.start_server()
    model = scene.model()
    for number in range(50):
        (model / f"part{number}").write_text("x")
    yield
    yield lab.seal(model)


@case(FULL, "somebody else fills the store's disk while a model is sealed", 31, "No space", "store log again")
def store_fills(scene):
    lab = scene.twin(server=False)
    scene.tmpfs(lab.store, "300m")
    lab.start_server()
    model = scene.model()
    with open(model / "a.bin", "wb") as large:
        large.truncate(200 << 20)
    outside = lab.store.parent.parent / "filler"
    yield
    child = scene.stopped_while_sealing(model)
    filler = fill(lab.store)
    ran = scene.go_on(child)
    filler.unlink()
    outside.unlink(missing_ok=True)
    yield ran
    scene.again = lambda: lab.seal(model)


def full_server(scene: Scene, folder: str):
    """The server's own disk is full when a custodian freezes something."""
    lab = scene.twin(server=False)
    scene.tmpfs(lab.directory / folder, "40m")
    lab.start_server()
    yield
    filler = fill(lab.directory / folder)
    ran = lab.strongroom("freeze", "kept", "--reason", "x" * 9000, who="alice")
    filler.unlink()
    yield ran
    scene.again = lambda: lab.strongroom("freeze", "all", "--reason", "again", who="alice")


@case(FULL, "the server's whole disk, when a custodian freezes", 31, "", "serves again")
def server_full(scene):
    yield from full_server(scene, "server")


@case(FULL, "the disk with the published log only, when a custodian freezes", (0, 31), "", "serves again",
      "the log that follows is whole: strongroom-verify passes")
def publication_full(scene):
    yield from full_server(scene, "server/public")
    again = scene.again

    def again_and_verify():
        ran = again()
        if ran.code != 0:
            return ran
        return labs.run([scene.lab.programs / "strongroom-verify", scene.lab.server_dir / "public",
                         "--demonstration", "--id", scene.lab.id])
    scene.again = again_and_verify


@case(FULL, "a person's home, when the log has grown", 31, "No space", "again")
def home_full(scene):
    lab = scene.twin()
    scene.tmpfs(lab.home("bob"), "2m")
    lab.must("freeze", "all", "--reason", "to grow", who="alice")
    yield
    filler = fill(lab.home("bob"))
    ran = lab.strongroom("status", who="bob")
    filler.unlink()
    yield ran
    scene.again = lambda: lab.strongroom("status", who="bob")


@case(FULL, "a disk for temporary files (TMPDIR)", 0, "", "serves", "nothing of ours is written there")
def tmpdir_full(scene):
    place = scene.folder("tmp")
    scene.tmpfs(place, "64k")
    fill(place)
    model = scene.model()
    yield
    yield scene.lab.seal(model, around=labs.Around(environment={**os.environ, "TMPDIR": str(place)}))


@case(FULL, "a new strongroom's disk, while it is founded", 31, "No space", "", "nothing that calls itself a strongroom")
def init_full(scene):
    place = scene.folder("new")
    scene.tmpfs(place, "64k")
    fill(place, 8192)
    yield
    yield scene.lab.strongroom("init", "--data", place, "--custodians", "a,b,c", "--threshold", "2", who="")
    scene.must(not (place / "server/public/checkpoint").exists(), "a log was published")


@case(FULL, "a limit on the size of files (RLIMIT_FSIZE), below the object's", (30, 31), "too large", "store log again")
def file_size_limit(scene):
    model = scene.model()
    yield
    limited = labs.Around(prefix=("prlimit", "--fsize=1000000"))
    yield scene.lab.seal(model, around=limited)
    scene.again = lambda: scene.lab.seal(model)


@case(FULL, "the same limit on the server", (30, 31, 33), "", "again", "the server says so, and runs on once it is lifted")
def server_file_size_limit(scene):
    lab = scene.twin(server=False)
    size = max(path.stat().st_size for path in lab.server_dir.glob("strongroom.db*"))
    lab.start_server(labs.Around(prefix=("prlimit", f"--fsize={size + 8192}")))
    yield
    for number in range(20):
        ran = lab.strongroom("freeze", "all", "--reason", "y" * 9000, who="alice")
        if ran.code != 0:
            break
    yield ran
    lab.stop("strongroom-server")
    lab.start_server()
    scene.again = lambda: lab.strongroom("status", who="alice")


# The store

@case(STORE, "is read-only", 30, "Read-only", "store log again")
def read_only(scene):
    lab = scene.twin(server=False)
    scene.tmpfs(lab.store, "20m")
    lab.start_server()
    model = scene.model()
    yield
    subprocess.run(["mount", "-o", "remount,ro", str(lab.store)], check=True)
    ran = lab.seal(model)
    subprocess.run(["mount", "-o", "remount,rw", str(lab.store)], check=True)
    yield ran
    scene.again = lambda: lab.seal(model)


@case(STORE, "is missing: its disk is not mounted", 12, "mounted", "log again",
      "nothing is written where it should have been")
def missing(scene):
    lab = scene.twin()
    model = scene.model()
    away = lab.directory / "away"
    yield
    lab.store.rename(away)
    ran = lab.seal(model)
    scene.must(not lab.store.exists(), "a new store was made")
    away.rename(lab.store)
    yield ran
    scene.again = lambda: lab.seal(model)


@case(STORE, "is missing when the server starts", 12, "mounted", "again")
def missing_for_server(scene):
    lab = scene.twin(server=False)
    away = lab.directory / "away"
    yield
    lab.store.rename(away)
    ran = labs.finish(lab.launch("strongroom-server"), 10)
    away.rename(lab.store)
    yield dataclasses.replace(ran, err=lab.log_of("strongroom-server"))
    lab.start_server()
    scene.again = lambda: lab.strongroom("status")


@case(STORE, "is missing when the agent starts", 12, "mounted", "again")
def missing_for_agent(scene):
    lab = scene.twin()
    away = lab.directory / "away"
    yield
    lab.store.rename(away)
    ran = labs.finish(lab.launch("strongroom-agent"), 10)
    away.rename(lab.store)
    yield dataclasses.replace(ran, err=lab.log_of("strongroom-agent"))
    lab.start_agent()
    scene.again = lambda: lab.strongroom("status")


@case(STORE, "may not be written by who seals", 20, "Permission denied", "store log again")
def not_writable(scene):
    if os.geteuid() != 0:
        raise Skipped("only root can take it away from another user")
    lab = scene.twin(uid=labs.NOBODY)
    model = scene.model()
    yield
    (lab.store / "objects").chmod(0o500)
    ran = lab.seal(model)
    (lab.store / "objects").chmod(0o700)
    yield ran
    scene.again = lambda: lab.seal(model)


@case(STORE, "may not be read by who seals", 20, "Permission denied", "log again")
def not_readable(scene):
    if os.geteuid() != 0:
        raise Skipped("only root can take it away from another user")
    lab = scene.twin(uid=labs.NOBODY)
    model = scene.model()
    yield
    lab.store.chmod(0)
    ran = lab.seal(model)
    lab.store.chmod(0o700)
    yield ran
    scene.again = lambda: lab.seal(model)


@case(STORE, "is a file", 20, "not a directory", "log again")
def is_a_file(scene):
    lab = scene.twin()
    model = scene.model()
    away = lab.directory / "away"
    yield
    lab.store.rename(away)
    lab.store.write_text("x")
    ran = lab.seal(model)
    lab.store.unlink()
    away.rename(lab.store)
    yield ran
    scene.again = lambda: lab.seal(model)


@case(STORE, "holds a symbolic link where its folders stand", 20, "", "log again", "nothing is written behind the link")
def link_in_store(scene):
    lab = scene.twin()
    model = scene.model()
    elsewhere = scene.folder("elsewhere")
    top = lab.store / "objects"
    away = lab.directory / "away"
    yield
    top.rename(away)
    top.symlink_to(elsewhere)
    ran = lab.seal(model)
    top.unlink()
    away.rename(top)
    scene.must(not any(elsewhere.iterdir()), "written behind the link")
    yield ran
    scene.again = lambda: lab.seal(model)
