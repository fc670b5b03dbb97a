"""Reads through mounted file systems that all hold the same file, each asked for bytes the kernel has not cached."""
import contextlib
import pathlib
import shutil
from collections.abc import Iterator

from frame import Bench, Line, Unavailable, compare, interleave
from versus import mounts

GB = 10**9


def needs_fuse() -> None:
    if not pathlib.Path("/dev/fuse").exists():
        raise Unavailable("this machine has no /dev/fuse")


@contextlib.contextmanager
def all_mounted(bench: Bench, file: pathlib.Path, place: pathlib.Path) -> Iterator[dict[str, pathlib.Path]]:
    """The file as each file system shows it, by name; those that cannot be had are said and left out."""
    store, keys = place / "store", place / "keys"
    bench.run(bench.ours("seal", source=file.parent, store=store, keys=keys))
    with contextlib.ExitStack() as stack:
        shown = {"ours": stack.enter_context(mounts.ours(bench, store, keys, place / "ours")) / file.name,
                 "limit": stack.enter_context(mounts.pass_through(bench, file, place / "limit")) / file.name}
        for peer, mount in (("gocryptfs", mounts.gocryptfs), ("cryfs", mounts.cryfs)):
            try:
                if peer == "cryfs" and bench.quick:
                    raise Unavailable("it takes too long to start for a quick run")
                folder = stack.enter_context(mount(bench, place))
                shutil.copyfile(file, folder / file.name)
                shown[peer] = folder / file.name
            except Unavailable as why:
                bench.say(f"  {peer} is left out: {why}")
        yield shown


def measured(bench: Bench, name: str, unit: str, verb: str, size: int, **words) -> Iterator[Line]:
    """Lines of one way of reading; `words` go to the reader, and `count` MiB are read where it is given."""
    needs_fuse()
    file = bench.random_file(size)
    place = bench.folder(name.replace(".", "-"))
    read = words.get("count", size >> 20) << 20
    with all_mounted(bench, file, place) as shown:
        sides = {side: (lambda path=path: read / GB / bench.run(bench.ours(verb, path=path, **words)))
                 for side, path in shown.items()}
        figures = interleave(sides, bench.pick(3, 7))
    bench.folder(name.replace(".", "-"))
    yield from compare(figures, name, unit, len(bench.cores), bench.note(
        f"{size >> 20} MiB file", "what lies beneath is in the page cache, the mount's own pages are dropped",
        "limit: libfuse passing the plain file through, spliced where the kernel can"))
