"""The paths on which programs are killed: what stands before, what is done, what must be true after."""
import dataclasses
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable

from lab import INTERRUPTED, PLANTED, Lab, Trouble
from points import Image

WAIT_SECONDS_MAX = 60
CONFLICT, REFUSED, ALREADY, NOT_YET, NETWORK = 14, 20, 13, 25, 33


@dataclasses.dataclass(frozen=True)
class Path:
    name: str
    programs: tuple[str, ...]           # whose points are met one by one
    before: Callable[[Lab], None]       # once, on the disk; starts and stops what it needs
    set_out: Callable[[Lab], None]      # in every run, before points count
    act: Callable[[Lab], bool]          # counted; true: it was acknowledged
    entry: str                          # the type of entry that an acknowledgement stands for, if any
    again: Callable[[Lab], None]        # the same again: succeeds, or says that it is done
    entries_after: dict[str, tuple[int, int]]  # by type: how many more than before, once done again
    needs_mount: bool = False
    only_crashes: bool = False          # the rest with --all: a path much like another


def done(result: subprocess.CompletedProcess) -> bool:
    """Acknowledged; else an error that says so, in JSON, or a killed program."""
    if result.returncode == 0:
        return True
    if result.returncode != INTERRUPTED and '"error"' not in result.stdout + result.stderr:
        raise Trouble(f"{result.args[1]} ended with {result.returncode} without saying why: "
                      f"{result.stdout}{result.stderr}")
    return False


def again(lab: Lab, who: str, *arguments: str, said: tuple[int, ...] = ()) -> None:
    result = lab.strongroom(who, *arguments)
    if result.returncode != 0 and result.returncode not in said:
        raise Trouble(f"{arguments[0]} run again ended with {result.returncode}: "
                      f"{result.stdout}{result.stderr}")


# What several paths have before them

def server(lab: Lab) -> None:
    lab.start_server()


def nothing(lab: Lab) -> None:
    del lab


def sealed(lab: Lab) -> None:
    lab.start_server()
    lab.must(seal(lab))
    lab.stop("strongroom-server")


def seal(lab: Lab) -> subprocess.CompletedProcess:
    return lab.strongroom("dana", "seal", str(lab.place / "model"), "--name", "planted")


def proposed(lab: Lab) -> None:
    sealed(lab)
    lab.start_server()
    lab.start_agent()
    propose(lab)
    lab.stop("strongroom-agent")
    lab.stop("strongroom-server")


def propose(lab: Lab) -> None:
    mount = lab.place / "mount"
    mount.mkdir(exist_ok=True)
    told = lab.must(lab.strongroom("dana", "open", "planted", "--for", "a test of crashes", "--hours", "1",
                                   "--agent", str(lab.root / "agent/agent.sock"), "--mount", str(mount),
                                   "--no-wait"))
    lab.facts["proposal"] = told["proposal"]


def approve(lab: Lab, who: str) -> subprocess.CompletedProcess:
    return lab.strongroom(who, "approve", lab.facts["proposal"], "--yes")


def approved_once(lab: Lab) -> None:
    proposed(lab)
    lab.start_server()
    lab.must(approve(lab, "alice"))
    lab.stop("strongroom-server")


# Releases: the recipient's key is in the agent's memory only, so these set out anew for every run.

def granted(lab: Lab) -> None:
    """The agent sleeps until the points count: only it is left to act."""
    lab.start_server()
    lab.start_agent()
    propose(lab)
    lab.must(approve(lab, "alice"))
    lab.running["strongroom-agent"].send_signal(signal.SIGSTOP)
    lab.must(approve(lab, "bob"))


def is_mounted(lab: Lab) -> bool:
    return f" {lab.place / 'mount'} " in pathlib.Path("/proc/self/mountinfo").read_text()


def redeem(lab: Lab) -> bool:
    lab.running["strongroom-agent"].send_signal(signal.SIGCONT)
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    asked = time.monotonic() + 1
    while not is_mounted(lab):
        if not lab.alive("strongroom-server"):
            return False
        if not lab.alive("strongroom-agent"):
            return False
        if time.monotonic() > asked and lease_failed(lab):
            lab.restarted.add("the lease")
            return False
        if time.monotonic() > deadline:
            raise Trouble(f"not mounted: {lab.said('strongroom-agent')}")
        time.sleep(0.003)
    return True


def lease_failed(lab: Lab) -> bool:
    looked = lab.strongroom("dana", "open", "--proposal", lab.facts["proposal"], "--agent",
                            str(lab.root / "agent/agent.sock"), "--no-wait")
    return looked.returncode not in (0, NOT_YET, NETWORK)


def reads(lab: Lab) -> None:
    for path in (lab.place / "model").iterdir():
        if (lab.place / "mount" / path.name).read_bytes() != path.read_bytes():
            raise Trouble(f"{path.name} read from the mount is not what was sealed")


def redeem_again(lab: Lab) -> None:
    """Who lost only the server goes on with the same redemption; who lost the agent, or whose lease the agent has
    ended for what failed (it may have stood mounted for a moment), asks anew."""
    lost = bool(lab.restarted & {"strongroom-agent", "the lease"})
    if lost:
        start_over(lab)
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    look = time.monotonic() + 1
    while True:
        try:
            if is_mounted(lab):
                return reads(lab)
        except OSError:  # it was ended while it was read
            pass
        if not lost and time.monotonic() > look and lease_failed(lab):
            lost = True
            start_over(lab)
        if time.monotonic() > deadline:
            raise Trouble(f"not mounted: {lab.said('strongroom-agent')}")
        time.sleep(0.003)


def start_over(lab: Lab) -> None:
    """An agent that could not sync its log does nothing more until somebody has looked and started it again."""
    if "strongroom-agent" not in lab.restarted:
        lab.stop("strongroom-agent", signal.SIGKILL)
        lab.start_agent()
    subprocess.run(["umount", "-l", str(lab.place / "mount")], check=False, stderr=subprocess.DEVNULL)
    again_asked(lab)


def again_asked(lab: Lab) -> None:
    propose(lab)
    lab.must(approve(lab, "alice"))
    lab.must(approve(lab, "bob"))


def leased(lab: Lab) -> None:
    granted(lab)
    if not redeem(lab):
        raise Trouble("the lease did not begin")
    reads(lab)


def close(lab: Lab) -> bool:
    return done(lab.strongroom("dana", "close", lab.facts["proposal"], "--agent",
                               str(lab.root / "agent/agent.sock")))


def close_again(lab: Lab) -> None:
    """A lease whose agent died is over; whose server died is told to it again, or stays untold."""
    if "strongroom-agent" not in lab.restarted:
        again(lab, "dana", "close", lab.facts["proposal"], "--agent", str(lab.root / "agent/agent.sock"))
        if is_mounted(lab):
            raise Trouble("closed, and mounted all the same")


# Backups. The server is not running: its program is also what makes them.

def backup(lab: Lab) -> subprocess.CompletedProcess:
    return lab.run("strongroom", "backup", "--data", str(lab.root / "server"), "--to",
                   str(lab.root / "backups"), "--json")


def restore(lab: Lab, to: str, number: int = 0) -> subprocess.CompletedProcess:
    return lab.run("strongroom", "restore", "--data", str(lab.root / to), "--from",
                   str(lab.root / "backups"), "--id", lab.facts["id"], "--number", str(number), "--json")


def backed_up(lab: Lab) -> None:
    sealed(lab)
    lab.must(backup(lab))


def check_restored(lab: Lab, to: str) -> None:
    """What has its name is whole."""
    lab.verify(lab.root / to)
    for original in (lab.root / "server/objects").rglob("*"):
        copied = lab.root / to / "objects" / original.relative_to(lab.root / "server/objects")
        if original.is_file() and copied.read_bytes() != original.read_bytes():
            raise Trouble(f"{copied} was restored as something else")


def backup_again(lab: Lab) -> None:
    """Whatever has a manifest can be restored; the next backup succeeds, and sweeps what was begun."""
    lab.must(backup(lab))
    numbers = sorted((lab.root / "backups/backups").iterdir())
    for folder in numbers:
        to = f"restored-{int(folder.name)}"
        lab.must(restore(lab, to, int(folder.name)))
        check_restored(lab, to)
        shutil.rmtree(lab.root / to)


def restore_again(lab: Lab) -> None:
    """What is there under its name is whole, and is not written over; else it is done again."""
    if (lab.root / "restored").exists():
        check_restored(lab, "restored")
        if restore(lab, "restored").returncode != REFUSED:
            raise Trouble("a restored site was written over")
    else:
        lab.must(restore(lab, "restored"))
    check_restored(lab, "restored")
    if (lab.root / "restored.restoring").exists():
        raise Trouble("half a restore stays")


PATHS = [
    Path("seal", ("strongroom",), nothing, server, lambda lab: done(seal(lab)), "deposited",
         lambda lab: again(lab, "dana", "seal", str(lab.place / "model"), "--name", "planted"),
         {"registered": (1, 1), "deposited": (1, 2)}),
    Path("deposit", ("strongroom-server",), nothing, server, lambda lab: done(seal(lab)), "deposited",
         lambda lab: again(lab, "dana", "seal", str(lab.place / "model"), "--name", "planted"),
         {"registered": (1, 1), "deposited": (1, 2)}),
    Path("vote", ("strongroom", "strongroom-server"), proposed, server,
         lambda lab: done(approve(lab, "alice")), "voted",
         lambda lab: again(lab, "alice", "approve", lab.facts["proposal"], "--yes",
                           said=(CONFLICT, REFUSED, ALREADY)),
         {"voted": (1, 1), "granted": (0, 0)}),
    Path("grant", ("strongroom-server",), approved_once, server,
         lambda lab: done(approve(lab, "carol")), "granted",
         lambda lab: again(lab, "carol", "approve", lab.facts["proposal"], "--yes",
                           said=(CONFLICT, REFUSED, ALREADY)),
         {"voted": (1, 1), "granted": (1, 1)}),
    Path("redeem", ("strongroom-server", "strongroom-agent"), sealed, granted, redeem, "redeemed",
         redeem_again, {"redeemed": (1, 2)}, needs_mount=True),
    # The lease ends on its host whether or not the server can be told: no entry is promised.
    Path("lease end", ("strongroom-server", "strongroom-agent"), sealed, leased, close, "",
         close_again, {"lease-ended": (0, 1)}, needs_mount=True),
    Path("freeze", ("strongroom", "strongroom-server"), sealed, server,
         lambda lab: done(lab.strongroom("alice", "freeze", "all")), "frozen",
         lambda lab: again(lab, "alice", "freeze", "all", said=(CONFLICT, ALREADY)),
         {"frozen": (1, 2)}),
    Path("backup", ("strongroom-server",), sealed, nothing, lambda lab: done(backup(lab)), "",
         backup_again, {}),
    Path("backup on top of another", ("strongroom-server",), backed_up, nothing,
         lambda lab: done(backup(lab)), "", backup_again, {}, only_crashes=True),
    Path("restore", ("strongroom-server",), backed_up, nothing,
         lambda lab: done(restore(lab, "restored")), "", restore_again, {}),
]


def entry_counts(lab: Lab) -> Counter:
    return Counter(entry["type"] for entry in lab.entries())


def check_nothing_twice(lab: Lab) -> None:
    """Each redemption number once per proposal, each person once per proposal, each grant once."""
    seen: Counter = Counter()
    for entry in lab.entries():
        statement = entry.get("statement") or {}
        if entry["type"] == "voted":
            seen["vote", statement["proposal"], statement["person"]] += 1
        elif entry["type"] == "redeemed":
            seen["redemption", statement["proposal"], statement["n"]] += 1
        elif entry["type"] == "granted":
            seen["grant", entry["body"]["proposal"]] += 1
    for what, count in seen.items():
        if count > 1:
            raise Trouble(f"{what} stands {count} times in the log")


def check_no_plaintext(lab: Lab) -> None:
    for path in lab.root.rglob("*"):
        if path.is_file() and PLANTED[:24] in path.read_bytes():
            raise Trouble(f"plaintext in {path.relative_to(lab.root)}")
        if b"planted-file" in path.name.encode():
            raise Trouble(f"the name of a file that was sealed is the name of {path}")


def check_objects(lab: Lab, whole: Image) -> None:
    """Every object that a deposit names has every byte that was written of it."""
    for entry in lab.entries():
        if entry["type"] != "deposited":
            continue
        folder = f"server/objects/objects/{entry['statement']['object']}/"
        for name, content in whole.files.items():
            path = lab.root / name
            if name.startswith(folder) and (not path.exists() or path.read_bytes() != content):
                raise Trouble(f"{name} is not whole, and its object is deposited")


def look_once(lab: Lab) -> None:
    """Whoever was interrupted comes back one day, and sweeps the own home by looking at anything."""
    for home in (lab.root / "people").iterdir():
        if any(home.rglob(".*.partial")):
            lab.must(lab.strongroom(home.name, "status"))


def age_objects(lab: Lab) -> None:
    """As if a day and an hour had gone by: what an interrupted sealing left is then swept."""
    then = time.time() - 25 * 3600
    for path in (lab.root / "server/objects").rglob("*"):
        os.utime(path, (then, then))


def check_no_leftovers(lab: Lab) -> None:
    deposited = {entry["statement"]["object"] for entry in lab.entries() if entry["type"] == "deposited"}
    objects = {path.name for path in (lab.root / "server/objects/objects").glob("*")}
    if deposited != objects:
        raise Trouble(f"deposited {sorted(deposited)}, in the store {sorted(objects)}")
    left = [str(path.relative_to(lab.root)) for path in lab.root.rglob(".*.partial")]
    if left:
        raise Trouble(f"temporary files that stay: {left}")
