"""Finds the points of a path, kills (or cuts the power, or fails a call) at them, and checks what
strongroom.md promises of what is there after the restart."""
import dataclasses
import errno
import os
import pathlib
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import paths
import points
from lab import Lab, Trouble
from paths import Path
from points import Disk, Place

WORKERS = 2 * (os.cpu_count() or 1)  # a case waits much of its time
WRITES = {"create", "write", "make"}


@dataclasses.dataclass
class Tally:
    """What is printed at the end, per path."""
    found: int = 0
    distinct: int = 0
    killed: int = 0
    not_reached: int = 0
    cuts: int = 0
    full: int = 0
    unsynced: int = 0
    troubles: list[str] = dataclasses.field(default_factory=list)


class Enumeration:
    """The labs of one test run, in a directory of their own."""

    def __init__(self, build: pathlib.Path, thorough: bool):
        self.build, self.thorough = build, thorough
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-crash-", dir=memory))
        self.bases: dict[object, Lab] = {}
        self.recorded: dict[str, Disk] = {}
        self.tallies: dict[str, Tally] = {}
        self.origin: dict[str, pathlib.Path] = {}  # where each recorded run took place
        self.number = 0

    def close(self) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    def base(self, before: object) -> Lab:
        """What stands before a path; made once, kept on the disk, never run."""
        if before not in self.bases:
            if before is None:
                lab = Lab(self.place / "founded", self.build)
                lab.place.mkdir()
                lab.found()
            else:
                lab = self.base(None).copy_to(self.fresh())
                before(lab)
            self.bases[before] = lab
        return self.bases[before]

    def fresh(self) -> pathlib.Path:
        self.number += 1
        return self.place / f"lab-{self.number}"

    def tally(self, path: Path) -> Tally:
        return self.tallies.setdefault(path.name, Tally())

    # Finding the points

    def record(self, path: Path) -> Disk:
        """One run in which nothing fails, written down."""
        if path.name in self.recorded:
            return self.recorded[path.name]
        lab = self.base(path.before).copy_to(self.fresh())
        try:
            control = lab.watch()
            path.set_out(lab)
            disk = Disk(lab.root)
            control.arm()
            if not path.act(lab):
                raise Trouble(f"{path.name} is not even done when nothing fails")
            control.disarm()
            disk.operations = control.operations()
        finally:
            lab.stop_all()
            shutil.rmtree(lab.place, ignore_errors=True)
        tally = self.tally(path)
        own = [operation for operation in disk.operations if operation.place.program in path.programs]
        tally.found, tally.distinct = len(own), len(points.distinct(own))
        self.recorded[path.name] = disk
        self.origin[path.name] = lab.root
        return disk

    def chosen(self, path: Path, calls: set[str]) -> list[tuple[Place, int]]:
        """One occurrence of each place, the last; with --all, each."""
        found = points.distinct([operation for operation in self.record(path).operations
                                 if operation.place.program in path.programs and operation.call in calls])
        if self.thorough:
            return [(place, at) for place, count in found.items() for at in range(count)]
        return [(place, count - 1) for place, count in found.items()]

    # What must be true

    def check(self, lab: Lab, path: Path, acknowledged: bool, before: Counter) -> None:
        """After the restart, before and after the same is done again."""
        lab.verify()
        counts = paths.entry_counts(lab)
        if acknowledged and path.entry and counts[path.entry] <= before[path.entry]:
            raise Trouble(f"acknowledged, and no entry \"{path.entry}\" in the log")
        if sum(before.values()) > sum(counts.values()):
            raise Trouble("the log has become shorter")
        paths.check_nothing_twice(lab)
        paths.age_objects(lab)
        path.again(lab)
        counts = paths.entry_counts(lab)
        for kind, (least, most) in path.entries_after.items():
            if not least <= counts[kind] - before[kind] <= most:
                raise Trouble(f"{counts[kind] - before[kind]} new entries \"{kind}\", not {least} to {most}")
        paths.check_nothing_twice(lab)
        paths.check_no_plaintext(lab)
        paths.look_once(lab)
        for program in ("strongroom-agent", "strongroom-server"):
            ended = lab.stop(program)
            if ended not in (0, None):
                raise Trouble(f"{program} ended with {ended} when told to stop: {lab.said(program)}")
        lab.verify()
        paths.check_no_leftovers(lab)

    # Failing

    def fail_at(self, path: Path, action: int, place: Place, occurrence: int, error: int = 0) -> bool:
        """One run in which the chosen point fails; whether it was reached."""
        lab = self.base(path.before).copy_to(self.fresh())
        try:
            control = lab.watch()
            path.set_out(lab)
            before = paths.entry_counts(lab)
            control.choose(action, place, occurrence, error)
            control.arm()
            acknowledged = path.act(lab)
            control.disarm()
            if control.hit and action == points.KILL and place.program in lab.running:
                lab.running[place.program].wait(30)  # it may still be on its way out
            if action != points.KILL and "strongroom-server" in lab.running:
                lab.running["strongroom-server"].kill()
                lab.running["strongroom-server"].wait()
            lab.revive()
            self.check(lab, path, acknowledged, before)
            return control.hit
        except Exception as error_met:
            error_met.args = (f"{place} ({occurrence}): {error_met}; {lab.said('strongroom-server')[-600:]}",)
            raise
        finally:
            lab.stop_all()
            shutil.rmtree(lab.place, ignore_errors=True)

    def each(self, path: Path, work, cases: list) -> int:
        """How many of the cases were reached; every trouble is kept."""
        reached = 0
        with ThreadPoolExecutor(WORKERS) as pool:
            for future in [pool.submit(work, *case) for case in cases]:
                try:
                    reached += bool(future.result())
                except Exception as error:  # whatever it is, the other cases run
                    self.tally(path).troubles.append(f"{type(error).__name__}: {error}")
        return reached

    def kill(self, path: Path) -> None:
        cases = [(path, points.KILL, *case) for case in self.chosen(path, set(points.CALLS))]
        tally = self.tally(path)
        tally.killed = self.each(path, self.fail_at, cases)
        tally.not_reached = len(cases) - tally.killed

    def fill_the_disk(self, path: Path) -> None:
        cases = [(path, points.FAIL_FROM_THERE, *case, errno.ENOSPC) for case in self.chosen(path, WRITES)]
        self.tally(path).full = self.each(path, self.fail_at, cases)

    def fail_syncs(self, path: Path) -> None:
        cases = [(path, points.FAIL_ONCE, *case, errno.EIO) for case in self.chosen(path, {"sync"})]
        self.tally(path).unsynced = self.each(path, self.fail_at, cases)

    def interrupt_everything(self, path: Path) -> None:
        """Every write is interrupted once, and short each time: nobody may notice."""
        lab = self.base(path.before).copy_to(self.fresh())
        try:
            control = lab.watch()
            path.set_out(lab)
            before = paths.entry_counts(lab)
            control.choose(points.STORM)
            control.arm()
            if not path.act(lab):
                raise Trouble("not done when calls are interrupted and writes are short: "
                              + lab.said("strongroom-server"))
            control.disarm()
            self.check(lab, path, True, before)
        finally:
            lab.stop_all()
            shutil.rmtree(lab.place, ignore_errors=True)

    # Cutting the power

    def cut_at(self, path: Path, name: str, image: points.Image, acknowledged: bool) -> bool:
        lab = Lab(self.fresh(), self.build)
        try:
            lab.place.mkdir()
            (lab.place / "mount").mkdir()
            base = self.base(path.before)
            lab.facts = dict(base.facts)
            (lab.place / "model").symlink_to(base.place / "model")
            image.write(lab.root)
            lab.settle(self.origin[path.name])
            lab.start_server()
            before = Counter(entry["type"] for entry in base.entries())
            if "strongroom-agent" in path.programs:
                lab.restarted.add("strongroom-agent")
                lab.start_agent()
            paths.check_objects(lab, self.whole(path))
            self.check(lab, path, acknowledged, before)
            return True
        except Exception as error:
            error.args = (f"{name}: {error}; {lab.said('strongroom-server')[-600:]}",)
            raise
        finally:
            lab.stop_all()
            shutil.rmtree(lab.place, ignore_errors=True)

    def whole(self, path: Path) -> points.Image:
        """The disk as it would be had nothing gone wrong."""
        disk = self.record(path)
        return disk.after(len(disk.operations), set())

    def cuts(self, path: Path, disk: Disk) -> list[tuple[Path, str, points.Image, bool]]:
        """At each distinct point (its last occurrence; with --all, each), and at the end, where all was
        acknowledged. Different points may leave the same disk: it is looked at once."""
        last = {operation.place: at for at, operation in enumerate(disk.operations)}
        wanted = range(len(disk.operations)) if self.thorough else sorted(set(last.values()))
        seeds = range(8) if self.thorough else range(1)
        seen: set[str] = set()
        cases = []
        for at in [*wanted, len(disk.operations)]:
            for name, image in disk.cuts(at, seeds):
                digest = image.digest()
                if digest in seen and at != len(disk.operations):
                    continue
                seen.add(digest)
                where = str(disk.operations[at].place) if at < len(disk.operations) else "the end"
                cases.append((path, f"power cut before {where} ({at}), {name}", image,
                              at == len(disk.operations)))
        return cases

    def cut_power(self, path: Path) -> None:
        cases = self.cuts(path, self.record(path))
        self.tally(path).cuts = self.each(path, self.cut_at, cases)
