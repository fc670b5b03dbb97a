"""The server, its data and its network, in every wrong way."""
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import fakes
import lab as labs
from table import Scene, Skipped, case

START = "a server that starts"
DATA = "the server's data"
TOGETHER = "two at once"
CLOCK = "clocks"
DAY = 24 * 3600


def started(lab: labs.Lab, *more: str, program: str = "strongroom-server", around=None) -> labs.Ran:
    """A server that must end by itself."""
    already = len(lab.log_of(program))
    ran = labs.finish(lab.launch(program, *more, around=around), 15)
    return dataclasses.replace(ran, err=lab.log_of(program)[already:])


def spoiled(scene: Scene, spoil, mend):
    """A server whose data `spoil` has been at; then mended."""
    lab = scene.twin(server=False)
    yield
    kept = spoil(lab)
    yield started(lab)
    mend(lab, kept)

    def again():
        lab.start_server()
        return lab.strongroom("status")
    scene.again = again


def moved_away(part: str):
    def spoil(lab):
        for path in lab.server_dir.glob(part):
            path.rename(lab.directory / f"away-{path.name}")
    def mend(lab, _):
        for path in lab.directory.glob("away-*"):
            path.rename(lab.server_dir / pathlib.Path(part).parent / path.name.removeprefix("away-"))
    return spoil, mend


def changed(part: str, change):
    def spoil(lab):
        path = lab.server_dir / part
        before = path.read_bytes()
        path.write_bytes(change(before))
        return before
    def mend(lab, before):
        for leftover in lab.server_dir.glob("strongroom.db-*"):
            leftover.unlink()
        (lab.server_dir / part).write_bytes(before)
    return spoil, mend


@case(START, "on a port that is taken", 13, "taken", "again", "the other program is left alone")
def port_taken(scene):
    lab = scene.twin(server=False)
    other = socket.create_server(("127.0.0.1", 0))
    yield
    yield started(lab, "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    socket.create_connection(other.getsockname(), 2).close()
    other.close()
    lab.start_server()
    scene.again = lambda: lab.strongroom("status")


@case(START, "on an address that others can reach (0.0.0.0)", 2, "loopback", "log")
def not_loopback(scene):
    lab = scene.twin(server=False)
    yield
    yield started(lab, "--listen", "0.0.0.0:0")


@case(START, "on port 99999", 2, "", "log")
def impossible_port(scene):
    lab = scene.twin(server=False)
    yield
    yield started(lab, "--listen", "127.0.0.1:99999")


@case(START, "on no address at all", 2, "", "log")
def no_address(scene):
    lab = scene.twin(server=False)
    yield
    yield started(lab, "--listen", "nonsense")


@case(START, "in a directory that does not exist", 12, "", "", "nothing is made there")
def no_directory(scene):
    yield
    place = scene.place / "nowhere"
    yield labs.run([scene.lab.programs / "strongroom-server", "--data", place])
    scene.must(not place.exists(), "it was made")


@case(START, "in an empty directory", 12, "", "", "nothing is founded by the way")
def empty_directory(scene):
    yield
    place = scene.folder("empty")
    yield labs.run([scene.lab.programs / "strongroom-server", "--data", place])


@case(START, "in the directory of one that runs", 14, "another strongroom-server", "log serves again")
def second_server(scene):
    lab = scene.lab
    yield
    yield started(lab)
    scene.again = lambda: lab.strongroom("status")


@case(START, "an agent, in the directory of one that runs", 14, "another strongroom-agent", "log serves again")
def second_agent(scene):
    lab = scene.lab
    yield
    yield started(lab, program="strongroom-agent")
    scene.again = lambda: lab.strongroom("status")


@case(START, "under file permissions that it may not pass", 20, "Permission denied", "again")
def server_not_permitted(scene):
    if os.geteuid() != 0:
        raise Skipped("only root can take it away from another user")
    lab = scene.twin(server=False, uid=labs.NOBODY)
    yield
    (lab.server_dir / "keys").chmod(0)
    ran = started(lab)
    (lab.server_dir / "keys").chmod(0o700)
    yield ran
    lab.start_server()
    scene.again = lambda: lab.strongroom("status")


# Its data

@case(DATA, "without its database, though a log was published", 14, "database", "again", "no new log is begun")
def no_database(scene):
    yield from spoiled(scene, *moved_away("strongroom.db*"))


@case(DATA, "with an empty file for its database, though a log was published", 14, "database", "again",
      "no new log is begun")
def empty_database(scene):
    yield from spoiled(scene, *changed("strongroom.db", lambda _: b""))


@case(DATA, "with a database of random bytes", 10, "database", "again")
def random_database(scene):
    yield from spoiled(scene, *changed("strongroom.db", lambda before: os.urandom(len(before))))


@case(DATA, "with a database cut to half", 10, "", "again")
def half_database(scene):
    yield from spoiled(scene, *changed("strongroom.db", lambda before: before[:len(before) // 2]))


@case(DATA, "with a database of zeroes from its second page on", (10, 14), "", "again")
def zeroed_database(scene):
    yield from spoiled(scene, *changed("strongroom.db", lambda before: before[:4096] + bytes(len(before) - 4096)))


@case(DATA, "with a database that is a directory", (10, 20, 30), "", "again")
def directory_database(scene):
    def spoil(lab):
        for path in lab.server_dir.glob("strongroom.db*"):
            path.rename(lab.directory / f"away-{path.name}")
        (lab.server_dir / "strongroom.db").mkdir()
    def mend(lab, _):
        (lab.server_dir / "strongroom.db").rmdir()
        for path in lab.directory.glob("away-*"):
            path.rename(lab.server_dir / path.name.removeprefix("away-"))
    yield from spoiled(scene, spoil, mend)


@case(DATA, "without the log's key", 12, "log.key", "again")
def no_log_key(scene):
    yield from spoiled(scene, *moved_away("keys/log.key"))


@case(DATA, "without the deposit key", 12, "deposit.key", "again")
def no_deposit_key(scene):
    yield from spoiled(scene, *moved_away("keys/deposit.key"))


@case(DATA, "with a key file cut off", 10, "key file", "again")
def cut_log_key(scene):
    yield from spoiled(scene, *changed("keys/log.key", lambda before: before[:-1]))


@case(DATA, "with a key file that others may read", 20, "chmod 600", "again")
def open_log_key(scene):
    def spoil(lab):
        (lab.server_dir / "keys/log.key").chmod(0o644)
    def mend(lab, _):
        (lab.server_dir / "keys/log.key").chmod(0o600)
    yield from spoiled(scene, spoil, mend)


def strangers(scene: Scene, name: str):
    other = labs.Lab(scene.lab.programs, scene.place / "other")
    other.found()
    key = (other.server_dir / "keys" / name).read_bytes()
    yield from spoiled(scene, *changed(f"keys/{name}", lambda _: key))


@case(DATA, "with another strongroom's log key", 21, "log key", "again", "nothing is signed with it")
def strangers_log_key(scene):
    yield from strangers(scene, "log.key")


@case(DATA, "with another strongroom's deposit key", 22, "deposit", "again")
def strangers_deposit_key(scene):
    yield from strangers(scene, "deposit.key")


def shown_damage(scene: Scene, part: str, change, command=("status",)):
    """Published files that somebody has been at, under a server that runs: what a client says of it."""
    lab = scene.twin(server=False)
    paths = sorted(path for path in lab.server_dir.glob(part) if path.is_file())
    scene.must(bool(paths), f"there is no {part}")
    lab.start_server()
    yield
    kept = {path: path.read_bytes() for path in paths}
    for path, before in kept.items():
        spoiled_bytes = change(before)
        if spoiled_bytes is None:
            path.unlink()
        else:
            path.write_bytes(spoiled_bytes)
    shutil.rmtree(lab.home("dana") / "log", ignore_errors=True)
    yield lab.strongroom(*command)
    for path, before in kept.items():
        path.write_bytes(before)
    scene.again = lambda: lab.strongroom(*command)


def flip(at: int):
    return lambda before: before[:at] + bytes([before[at] ^ 1]) + before[at + 1:]


@case(DATA, "with a flipped bit in the published entries", (10, 21), "", "again")
def flipped_entries(scene):
    yield from shown_damage(scene, "public/tile/entries/**/*", flip(700))


@case(DATA, "without the published entries", 12, "", "again")
def missing_entries(scene):
    yield from shown_damage(scene, "public/tile/entries/**/*", lambda _: None)


@case(DATA, "with a flipped bit in the checkpoint", (10, 21), "", "again")
def flipped_checkpoint(scene):
    yield from shown_damage(scene, "public/checkpoint", flip(60))


@case(DATA, "without the checkpoint", 12, "", "again")
def missing_checkpoint(scene):
    yield from shown_damage(scene, "public/checkpoint", lambda _: None)


@case(DATA, "with an empty checkpoint", (10, 21), "", "again")
def empty_checkpoint(scene):
    yield from shown_damage(scene, "public/checkpoint", lambda _: b"")


@case(DATA, "with a hash tile missing, for the verifier", (10, 12, 21), "", "")
def missing_tile(scene):
    lab = scene.twin(server=False)
    yield
    for tile in (lab.server_dir / "public/tile/0").rglob("*"):
        if tile.is_file():
            tile.unlink()
    yield labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])


@case(DATA, "without anything published, when it starts", 0, "", "", "it publishes what its database holds, and the verifier passes")
def missing_publication(scene):
    lab = scene.twin(server=False)
    yield
    shutil.rmtree(lab.server_dir / "public")
    lab.start_server()
    yield lab.strongroom("status")
    yield labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])


# Two at once

def both(*children: subprocess.Popen) -> list[labs.Ran]:
    return [labs.finish(child, labs.COMMAND_SECONDS_MAX) for child in children]


@case(TOGETHER, "two seals of one directory, under one new name", (0, 13), "", "serves again",
      "the name is registered once: the other leaves nothing, or is its next version")
def two_seals(scene):
    lab = scene.lab
    model = scene.model("both")
    yield
    for ran in both(*(lab.begin("seal", str(model), "--name", "both", "--json") for _ in range(2))):
        yield ran
    found = lab.strongroom("freeze", "both", "--json", "--reason", "to find it", who="alice")
    scene.must(found.code == 0, found.said)
    scene.again = lambda: lab.strongroom("seal", str(model), "--name", "both")


@case(TOGETHER, "one name sealed twice, one after the other", 0, "", "serves", "the second is a new version of the first")
def name_twice(scene):
    lab = scene.lab
    model = scene.model("twice")
    yield
    first = lab.seal(model)
    yield first
    (model / "config.json").write_text('{"version":2}\n')
    second = lab.seal(model)
    yield second
    scene.must(first.json["asset"] == second.json["asset"], "two assets of one name")
    scene.must(first.json["object"] != second.json["object"], "one object for two versions")


@case(TOGETHER, "two commands of one person in one home", 0, "", "serves")
def one_home(scene):
    lab = scene.lab
    yield
    for ran in both(*(lab.begin("status", "--json") for _ in range(4))):
        yield ran


@case(TOGETHER, "two custodians approve at the same moment", 0, "", "serves")
def two_approvals(scene):
    if not os.path.exists("/dev/fuse"):
        raise Skipped("this machine has no /dev/fuse")
    lab = scene.lab
    proposal = lab.propose(scene.folder("mount"))
    yield
    for ran in both(*(lab.begin("approve", proposal, "--yes", "--json", who=who) for who in ("alice", "bob", "carol"))):
        if ran.code != 0:  # whoever came after the grant is told so
            scene.must(ran.code in (14, 20), f"{ran.code}: {ran.said}")
            continue
        yield ran
    labs.wait_until(lambda: lab.phase_of(proposal) == "mounted")
    closed = lab.close(proposal)
    scene.must(closed.code == 0, closed.said)


@case(TOGETHER, "two custodians found in one directory", 13, "already", "", "one strongroom is founded, and whole")
def two_inits(scene):
    lab = scene.lab
    place = scene.place / "new"
    yield
    words = ("init", "--data", place, "--custodians", "a,b,c", "--threshold", "2", "--members", "dana")
    done = both(*(lab.begin(*words, who="") for _ in range(2)))
    codes = sorted(ran.code for ran in done)
    scene.must(codes[0] == 0, f"neither founded: {[ran.said for ran in done]}")
    new = labs.Lab(lab.programs, place)
    new.start_server()
    scene.undo.callback(new.stop_all)
    status = new.strongroom("status")
    scene.must(status.code == 0, f"what was founded does not work: {status.said}")
    new.stop_all()
    yield next(ran for ran in done if ran.code != 0)


# Clocks

def clock(scene: Scene) -> fakes.Clock:
    try:
        return fakes.Clock(scene.place)
    except (OSError, subprocess.SubprocessError):
        raise Skipped("no C compiler to make a clock with") from None


@case(CLOCK, "a person's clock is a day ahead of the server's", (21, 24), "clock", "log again")
def ahead(scene):
    own = clock(scene)
    own.set(DAY)
    yield
    yield scene.lab.strongroom("freeze", "kept", "--reason", "x", who="alice",
                               around=labs.Around(environment=own.environment))
    scene.again = lambda: scene.lab.strongroom("status", who="alice")


@case(CLOCK, "a person's clock is a day behind the server's", (21, 24), "clock", "log again")
def behind(scene):
    own = clock(scene)
    own.set(-DAY)
    yield
    yield scene.lab.strongroom("freeze", "kept", "--reason", "x", who="alice",
                               around=labs.Around(environment=own.environment))
    scene.again = lambda: scene.lab.strongroom("status", who="alice")


@case(CLOCK, "the server's and everybody's clock is set back by a year", 21, "before its clock was set back", "log again",
      "the server goes on without being started again, the log's times never go back, and the verifier passes")
def year_back(scene):
    lab = scene.twin(server=False)
    own = clock(scene)
    around = labs.Around(environment=own.environment)
    lab.start_server(around)
    lab.must("freeze", "all", "--reason", "before", who="alice", around=around)
    yield
    own.set(-365 * DAY)
    yield lab.strongroom("freeze", "all", "--reason", "after", who="bob", around=around)

    def again():
        # Whatever is signed in the second of the setting back is refused.
        scene.must(labs.wait_until(lambda: lab.strongroom("status", around=around).code == 0), "it refuses still")
        lab.must("freeze", "all", "--reason", "after", who="bob", around=around)
        shown = lab.strongroom("log", "--json", around=around)
        times = [json.loads(line)["time"] for line in shown.out.splitlines() if line.startswith("{")]
        scene.must(len(times) > 5 and times == sorted(times), f"times go back: {times}")
        return labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])
    scene.again = again


@case(CLOCK, "the server's clock runs ahead by an hour and is set right", 21, "before its clock was set back", "log again",
      "the server goes on without being started again, the log's times never go back, and the verifier passes")
def hour_ahead_and_right(scene):
    lab = scene.twin(server=False)
    own = clock(scene)
    around = labs.Around(environment=own.environment)
    lab.start_server(around)
    own.set(3600)
    lab.must("freeze", "all", "--reason", "ahead", who="alice", around=around)
    yield
    own.set(0)
    yield lab.strongroom("freeze", "all", "--reason", "right", who="bob")

    def again():
        scene.must(labs.wait_until(lambda: lab.strongroom("status").code == 0), "it refuses still")
        lab.must("freeze", "all", "--reason", "right", who="bob")
        shown = lab.strongroom("log", "--json")
        times = [json.loads(line)["time"] for line in shown.out.splitlines() if line.startswith("{")]
        scene.must(len(times) > 5 and times == sorted(times), f"times go back: {times}")
        return labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])
    scene.again = again


@case(CLOCK, "the server's and everybody's clock jumps ahead by a century", (0, 20, 24), "", "serves",
      "clearances have run out; nothing else breaks, and the verifier passes")
def century_ahead(scene):
    lab = scene.twin(server=False)
    own = clock(scene)
    around = labs.Around(environment=own.environment)
    lab.start_server(around)
    yield
    own.set(36500 * DAY)
    yield lab.strongroom("freeze", "all", "--reason", "far", who="alice", around=around)
    yield labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])
