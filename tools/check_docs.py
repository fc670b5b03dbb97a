#!/usr/bin/env python3
"""Fails when a page of documentation has fallen behind the source it describes.

- docs/operating/exit-codes.md lists every ErrorCode with its number, name and first words, and no other.
- every test that docs/promises.md names exists, and each of its rows names one.
- every room under src/ has a row in ARCHITECTURE.md, and every row is a room.
- every decision record stands in docs/decisions/README.md, each number once.
- a file that a page points at exists.
- docs/scan.md lists every rule of a scan, in the rule's own words (tools/scan_rules.py).
"""
import pathlib
import re
import sys

import scan_rules

PAGES = ["README.md", "ARCHITECTURE.md", "THREAT_MODEL.md", "CONTRIBUTING.md", "SECURITY.md"]
# What a page may name although a checkout does not hold it: what is made, and what is to come.
NOT_IN_A_CHECKOUT = re.compile(r"public/|server/|build/.*|\./bench")


def snake(name: str) -> str:
    """kWrongKey -> wrong_key"""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.removeprefix("k")).lower()


def error_codes(header: str) -> dict[int, str]:
    body = re.search(r"enum class ErrorCode[^{]*\{(.*?)\};", header, re.S).group(1)
    return {int(number): snake(name) for name, number in re.findall(r"^\s*(k\w+) = (\d+),", body, re.M)}


def check_exit_codes(root: pathlib.Path) -> list[str]:
    codes = error_codes((root / "src/base/result.h").read_text())
    page = (root / "docs/operating/exit-codes.md").read_text()
    listed = {int(number): name for number, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, re.M)}
    where = "docs/operating/exit-codes.md"
    problems = [f"{where}: {number} ({name}) is missing or named otherwise"
                for number, name in codes.items() if listed.get(number) != name]
    problems += [f"{where}: {number} is no error code" for number in listed if number not in codes]
    return problems


def tests_in(root: pathlib.Path) -> set[str]:
    found = set()
    for folder in ("src", "tests"):
        for path in (root / folder).rglob("*_test.cc"):
            for suite, name in re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\)", path.read_text()):
                found.add(f"{suite}.{name}")
    for path in (root / "tests").rglob("*_test.py"):
        for suite, body in re.findall(r"^class (\w+)[^\n]*:\n(.*?)(?=^\S|\Z)", path.read_text(), re.M | re.S):
            found |= {f"{suite}.{name}" for name in re.findall(r"^    def (test_\w+)\(", body, re.M)}
    return found


def check_promises(root: pathlib.Path) -> list[str]:
    known = tests_in(root)
    problems = []
    for number, line in enumerate((root / "docs/promises.md").read_text().splitlines(), 1):
        if not line.startswith("|") or set(line) <= set("|- "):
            continue
        named = re.findall(r"`(\w+\.\w+)`", line)
        heading = "| Tests |" in line
        if not named and not heading:
            problems.append(f"docs/promises.md:{number}: a promise without a test")
        problems += [f"docs/promises.md:{number}: no test is called {test}" for test in named if test not in known]
    return problems


def check_rooms(root: pathlib.Path) -> list[str]:
    rooms = {path.name for path in (root / "src").iterdir() if path.is_dir()}
    page = (root / "ARCHITECTURE.md").read_text()
    table = re.search(r"\| Room \|.*?\n\n", page, re.S)
    rows = set(re.findall(r"^\| `(\w+)` \|", table.group(0), re.M)) if table else set()
    return ([f"ARCHITECTURE.md: src/{room} has no row" for room in sorted(rooms - rows)] +
            [f"ARCHITECTURE.md: there is no src/{room}" for room in sorted(rows - rooms)])


def check_decisions(root: pathlib.Path) -> list[str]:
    folder = root / "docs/decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    index = (folder / "README.md").read_text()
    problems = [f"docs/decisions/README.md: {name} is missing" for name in records if f"({name})" not in index]
    problems += [f"docs/decisions/README.md: there is no {name}"
                 for name in re.findall(r"\((\d+[\w-]*\.md)\)", index) if name not in records]
    numbers = [name.split("-")[0] for name in records]
    problems += [f"docs/decisions: the number {number} is taken twice"
                 for number in sorted({n for n in numbers if numbers.count(n) > 1})]
    return problems


def check_pointers(root: pathlib.Path) -> list[str]:
    """`a/b.md`, `src/x/` and the like, from the root, from src/ or from the page's own folder."""
    problems = []
    pages = [root / name for name in PAGES] + sorted((root / "docs").rglob("*.md"))
    for page in pages:
        for name in re.findall(r"`([\w.-]+/[\w./-]*|[\w-]+\.(?:md|py|cmake))`", page.read_text()):
            places = (root / name, root / "src" / name, page.parent / name)
            if not NOT_IN_A_CHECKOUT.fullmatch(name) and not any(place.exists() for place in places):
                problems.append(f"{page.relative_to(root)}: there is no {name}")
    return problems


def check_scan_rules(root: pathlib.Path) -> list[str]:
    if not (root / "src/model").exists():
        return []
    problems = [f"src/model: {name} stands in no list of rules" for name in scan_rules.unlisted(root)]
    page = (root / scan_rules.PAGE).read_text()
    return problems if scan_rules.with_rules(page, scan_rules.listed(root)) == page else [
        f"{scan_rules.PAGE} has fallen behind the rules: run tools/scan_rules.py --write"]


def check(root: pathlib.Path) -> list[str]:
    return (check_scan_rules(root) + check_exit_codes(root) + check_promises(root) + check_rooms(root) + check_decisions(root) +
            check_pointers(root))


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = check(where.resolve())
    print("\n".join(found))
    sys.exit(1 if found else 0)
