#!/usr/bin/env python3
"""Hostile cases through the real programs, each with the error it must get and what must stay true.

    tests/torture/torture.py [--build DIR] [--only WORDS] [--workers N] [--json FILE] [--slow SECONDS]
    tests/torture/torture.py --document      prints docs/torture.md from the table

Standard library only. As root everything is tried (mounts, other users, small disks); otherwise what
needs root is skipped, with the reason.
"""
import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import lab as labs
import table
import cases_disk  # noqa: F401  (each adds its rows to the table)
import cases_host  # noqa: F401
import cases_keys  # noqa: F401
import cases_model  # noqa: F401
import cases_network  # noqa: F401
import cases_process  # noqa: F401
import cases_reader  # noqa: F401
import cases_server  # noqa: F401
import cases_words  # noqa: F401

DOCUMENT = labs.ROOT / "docs/torture.md"
STAGE: table.Stage | None = None


def enter(founded: labs.Lab, place: str) -> None:
    """Once in each worker."""
    global STAGE
    # Not SIG_IGN, which every program that is started here would inherit (as under nohup).
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    own = pathlib.Path(place) / f"worker{os.getpid()}"
    own.mkdir(mode=0o755)
    STAGE = table.Stage(founded, own)
    multiprocessing.util.Finalize(STAGE, STAGE.close, exitpriority=10)


def play(index: int) -> tuple[int, dict]:
    assert STAGE is not None
    return index, table.play(table.CASES[index], STAGE, STAGE.place / f"case{index}")


def fixture(build: pathlib.Path, place: pathlib.Path) -> labs.Lab:
    """Founded and one model sealed, then at rest: copied for every worker and every twin."""
    lab = labs.Lab(labs.programs_at(build, place / "programs"), place / "founded")
    lab.found()
    lab.start_server()
    try:
        ran = lab.seal(labs.sample_model(place / "sample"), "kept")
        if ran.code != 0:
            raise labs.Trouble(f"the first seal ended with {ran.code}: {ran.said}")
    finally:
        lab.stop_all()
    return lab


def chosen_cases(words: str) -> list[int]:
    wanted = words.lower().split("|")
    return [i for i, one in enumerate(table.CASES)
            if any(each in f"{one.group}: {one.name}".lower() for each in wanted)]


def torment(build: pathlib.Path, words: str, workers: int) -> list[dict]:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    place = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-torture-", dir=memory))
    place.chmod(0o755)
    results = []
    try:
        founded = fixture(build, place)
        # Forked workers, each with one thread: what a case does to signals or descriptors is its own.
        with concurrent.futures.ProcessPoolExecutor(workers, multiprocessing.get_context("fork"), enter,
                                                    (founded, str(place))) as pool:
            # The long ones first, so that no core waits at the end.
            order = sorted(chosen_cases(words), key=lambda index: not table.CASES[index].long)
            waiting = [pool.submit(play, index) for index in order]
            for each in concurrent.futures.as_completed(waiting):
                index, found = each.result()
                one = table.CASES[index]
                found["name"] = f"{one.group}: {one.name}"
                results.append(found)
                if found["outcome"] != "passed":
                    labs.say(f"  {found['outcome'].upper()}: {found['name']}\n    {found['words']}")
    finally:
        labs.unmount_beneath(place)
        shutil.rmtree(place, ignore_errors=True)
    return results


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def row(number: int, one: table.Case) -> str:
    code = " or ".join(str(code) for code in one.code)
    keeps = "; ".join([*(table.KEEPS[keep] for keep in one.keeps), *([one.also] if one.also else [])])
    return f"| {number} | {cell(one.name)} | {code} | {cell(one.says)} | {cell(keeps)} |"


def document() -> str:
    lines = [(labs.ROOT / "tests/torture/preface.md").read_text().rstrip(), "", table.ALWAYS]
    number = 0
    for group in dict.fromkeys(one.group for one in table.CASES):
        lines += ["", f"## {group[0].upper()}{group[1:]}", "",
                  "| | What is done | Exit code | The message has | And then |", "|---|---|---|---|---|"]
        for one in table.CASES:
            if one.group == group:
                number += 1
                lines.append(row(number, one))
    return "\n".join([*lines, ""])


def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile cases through the real programs.")
    parser.add_argument("--build", type=pathlib.Path, default=labs.ROOT / "build/release")
    parser.add_argument("--only", default="", metavar="WORDS|WORDS", help="cases whose name contains one of them")
    parser.add_argument("--workers", type=int, default=max(2, os.cpu_count() or 1))
    parser.add_argument("--json", type=pathlib.Path, help="writes every outcome there")
    parser.add_argument("--slow", type=float, default=0, metavar="SECONDS", help="lists what took longer")
    parser.add_argument("--document", action="store_true", help="prints docs/torture.md")
    chosen = parser.parse_args()
    if chosen.document:
        print(document(), end="")
        return 0
    begin = time.monotonic()
    results = torment(chosen.build.resolve(), chosen.only, chosen.workers)
    if not chosen.only:
        same = DOCUMENT.exists() and DOCUMENT.read_text() == document()
        results.append({"name": "docs/torture.md is the table as it stands", "seconds": 0, "note": {},
                        "outcome": "passed" if same else "failed",
                        "words": "" if same else "write it again: tests/torture/torture.py --document > docs/torture.md"})
    if chosen.json:
        chosen.json.write_text(json.dumps(results) + "\n")
    for found in results:
        if chosen.slow and found["seconds"] > chosen.slow:
            labs.say(f"  {found['seconds']:7.2f} s  {found['name']}")
        if found["note"]:
            labs.say(f"  measured: {found['name']}: {json.dumps(found['note'])}")
    count = {kind: sum(found["outcome"] == kind for found in results) for kind in ("passed", "failed", "skipped")}
    for found in results:
        if found["outcome"] == "failed":
            labs.say(f"FAILED: {found['name']}")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped, "
          f"{time.monotonic() - begin:.0f} s", flush=True)
    return 1 if count["failed"] or not count["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
