"""Who reads a released model, and holds on, breaks out, or finds it damaged."""
import os
import pathlib
import subprocess
import sys

import fakes
import lab as labs
from table import Scene, Skipped, case

CONSUMER = "who reads a model"
DAY = 24 * 3600


def need_fuse() -> None:
    if not os.path.exists("/dev/fuse"):
        raise Skipped("this machine has no /dev/fuse")
    if os.geteuid() != 0:
        raise Skipped("mounting for others needs root")


def read_with_patience(path: pathlib.Path, seconds: float = 10) -> labs.Ran:
    """Whether a reader hangs, seen from outside of it."""
    return labs.run(["timeout", "-s", "KILL", str(seconds), "cat", str(path)])


CONSUMER_HOLDS = """
import mmap, os, sys, time
path, ready = sys.argv[1:]
os.chdir(os.path.dirname(path))
file = open(path, "rb")
pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
assert pages[1000:1010]
open(ready, "w").write("ready")
time.sleep(300)
"""


def holding(scene: Scene, lab: labs.Lab, mount: pathlib.Path) -> subprocess.Popen:
    """A process of the same user that holds a file open, maps it, and stands in the mount."""
    ready = scene.place / "ready"
    child = subprocess.Popen([sys.executable, "-c", CONSUMER_HOLDS, mount / "model.safetensors", ready],
                             start_new_session=True)
    scene.undo.callback(child.wait)
    scene.undo.callback(child.kill)
    if not labs.wait_until(ready.exists):
        raise labs.Trouble("the consumer did not get to read")
    return child


@case(CONSUMER, "holds a file open, maps it, and stands in the mount, when its lease is closed", 0, "mount gone", "serves again")
def holds_on(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    child = holding(scene, lab, mount)
    yield
    ran = lab.strongroom("close", proposal, "--agent", lab.socket)
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    child.kill()
    child.wait()
    yield ran
    scene.again = lambda: lab.close(lab.open(mount))


@case(CONSUMER, "does the same when its lease runs out", 0, "", "serves again", "it ends at its time all the same")
def holds_on_to_expiry(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount, hours="0.0014")
    child = holding(scene, lab, mount)
    yield
    scene.must(labs.wait_until(lambda: lab.phase_of(proposal) == "ended", 15), f"it is {lab.phase_of(proposal)}")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    child.kill()
    child.wait()
    yield lab.strongroom("status")
    scene.again = lambda: lab.close(lab.open(mount))


@case(CONSUMER, "reads when the host's clock is set ahead of the lease's end", 0, "", "serves", "the lease ends")
def clock_ahead(scene):
    need_fuse()
    lab = scene.twin()
    own = fakes.Clock(scene.place)
    lab.start_agent(labs.Around(environment=own.environment))
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    own.set(2 * 3600)
    scene.must(labs.wait_until(lambda: lab.phase_of(proposal) == "ended", 10), f"it is {lab.phase_of(proposal)}")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    yield labs.Ran(0, "", "")


@case(CONSUMER, "reads when the host's clock is set back by a day", 0, "", "serves", "the lease ends at its time all the same")
def clock_back(scene):
    need_fuse()
    lab = scene.twin()
    own = fakes.Clock(scene.place)
    lab.start_agent(labs.Around(environment=own.environment))
    mount = scene.folder("mount")
    proposal = lab.open(mount, hours="0.0014")
    yield
    own.set(-DAY)
    scene.must(labs.wait_until(lambda: lab.phase_of(proposal) == "ended", 15), f"it is {lab.phase_of(proposal)}")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    yield labs.Ran(0, "", "")


@case(CONSUMER, "reads a file whose sealed bytes were flipped", (1, 135), "", "serves", "an input/output error, never plaintext; the audit of the other files goes on")
def flipped_blob(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    for blob in lab.store.rglob("f1"):
        before = blob.read_bytes()
        blob.write_bytes(before[:5000] + bytes([before[5000] ^ 1]) + before[5001:])
    yield
    ran = read_with_patience(mount / "model.safetensors")
    scene.must(not ran.out, "it gave plaintext")
    scene.must((mount / "config.json").read_text(), "the others cannot be read")
    scene.must(lab.close(proposal).code == 0, "it cannot be closed")
    yield ran


def broken_object(scene: Scene, part: str, change):
    """A released object with something of it spoilt before it is opened."""
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    proposal = lab.propose(mount)
    lab.approve(proposal, "alice")
    blobs = list(lab.store.rglob(part))
    scene.must(bool(blobs), f"no {part} in the store")
    yield
    for blob in blobs:
        change(blob)
    approved = lab.strongroom("approve", proposal, "--yes", who="bob")
    if approved.code != 0:
        yield approved
        lab.close(proposal)
        return
    ran = lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount)
    scene.must(not labs.mounts_beneath(mount), "it is mounted")
    yield ran


def broken_file(scene: Scene, part: str, change):
    """A file of a released object that cannot be read: the others can."""
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    for blob in lab.store.rglob(part):
        change(blob)
    ran = read_with_patience(mount / "model.safetensors")
    scene.must((mount / "config.json").read_text(), "the others cannot be read")
    scene.must(lab.close(proposal).code == 0, "it cannot be closed")
    yield ran


@case(CONSUMER, "reads a file that is missing from the store", 1, "", "serves", "an error, and the others can be read")
def missing_blob(scene):
    yield from broken_file(scene, "f1", lambda blob: blob.unlink())


@case(CONSUMER, "reads a file whose leaf hashes are cut off", 1, "", "serves", "an error, and the others can be read")
def cut_leaves(scene):
    yield from broken_file(scene, "f1.leaves", lambda blob: blob.write_bytes(blob.read_bytes()[:-32]))


@case(CONSUMER, "opens an object whose names are flipped", (20, 21), "", "serves", "nothing is mounted")
def flipped_names(scene):
    def change(blob):
        before = blob.read_bytes()
        blob.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    yield from broken_object(scene, "names-0", change)


@case(CONSUMER, "asks for approval of an object whose key record is gone", (12, 20, 21), "", "serves", "nothing is signed")
def missing_record(scene):
    yield from broken_object(scene, "key-record-0", lambda blob: blob.unlink())


@case(CONSUMER, "asks for approval of an object whose shares are spoilt", (10, 20, 21), "", "serves", "nothing is signed")
def spoilt_shares(scene):
    yield from broken_object(scene, "sealed-shares-0", lambda blob: blob.write_bytes(b"{}"))


@case(CONSUMER, "reads beyond the bytes that it may", 1, "", "serves again", "the lease ends by itself, and the log says why")
def over_budget(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount, more=("--bytes", "100000"))
    yield
    ran = read_with_patience(mount / "model.safetensors")
    scene.must(labs.wait_until(lambda: lab.phase_of(proposal) == "ended", 10), f"it is {lab.phase_of(proposal)}")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    yield ran
    scene.again = lambda: lab.close(lab.open(mount))


@case(CONSUMER, "is another user", 1, "Permission denied", "serves again")
def another_user(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    yield labs.run(["cat", mount / "config.json"], labs.Around(uid=labs.NOBODY))
    scene.again = lambda: lab.close(proposal)


@case(CONSUMER, "is root, but not the command of a confined lease", 1, "Permission denied", "serves again")
def outside_the_cage(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount, confined=True)
    yield
    yield labs.run(["cat", mount / "config.json"])
    scene.again = lambda: lab.close(proposal)


@case(CONSUMER, "tries to write", 1, "Read-only", "serves again")
def writes(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    yield labs.run(["touch", mount / "new"])
    scene.again = lambda: lab.close(proposal)


@case(CONSUMER, "runs a command that does not exist", 127, "cannot run", "serves", "the lease is closed, the mount is gone")
def no_command(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.propose(mount, confined=True)
    lab.approve(proposal)
    yield
    yield lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount, "--", "/no/such/program")
    scene.must(not labs.mounts_beneath(mount), "still mounted")


@case(CONSUMER, "runs a command that leaves a daemon behind", 0, "closed", "serves", "the daemon dies with the lease")
def leaves_daemon(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    note = scene.place / "daemon"
    proposal = lab.propose(mount, confined=True)
    lab.approve(proposal)
    yield
    ran = lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount, "--", "sh", "-c",
                         f"setsid sh -c 'echo $$ > {note}; exec sleep 300' </dev/null >/dev/null 2>&1 & "
                         f"while [ ! -s {note} ]; do sleep 0.05; done")
    scene.must(labs.wait_until(lambda: labs.stat_of(int(note.read_text()))[1] != "R", 5), "the daemon lives on")
    yield ran
