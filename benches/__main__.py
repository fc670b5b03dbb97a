"""Runs the promises of speed by name; ./bench calls it. See README.md beside this file."""
import argparse
import importlib
import pathlib
import shutil
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from frame import ROOT, Bench, Unavailable, cpu_name  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
NOT_PROMISES = {"__main__", "frame", "frame_test"}


def promises() -> dict[str, object]:
    """Every promise that has a file here, by name."""
    found = {}
    for path in sorted(HERE.glob("*.py")):
        if path.stem not in NOT_PROMISES:
            module = importlib.import_module(path.stem)
            found[module.NAME] = module
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="./bench", description="How fast it is, beside its peers: one line of "
                                     "JSON per promise and peer on standard output.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="promises to measure; all when none is named")
    parser.add_argument("--quick", action="store_true", help="smaller data and fewer runs; under two minutes")
    parser.add_argument("--list", action="store_true", help="what can be measured")
    parser.add_argument("--place", type=pathlib.Path, default=ROOT / "build/bench",
                        help="where the data lie while it runs (default: build/bench)")
    chosen = parser.parse_args()
    known = promises()
    if chosen.list:
        for name, module in known.items():
            print(f"{name:24} {module.UNIT:8} {module.ABOUT}")
        return 0
    wanted = chosen.names or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"./bench knows no {', '.join(unknown)}; ./bench --list says what it knows", file=sys.stderr)
        return 2
    chosen.place.mkdir(parents=True, exist_ok=True)
    bench = Bench(chosen.place.resolve(), chosen.quick)
    bench.say(f"{cpu_name()}, {len(bench.cores)} cores, {bench.filesystem(bench.place)} at {bench.place}")
    failed = False
    began = time.monotonic()
    try:
        for name in wanted:
            bench.say(f"{name}: {known[name].ABOUT}")
            try:
                for line in known[name].measure(bench):
                    print(line.text(), flush=True)
            except Unavailable as why:
                failed = failed or bool(chosen.names)
                bench.say(f"  not measured: {why}")
    finally:
        shutil.rmtree(bench.place, ignore_errors=True)
    bench.say(f"{time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
