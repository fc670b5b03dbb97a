"""The other side of preload/points.cc: the page that is shared with the programs, their journal of what
they did to the disk, and what a power cut would leave of it."""
import dataclasses
import hashlib
import mmap
import os
import pathlib
import random
import stat
import struct

CALLS = ["create", "write", "truncate", "sync", "rename", "remove", "make", "send"]
NAMES = {"create", "rename", "remove", "make"}  # what changes a directory
NOTHING, KILL, FAIL_ONCE, FAIL_FROM_THERE, STORM = range(5)
CONTROL = struct.Struct("<IIIIiIII64s192s256s256s")
RECORD = struct.Struct("<IIiiQQqBBHHH")


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a crash can come: one distinct point is a program's call on a kind of file."""
    program: str
    call: str
    kind: str

    def __str__(self) -> str:
        return f"{self.program} {self.call} {self.kind}"


@dataclasses.dataclass(frozen=True)
class Operation:
    """One call, as it was carried out (or failed: then `error` is its errno)."""
    sequence: int
    process: int
    error: int
    inode: int
    directory: int
    offset: int
    place: Place
    path: str
    other: str
    data: bytes

    @property
    def call(self) -> str:
        return self.place.call


class Control:
    """The shared page. Programs see a change at their next call."""

    def __init__(self, page: pathlib.Path, root: pathlib.Path, journal: pathlib.Path):
        self.journal = journal
        page.write_bytes(bytes(4096))
        with open(page, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)
        CONTROL.pack_into(self.page, 0, 0, 0, 0, 0, 0, 0, 0, 0, b"", b"", os.fsencode(root) + b"/",
                          os.fsencode(journal))
        journal.write_bytes(b"")

    def _set(self, index: int, value: int) -> None:
        struct.pack_into("<I", self.page, 4 * index, value & 0xffffffff)

    def choose(self, action: int, place: Place | None = None, occurrence: int = 0, error: int = 0) -> None:
        """From the next `arm` on, this happens at the chosen point."""
        self._set(1, action)
        self._set(3, occurrence)
        self._set(4, error)
        self._set(5, 0)
        self._set(6, 0)
        if place is not None:
            self._set(2, CALLS.index(place.call))
            struct.pack_into("64s192s", self.page, 32, place.program.encode(), place.kind.encode())

    def arm(self) -> None:
        self._set(0, 1)

    def disarm(self) -> None:
        self._set(0, 0)
        self._set(1, NOTHING)

    @property
    def hit(self) -> bool:
        return struct.unpack_from("<I", self.page, 24)[0] == 1

    @property
    def sequence(self) -> int:
        """How many points there have been."""
        return struct.unpack_from("<I", self.page, 28)[0]

    def operations(self) -> list[Operation]:
        data = self.journal.read_bytes()
        found = []
        at = 0
        while at < len(data):
            (size, sequence, process, error, inode, directory, offset, call, program_bytes, path_bytes,
             other_bytes, kind_bytes) = RECORD.unpack_from(data, at)
            texts = []
            text = at + RECORD.size
            for length in (program_bytes, path_bytes, other_bytes, kind_bytes):
                texts.append(os.fsdecode(data[text:text + length]))
                text += length
            found.append(Operation(sequence, process, error, inode, directory, offset,
                                   Place(texts[0], CALLS[call], texts[3]), texts[1], texts[2],
                                   data[text:at + size]))
            at += size
        return found


# What a power cut leaves

@dataclasses.dataclass
class Image:
    """A disk's content beneath one root."""
    files: dict[str, bytes]
    directories: set[str]

    @staticmethod
    def of(root: pathlib.Path) -> "Image":
        image = Image({}, set())
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            mode = path.lstat().st_mode
            if stat.S_ISDIR(mode):
                image.directories.add(name)
            elif stat.S_ISREG(mode):
                image.files[name] = path.read_bytes()
        return image

    def write(self, root: pathlib.Path) -> None:
        for name in sorted(self.directories):
            (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in self.files.items():
            with open(os.open(root / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(content)

    def digest(self) -> str:
        hashed = hashlib.sha256()
        for name in sorted(self.files):
            if not name.endswith("-shm"):  # SQLite makes it anew
                hashed.update(repr((name, self.files[name])).encode())
        hashed.update(repr(sorted(self.directories)).encode())
        return hashed.hexdigest()


class Disk:
    """What was on the disk when the journal began (taken to be durable), and what was done since."""

    def __init__(self, root: pathlib.Path):
        self.before = Image.of(root)
        self.inodes = {name: (root / name).stat().st_ino for name in self.before.files}
        self.folders = {name: (root / name).stat().st_ino for name in self.before.directories}
        self.operations: list[Operation] = []

    def unsynced(self, count: int) -> list[int]:
        """Which of the first `count` operations no sync has confirmed."""
        synced: dict[int, int] = {}
        for at, operation in enumerate(self.operations[:count]):
            if operation.call == "sync" and operation.error == 0:
                synced[operation.inode] = at
        waiting = []
        for at, operation in enumerate(self.operations[:count]):
            if operation.error != 0 or operation.call in ("sync", "send"):
                continue
            inode = operation.directory if operation.call in NAMES else operation.inode
            if synced.get(inode, -1) < at:
                waiting.append(at)
        return waiting

    def after(self, count: int, lost: set[int], torn: bool = False) -> Image:
        """The disk after the first `count` operations, `lost` of which never reached it; `torn`: and
        after half of the next, if it is a write."""
        contents = {self.inodes[name]: bytearray(data) for name, data in self.before.files.items()}
        names = dict(self.inodes)
        folders = dict(self.folders)
        for at, operation in enumerate(self.operations[:count]):
            if operation.error == 0 and at not in lost:
                apply(operation, contents, names, folders, operation.data)
        if torn and count < len(self.operations) and self.operations[count].call == "write":
            operation = self.operations[count]
            apply(operation, contents, names, folders, operation.data[:len(operation.data) // 2])
        image = Image({}, {name for name in folders if reachable(name, folders)})
        for name, inode in names.items():
            if reachable(name, folders):
                image.files[name] = bytes(contents.get(inode, b""))
        return image

    def cuts(self, count: int, seeds: range) -> list[tuple[str, Image]]:
        """What may be found after the power went just before operation `count`: nothing of what was
        not synced; the names alone; the bytes alone; everything and half a write; mixtures."""
        waiting = self.unsynced(count)
        names = {at for at in waiting if self.operations[at].call in NAMES}
        cuts = [("nothing unsynced survived", self.after(count, set(waiting))),
                ("names survived, their bytes did not", self.after(count, set(waiting) - names)),
                ("bytes survived, their names did not", self.after(count, names)),
                ("everything survived", self.after(count, set(), torn=True))]
        for seed in seeds:
            cuts.append((f"mixture {seed}", self.after(count, self.mixture(waiting, seed))))
        seen: set[str] = set()
        different = []
        for name, image in cuts:
            digest = image.digest()
            if digest not in seen:
                seen.add(digest)
                different.append((name, image))
        return different

    def mixture(self, waiting: list[int], seed: int) -> set[int]:
        """A journalling file system keeps the order of names within a directory; bytes it keeps as it
        likes."""
        chance = random.Random(seed)
        lost: set[int] = set()
        cut: dict[int, bool] = {}
        for at in waiting:
            operation = self.operations[at]
            if operation.call not in NAMES:
                if chance.random() < 0.5:
                    lost.add(at)
                continue
            cut[operation.directory] = cut.get(operation.directory, False) or chance.random() < 0.3
            if cut[operation.directory]:
                lost.add(at)
        return lost


def reachable(name: str, folders: dict[str, int]) -> bool:
    return all(str(above) in folders for above in list(pathlib.PurePath(name).parents)[:-1])


def apply(operation: Operation, contents: dict[int, bytearray], names: dict[str, int],
          folders: dict[str, int], data: bytes) -> None:
    match operation.call:
        case "create":
            names[operation.path] = operation.inode
            contents.setdefault(operation.inode, bytearray())
        case "write":
            content = contents.setdefault(operation.inode, bytearray())
            if len(content) < operation.offset:
                content.extend(bytes(operation.offset - len(content)))
            content[operation.offset:operation.offset + len(data)] = data
        case "truncate":
            content = contents.setdefault(operation.inode, bytearray())
            del content[operation.offset:]
            content.extend(bytes(operation.offset - len(content)))
        case "rename" if operation.path in folders:
            for table in (names, folders):
                for name in [name for name in table if (name + "/").startswith(operation.path + "/")]:
                    table[operation.other + name[len(operation.path):]] = table.pop(name)
        case "rename":
            names.pop(operation.path, None)
            names[operation.other] = operation.inode
        case "remove":
            names.pop(operation.path, None)
            folders.pop(operation.path, None)
        case "make":
            folders[operation.path] = operation.inode


def distinct(operations: list[Operation]) -> dict[Place, int]:
    """Every place that was met, and how often. Calls that failed are no points."""
    found: dict[Place, int] = {}
    for operation in operations:
        found[operation.place] = found.get(operation.place, 0) + 1
    return found
