#!/usr/bin/env python3
"""Runs the fuzz targets of the clang build.

    tools/fuzz.py [--seconds N] [TARGET…]     2 seconds each unless told otherwise; all targets unless named

Seeds: what our own encoders write now (fuzz/make_seeds.cc), and fuzz/hostile/TARGET/, which is committed and also
keeps every input that once found something. A crash is minimised and left in build/clang/found/.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILT = ROOT / "build/clang/fuzz"
FOUND = ROOT / "build/clang/found"
CANARY = "canary"
CANARY_RUNS = 2_000_000  # counted, not timed: a busy machine must not fail it
ONE_ALLOCATION_MEGABYTES = 64
ALL_MEMORY_MEGABYTES = 2048
ONE_INPUT_SECONDS = 20
MINIMISE_SECONDS = 20
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1",
               "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}


@dataclasses.dataclass
class Outcome:
    target: str
    good: bool
    said: str
    runs: int = 0


def targets() -> list[str]:
    """Of the tree, not of the build folder."""
    return sorted(path.stem for path in (ROOT / "fuzz").glob("*.cc") if path.stem != "make_seeds")


def make_seeds(folder: pathlib.Path) -> None:
    subprocess.run([BUILT / "fuzz_make_seeds", folder], check=True, cwd=ROOT, env=ENVIRONMENT)


def output_of(command: list, seconds: float) -> tuple[int, str]:
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                              env=ENVIRONMENT, timeout=seconds, check=False)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return 124, (late.stdout or b"").decode(errors="replace") + "\nit did not end"


def minimised(target: str, crash: pathlib.Path) -> pathlib.Path:
    small = crash.with_suffix(".small")
    output_of([BUILT / f"fuzz_{target}", "-minimize_crash=1", f"-max_total_time={MINIMISE_SECONDS}",
               f"-exact_artifact_path={small}", crash], MINIMISE_SECONDS * 4)
    return small if small.exists() else crash


def told(target: str, output: str) -> str:
    """What was found, without the corpus's chatter, and where the input lies."""
    begin = re.search(r"^(==\d+==|does not hold|.*runtime error:|.*CHECK)", output, re.M)
    said = output[begin.start():] if begin else output[-3000:]
    for name in re.findall(r"Test unit written to (\S+)", output):
        small = minimised(target, pathlib.Path(name))
        said += f"\nthe input, minimised: {small.relative_to(ROOT)}: {small.read_bytes()[:200]!r}\n" \
                f"Mend it, then keep the input in fuzz/hostile/{target}/."
    return said


def run(target: str, seconds: int, seeds: pathlib.Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="strongroom-fuzz-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as place:
        corpus = pathlib.Path(place) / "corpus"
        corpus.mkdir()
        for folder in (seeds / target, ROOT / "fuzz/hostile" / target):
            if folder.is_dir():
                for path in folder.iterdir():
                    shutil.copy(path, corpus / f"{folder.parent.name}-{path.name}")
        FOUND.mkdir(parents=True, exist_ok=True)
        limit = [f"-runs={CANARY_RUNS}", "-seed=1"] if target == CANARY else [f"-max_total_time={seconds}"]
        where = place + "/" if target == CANARY else f"{FOUND}/{target}-"
        code, output = output_of([BUILT / f"fuzz_{target}", *limit, f"-artifact_prefix={where}",
                                  f"-malloc_limit_mb={ONE_ALLOCATION_MEGABYTES}",
                                  f"-rss_limit_mb={ALL_MEMORY_MEGABYTES}", f"-timeout={ONE_INPUT_SECONDS}",
                                  "-print_final_stats=1", corpus], seconds * 3 + 600)
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", output)
    count = int(runs.group(1)) if runs else 0
    if target == CANARY:
        found = code != 0 and "heap-buffer-overflow" in output
        return Outcome(target, found, "" if found else f"the planted bug was not found\n{output[-2000:]}", count)
    if code == 0 and count == 0:
        return Outcome(target, False, f"it ran nothing\n{output[-2000:]}")
    return Outcome(target, code == 0, "" if code == 0 else told(target, output), count)


def fuzz(chosen: list[str], seconds: int) -> list[Outcome]:
    with tempfile.TemporaryDirectory(prefix="strongroom-seeds-") as place:
        seeds = pathlib.Path(place)
        make_seeds(seeds)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return list(pool.map(lambda target: run(target, seconds, seeds), chosen))


def main() -> int:
    parser = argparse.ArgumentParser(description="Runs the fuzz targets of the clang build.")
    parser.add_argument("--seconds", type=int, default=2, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    options = parser.parse_args()
    unknown = sorted(set(options.targets) - set(targets()))
    if unknown:
        parser.error(f"no target is called {', '.join(unknown)}")
    outcomes = fuzz(options.targets or targets(), options.seconds)
    for each in outcomes:
        print(f"{each.target:16} {'good' if each.good else 'FOUND':6} {each.runs:>10} runs")
    for each in outcomes:
        if not each.good:
            print(f"\n{each.target}:\n{each.said}")
    return 0 if all(each.good for each in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
