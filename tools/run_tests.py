#!/usr/bin/env python3
"""Builds, runs every test there is, lists what failed, and closes with one line:

    N passed, N failed, N skipped

./test calls it. `--all` adds what does not fit the everyday budget: fuzzing for an hour (or
STRONGROOM_FUZZ_SECONDS), larger small worlds, rules broken on purpose, every test built by clang, the
thread sanitizer, clang-tidy over everything. `--only NAME` runs the steps whose name contains NAME.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import fuzz
import mutate

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1
BINARY_SECONDS_MAX = 1800
CHECK_SECONDS_MAX = 900
TORTURE_SECONDS_MAX = 900
OUTPUT_LINES_MAX = 60
MEMORY_BYTES_MIN = 2 << 30
SHARDED = ("tests_promises",)  # the binaries that take longest, each with many tests
FUZZ_SECONDS = 2  # for each target
# What has threads of its own, under the thread sanitizer; --all takes everything.
THREADED = ("agent_test", "http_test", "seal_test", "sequencer_test")
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:detect_leaks=1:detect_stack_use_after_return=1:"
                    "strict_string_checks=1:check_initialization_order=1:strict_init_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
}


@dataclasses.dataclass
class Tally:
    passed: int = 0
    skipped: list[str] = dataclasses.field(default_factory=list)
    failed: list[tuple[str, str]] = dataclasses.field(default_factory=list)  # name, what it said

    def note(self, name: str, good: bool, output: str = "") -> None:
        if good:
            self.passed += 1
        else:
            self.failed.append((name, output))

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failed += other.failed


def tail(text: str) -> str:
    lines = text.rstrip().splitlines()
    cut = [f"… {len(lines) - OUTPUT_LINES_MAX} lines before"] if len(lines) > OUTPUT_LINES_MAX else []
    return "\n".join(cut + lines[-OUTPUT_LINES_MAX:])


def output_of(command: list[str], seconds: float, **more) -> tuple[int, str]:
    """Exit code and output; 124 when it took too long."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, cwd=ROOT, timeout=seconds,
                              check=False, **more)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        said = late.stdout or b""
        said = said.decode(errors="replace") if isinstance(said, bytes) else said
        return 124, said + f"\nstopped after {seconds:.0f} s"


# googletest binaries

def report_of(name: str, report: dict) -> Tally:
    """The tests of one --gtest_output=json report."""
    tally = Tally()
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            full = f"{name}: {suite['name']}.{test['name']}"
            if test["result"] == "SKIPPED" or test["status"] == "NOTRUN":
                tally.skipped.append(full)
            else:
                said = "\n".join(failure["failure"] for failure in test.get("failures", []))
                tally.note(full, not test.get("failures"), said)
    return tally


def output_report(name: str, code: int, output: str) -> Tally:
    """What is known of a binary that ended before it could report: its lines, and that it ended."""
    tally = Tally()
    for line in output.splitlines():
        ran = re.match(r"\[\s+(OK|FAILED|SKIPPED)\s+\] (\S+) \(\d+ ms\)", line)
        if ran and ran.group(1) == "SKIPPED":
            tally.skipped.append(f"{name}: {ran.group(2)}")
        elif ran:
            tally.note(f"{name}: {ran.group(2)}", ran.group(1) == "OK", "see the binary's own output")
    running = re.findall(r"\[ RUN      \] (\S+)", output)
    last = running[-1] if running else "before its first test"
    tally.note(f"{name}: ended with {code} in {last}", False, tail(output))
    return tally


def launcher(preset: str) -> list[str]:
    """The thread sanitizer of g++ 12 wants memory laid out without much chance in it."""
    return ["setarch", "-R"] if preset == "tsan" and shutil.which("setarch") else []


def memory() -> str | None:
    """Where fsync costs nothing: what most tests do is to wait for it. Not where it is too small to hold them."""
    place = "/dev/shm"
    if not os.access(place, os.W_OK) or shutil.disk_usage(place).free < MEMORY_BYTES_MIN:
        return None
    return place


def run_binary(path: pathlib.Path, shard: int = 0, shards: int = 1) -> Tally:
    """The tests of one binary, or those that googletest gives to one shard of it."""
    # Some tests look at files as another user, so the place must let others pass.
    with tempfile.TemporaryDirectory(prefix="strongroom-test-", dir=memory()) as place:
        os.chmod(place, 0o755)
        report = pathlib.Path(place) / "report.json"
        code, output = output_of([*launcher(path.parent.parent.name), str(path),
                                  f"--gtest_output=json:{report}", "--gtest_color=no"], BINARY_SECONDS_MAX,
                                 env={**os.environ, **SANITIZERS, "TMPDIR": place,
                                      "GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(shard)})
        try:
            tally = report_of(path.name, json.loads(report.read_text()))
        except (OSError, ValueError, KeyError):
            return output_report(path.name, code, output)
    if code != 0 and not tally.failed:  # a leak, or a crash on the way out
        tally.note(f"{path.name}: ended with {code} after its tests", False, tail(output))
    if shards == 1 and tally.passed + len(tally.failed) + len(tally.skipped) == 0:
        tally.note(f"{path.name}: holds no test", False)
    return tally


def run_binaries(preset: str, wanted: tuple[str, ...] = ()) -> Tally:
    """All of them, or those that are wanted."""
    tally = Tally()
    # Asked of ninja, not of the folder: a binary whose source is gone is no test of this tree.
    _, targets = output_of(["ninja", "-C", f"build/{preset}", "-t", "targets", "all"], 60)
    binaries = sorted(ROOT / "build" / preset / name
                      for name in re.findall(r"^(tests/\w+): CXX_EXECUTABLE_LINKER", targets, re.M)
                      if not wanted or name.removeprefix("tests/") in wanted)
    if not binaries:
        tally.note(f"{preset}: no test binary was built", False)
    # The longest first, and in shards: otherwise one core waits for the other at the end.
    parts = [(path, shard, CORES) for path in binaries if path.name in SHARDED for shard in range(CORES)]
    parts += [(path, 0, 1) for path in binaries if path.name not in SHARDED]
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for found in pool.map(lambda part: run_binary(*part), parts):
            tally.add(found)
    return tally


# Builds

BUILD_SECONDS: list[float] = []  # of every build of this run
NOTHING_BUILT_SECONDS = 20  # a build that finds all done takes a second or two


def build(preset: str, targets: tuple[str, ...] = ()) -> tuple[bool, str]:
    begin = time.monotonic()
    code, output = output_of(["tools/build.sh", preset, *targets], 3600)
    BUILD_SECONDS.append(time.monotonic() - begin)
    return code == 0, tail(output)


def ccache_hits() -> int:
    _, output = output_of(["ccache", "--print-stats"], 60) if shutil.which("ccache") else (0, "")
    return sum(int(hits) for hits in re.findall(r"^(?:direct|preprocessed)_cache_hit\s+(\d+)", output, re.M))


def note_times(was_empty: bool, seconds: float, hits: int, path: pathlib.Path = ROOT / "build/times.json") -> None:
    """For ./bench (build.cold, test.warm): what a whole run took, of the kind that this one was."""
    try:
        noted = json.loads(path.read_text())
    except (OSError, ValueError):
        noted = {}
    built = sum(BUILD_SECONDS)
    day = time.strftime("%Y-%m-%d")
    if was_empty:
        noted["cold"] = {"build_seconds": round(built), "cores": CORES,
                         "note": f"every preset of ./test; {hits} compilations came from ccache; {day}"}
    elif built < NOTHING_BUILT_SECONDS:
        noted["warm"] = {"seconds": round(seconds), "cores": CORES, "note": day}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(noted) + "\n")


def build_and_run(preset: str, targets: tuple[str, ...] = ()) -> Tally:
    tally = Tally()
    good, output = build(preset, targets)
    tally.note(f"the {preset} build", good, output)
    if good:
        tally.add(run_binaries(preset, targets))
    return tally


def hardening() -> Tally:
    """The build that is shipped, and all that the scripts try its programs with."""
    tally = Tally()
    good, output = build("release", ("all", "tests_hardening", "crash_points", "crash_cheap_keys", "model_zoo"))
    tally.note("the release build", good, output)
    if good:
        tally.add(run_binaries("release", ("tests_hardening",)))
    return tally


def clang_compiles() -> Tally:
    tally = Tally()
    good, output = build("clang")
    tally.note("clang compiles everything with warnings as errors", good, output)
    return tally


# Threads

def race_canary() -> Tally:
    """A sanitizer that does not see a plain race has nothing to say about ours."""
    tally = Tally()
    name = "the thread sanitizer sees a planted race"
    with tempfile.TemporaryDirectory(prefix="strongroom-race-") as place:
        code, output = output_of(["g++", "-std=c++20", "-O1", "-g", "-fsanitize=thread",
                                  "tests/race_canary/race.cc", "-o", f"{place}/race"], 300)
        if code == 0:
            code, output = output_of([*launcher("tsan"), f"{place}/race"], 300, env={**os.environ, **SANITIZERS})
            code = 0 if code != 0 and "WARNING: ThreadSanitizer: data race" in output else 1
    tally.note(name, code == 0, tail(output))
    return tally


def threads(targets: tuple[str, ...] = ()) -> Tally:
    tally = race_canary()
    tally.add(build_and_run("tsan", targets))
    return tally


# Hostile bytes

def fuzzed(seconds: int) -> Tally:
    """Each target for so many seconds, on the clang build, which has been made by then."""
    tally = Tally()
    good, output = build("clang")
    if not good:
        tally.note("the clang build, which is the fuzz build", False, output)
        return tally
    runs = 0
    for outcome in fuzz.fuzz(fuzz.targets(), seconds):
        tally.note(f"fuzz: {outcome.target}", outcome.good, outcome.said)
        runs += outcome.runs
    print(f"  {runs} inputs", flush=True)
    return tally


def fuzz_seconds_each() -> int:
    """An hour for all of them together, or STRONGROOM_FUZZ_SECONDS."""
    whole = int(os.environ.get("STRONGROOM_FUZZ_SECONDS", "3600"))
    return max(FUZZ_SECONDS, whole * CORES // len(fuzz.targets()))


def larger_worlds() -> Tally:
    tally = Tally()
    name = "every ordering of worlds two lines larger"
    code, output = output_of(["build/asan/tests/tests_explore", "--gtest_filter=ASmallWorld.*"], 4 * 3600,
                             env={**os.environ, **SANITIZERS, "STRONGROOM_EXPLORE_FURTHER": "1"})
    tally.note(name, code == 0, tail(output))
    print("\n".join(f"  {line}" for line in re.findall(r"^\d+ states.*", output, re.M)), flush=True)
    return tally


# Misuse that must not compile

def misuse(compiler: str, path: pathlib.Path) -> tuple[str, bool, str]:
    name = f"must not compile: {path.stem} by {compiler}"
    expected = re.match(r"// expect: (.*)\n", path.read_text())
    if not expected:
        return name, False, "its first line must be // expect: and what the compiler says"
    code, output = output_of([compiler, "-std=c++20", "-Isrc", "-Wall", "-Wextra", "-Werror",
                              "-fsyntax-only", str(path)], 300, env={**os.environ, "LC_ALL": "C"})
    if expected.group(1) == "nothing":
        return name.replace("must not", "must"), code == 0, tail(output)
    errors = [line for line in output.splitlines() if "error:" in line]
    if code == 0:
        return name, False, "it compiled"
    return name, any(re.search(expected.group(1), line) for line in errors), tail(output)


def must_not_compile(folder: pathlib.Path = ROOT / "tests/must_not_compile") -> Tally:
    tally = Tally()
    cases = [(compiler, path) for path in sorted(folder.glob("*.cc")) for compiler in ("g++", "clang++")]
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for name, good, output in pool.map(lambda case: misuse(*case), cases):
            tally.note(name, good, output)
    return tally


# Scripts

def said_of(test: str, output: str) -> str:
    """What unittest says of one failure; the end of everything where it did not come to that."""
    blocks = re.findall(rf"^={{70}}\n(?:FAIL|ERROR): {test} .*?\n-{{70}}\n(.*?)(?=^={{70}}|^-{{70}}\nRan )", output,
                        re.M | re.S)
    at_once = re.findall(r"^trouble: .*$", output, re.M)
    return tail("\n".join(blocks or at_once or [output]))


def run_script(path: pathlib.Path) -> Tally:
    tally = Tally()
    begin = time.monotonic()
    surroundings = {**os.environ, **({"TMPDIR": memory()} if memory() else {})}
    code, output = output_of([sys.executable, str(path), "-v"], BINARY_SECONDS_MAX, env=surroundings)
    said = [f"{os.path.relpath(path, ROOT)}: {time.monotonic() - begin:.0f} s",
            *re.findall(r"^crash points of .*$", output, re.M)]
    print("\n".join(f"  {line}" for line in said), flush=True)
    found = re.findall(r"^(test_\w+) \(.*?\).*? \.\.\. (ok|FAIL|ERROR|skipped)", output, re.M | re.S)
    for test, outcome in found:
        name = f"{path.name}: {test}"
        if outcome == "skipped":
            tally.skipped.append(name)
        else:
            tally.note(name, outcome == "ok", said_of(test, output))
    if not any(outcome in ("FAIL", "ERROR") for _, outcome in found) and (code != 0 or not found):
        whole = re.search(r"OK \(skipped=(\d+)\)", output)
        if whole and not found:
            tally.skipped.append(path.name)
        else:
            tally.note(f"{path.name}: ended with {code}", False, tail(output))
    return tally


def python_tests() -> Tally:
    """Side by side: most of them wait more than they compute."""
    tally = Tally()
    paths = [path for pattern in ("tools/*_test.py", "tests/*/*_test.py", "benches/*_test.py")
             for path in ROOT.glob(pattern)]
    paths.sort(key=lambda path: (path.parent.name not in ("crash", "scan"), path))  # the longest first
    with concurrent.futures.ThreadPoolExecutor(2 * CORES) as pool:
        for found in pool.map(run_script, paths):
            tally.add(found)
    return tally


def every_crash() -> Tally:
    """tests/crash at every occurrence of every point, under the sanitizers too."""
    tally = Tally()
    for preset in ("release", "asan"):
        code, output = output_of([sys.executable, "tests/crash/crash_test.py", "--all"], 6 * 3600,
                                 env={**os.environ, "STRONGROOM_BUILD": f"build/{preset}"})
        tally.note(f"every crash there is, {preset}", code == 0, tail(output))
        for line in re.findall(r"^crash points of .*$", output, re.M):
            print(f"  {line}", flush=True)
    return tally


def house_rules() -> Tally:
    tally = Tally()
    for name, script in (("every #include is an arrow of the map", "check_layers.py"),
                         ("house rules", "check_house.py"),
                         ("the documentation keeps up with the source", "check_docs.py")):
        code, output = output_of([sys.executable, f"tools/{script}"], 300)
        tally.note(name, code == 0, tail(output))
    return tally


def sources() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for folder in ("src", "apps", "tests", "fuzz", "benches")
                  for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cc"))


def formatted() -> Tally:
    tally = Tally()
    name = "clang-format 14 leaves everything as it is"
    if " 14." not in output_of(["clang-format", "--version"], 60)[1]:
        tally.skipped.append(name)
        return tally
    code, output = output_of(["clang-format", "--dry-run", "-Werror", *sources()], 600)
    tally.note(name, code == 0, tail(output))
    return tally


def tidy() -> Tally:
    tally = Tally()
    if not shutil.which("clang-tidy"):
        tally.skipped.append("clang-tidy")
        return tally
    if not (ROOT / "build/clang/compile_commands.json").exists():
        build("clang")
    def one(path: str) -> tuple[str, int, str]:
        return (path, *output_of(["clang-tidy", "--quiet", "-p", "build/clang", path], 600))
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        files = [path for path in sources() if path.endswith(".cc") and "must_not_compile" not in path]
        for path, code, output in pool.map(one, files):
            tally.note(f"clang-tidy {path}", code == 0, tail(output))
    return tally


# Rules broken on purpose

def mutants() -> Tally:
    tally = Tally()
    for mutant, good, why in mutate.run(mutate.MUTANTS):
        tally.note(f"a test notices: {mutant.name}", good, why)
    return tally


# End to end

def run_check() -> Tally:
    """`./run --check`, as a newcomer types it."""
    tally = Tally()
    name = "./run --check"
    if not pathlib.Path("/dev/fuse").exists():
        tally.skipped.append(f"{name} (this machine has no /dev/fuse)")
        return tally
    begin = time.monotonic()
    code, output = output_of(["./run", "--check"], CHECK_SECONDS_MAX + 1800)
    try:
        report = json.loads(output.rstrip().splitlines()[-1])
    except (ValueError, IndexError):
        report = {}
    good = code == 0 and report.get("ok") is True
    tally.note(name, good, tail(output))
    print(f"  {time.monotonic() - begin:.0f} s: {json.dumps(report)}", flush=True)
    return tally


# What is done to it

def torture() -> Tally:
    """tests/torture: hostile cases through the programs that people run."""
    tally = Tally()
    good, output = build("release", ("all", "crash_cheap_keys"))
    if not good:
        tally.note("the release build", False, output)
        return tally
    with tempfile.TemporaryDirectory(prefix="strongroom-torture-") as place:
        report = pathlib.Path(place) / "report.json"
        code, output = output_of([sys.executable, "tests/torture/torture.py", "--json", str(report)],
                                 TORTURE_SECONDS_MAX)
        try:
            outcomes = json.loads(report.read_text())
        except (OSError, ValueError):
            tally.note(f"tests/torture ended with {code}", False, tail(output))
            return tally
    for one in outcomes:
        name = f"torture: {one['name']}"
        if one["outcome"] == "skipped":
            tally.skipped.append(f"{name} ({one['words']})")
        else:
            tally.note(name, one["outcome"] == "passed", one["words"])
    return tally


EVERYDAY = [
    ("house rules", house_rules),
    ("format", formatted),
    ("g++ with address and undefined-behaviour sanitizers", lambda: build_and_run("asan")),
    ("clang", clang_compiles),
    ("fuzz", lambda: fuzzed(FUZZ_SECONDS)),
    ("threads", lambda: threads(THREADED)),
    ("hardening, without a sanitizer in the way", hardening),
    ("misuse that must not compile", must_not_compile),
    ("end to end", run_check),
    ("scripts", python_tests),  # some of them try what "end to end" has built
    ("torture", torture),
]
THE_REST = [
    ("fuzz for long", lambda: fuzzed(fuzz_seconds_each())),
    ("larger small worlds", larger_worlds),
    ("rules broken on purpose", mutants),
    ("every test built by clang", lambda: run_binaries("clang")),
    ("crashes, the cross product", every_crash),
    ("thread sanitizer", threads),
    ("clang-tidy", tidy),
]


def close(tally: Tally) -> int:
    if tally.skipped:
        print("\nSkipped:")
        for name in tally.skipped:
            print(f"  {name}")
    for name, output in tally.failed:
        print(f"\nFAILED: {name}")
        for line in output.splitlines():
            print(f"  | {line}")
    if len(tally.failed) > 1:
        print("\nFailed:")
        for name, _ in tally.failed:
            print(f"  {name}")
    print(f"\n{tally.passed} passed, {len(tally.failed)} failed, {len(tally.skipped)} skipped", flush=True)
    return 1 if tally.failed or tally.passed == 0 else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds and runs every test.")
    parser.add_argument("--all", action="store_true", help="also what takes hours")
    parser.add_argument("--only", default="", metavar="NAME", help="steps whose name contains NAME")
    chosen = parser.parse_args()
    tally = Tally()
    was_empty = not (ROOT / "build/asan/build.ninja").exists()
    started, hits = time.monotonic(), ccache_hits()
    for name, step in EVERYDAY + (THE_REST if chosen.all else []):
        if chosen.only not in name:
            continue
        print(f"{name} …", flush=True)
        begin = time.monotonic()
        before = (tally.passed, len(tally.failed))
        tally.add(step())
        print(f"  {tally.passed - before[0]} passed, {len(tally.failed) - before[1]} failed, "
              f"{time.monotonic() - begin:.0f} s", flush=True)
        for failed, _ in tally.failed[before[1]:]:
            print(f"  FAILED: {failed} (what it said stands at the end)", flush=True)
    if not chosen.only and not chosen.all:
        note_times(was_empty, time.monotonic() - started, ccache_hits() - hits)
    return close(tally)


if __name__ == "__main__":
    sys.exit(main())
