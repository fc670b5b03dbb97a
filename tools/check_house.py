#!/usr/bin/env python3
"""House rules that the compilers and clang-tidy do not know. Prints each breach; exits 1 on any.

Rules are stated as they are enforced. CONTRIBUTING.md says why.
"""
import pathlib
import re
import sys

FILE_LINES_MAX = 600
README_LINES_MAX = 60
# Call, why it is banned, and the files that may use it.
BANNED_CALLS = [
    (r"(?:std::)?memcmp", "leaks where two secrets differ: std::equal, or equal_in_constant_time", ()),
    (r"(?:std::)?(?:strcpy|strcat|sprintf|gets|strtok)", "knows no bound", ()),
    (r"(?:std::)?(?:rand|srand)", "is guessable: crypto/random.h", ()),
    (r"random|drand48|std::random_device|std::mt19937(?:_64)?", "is guessable: crypto/random.h",
     ("_test.cc", "_for_test.h")),
    (r"(?:std::)?(?:system|popen)", "starts a shell", ("_test.cc", "tests/promises/verifier.h")),
    (r"(?:std::)?(?:getenv|setenv|putenv)", "makes behaviour depend on the surroundings",
     ("_test.cc", "_for_test.h", "/main.cc", "src/io/temporary_directory.cc", "tests/crash/preload/points.cc")),
    (r"(?:std::)?(?:usleep|sleep|sleep_for)", "waits by guessing: wait for the event", ("/main.cc",)),
]
NAMES_BANNED = re.compile(r"\b(?:class|struct)\s+(?:\[\[\w+\]\]\s*)?(\w*(?:Manager|Helper|Util|Utils))\b")
# Which registry packages come from is for those who install them to choose.
ADDRESS_IN_LOCK_FILE = re.compile(r'"resolved":\s*"https?:')


def stripped(line: str) -> str:
    """Without string literals and comments to the line's end: words in prose are no calls."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)
    return line.split("//")[0]


def guard_of(relative: str) -> str:
    inside = relative.removeprefix("src/").removeprefix("apps/")
    return "STRONGROOM_" + re.sub(r"[^A-Za-z0-9]", "_", inside).upper() + "_"


def allowed(relative: str, places: tuple[str, ...]) -> bool:
    return any(relative.endswith(place) for place in places)


def check_code(relative: str, text: str) -> list[str]:
    problems = []
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX:
        problems.append(f"{relative}: {len(lines)} lines; at most {FILE_LINES_MAX}")
    for number, line in enumerate(lines, 1):
        code = stripped(line)
        for call, why, places in BANNED_CALLS:
            if re.search(r"(?<![\w.>:])(?:" + call + ")" + r"\s*[({]", code) and not allowed(relative, places):
                problems.append(f"{relative}:{number}: {re.search(call, code).group(0)} {why}")
        named = NAMES_BANNED.search(code)
        if named:
            problems.append(f"{relative}:{number}: {named.group(1)}: say what it is, not that it helps")
    if relative.endswith(".h") and not allowed(relative, ("/precompiled.h",)):
        guard = guard_of(relative)
        if f"#ifndef {guard}\n#define {guard}\n" not in text:
            problems.append(f"{relative}: its include guard must be {guard}")
    return problems


def check_any(relative: str, text: str) -> list[str]:
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(?:TODO|FIXME|XXX)\b", line):
            problems.append(f"{relative}:{number}: unfinished work belongs in an issue")
        if ADDRESS_IN_LOCK_FILE.search(line):
            problems.append(f"{relative}:{number}: a lock file with download addresses")
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            problems.append(f"{relative}:{number}: a merge was left half done")
    return problems


DEFINED = re.compile(r"(?:struct|class)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?=[\s{])[^;(<]*\{")


def types_in(text: str) -> list[str]:
    """Types at namespace level that other files can see, with their namespace."""
    found, named, hidden = [], "", 0
    for line in text.splitlines():
        opened = re.match(r"namespace\s+([\w:]+)\s*\{", line)
        if opened:
            named = opened.group(1)
        elif line.startswith("namespace {"):
            hidden += 1
        elif re.fullmatch(r"\}\s*// namespace", line.rstrip()):
            hidden = max(0, hidden - 1)
        elif hidden == 0 and (defined := DEFINED.match(line)):
            found.append(f"{named}::{defined.group(1)}")
    return found


def check_types(files: list[tuple[str, str]]) -> list[str]:
    """Two types of one name in one program are one to the linker, which keeps the functions of either."""
    problems, seen = [], {}
    for relative, text in files:
        parts = relative.split("/")
        if parts[0] not in ("src", "apps") or relative.endswith(("_test.cc", "_for_test.h")):
            continue
        program = "/".join(parts[:2]) if parts[0] == "apps" else "src"
        for name in types_in(text):
            first = seen.setdefault((program, name), relative)
            if first != relative:
                problems.append(f"{relative}: {name} is defined in {first} too: one name, one type")
    return problems


def check_rooms(root: pathlib.Path) -> list[str]:
    problems = []
    for room in sorted(path for path in (root / "src").iterdir() if path.is_dir()):
        readme = room / "README.md"
        if not readme.exists():
            problems.append(f"src/{room.name}: has no README.md")
            continue
        text = readme.read_text()
        if len(text.splitlines()) > README_LINES_MAX:
            problems.append(f"src/{room.name}/README.md: longer than a page ({README_LINES_MAX} lines)")
        for heading in ("Purpose", "Words", "May use", "Invariants", "What failure looks like",
                        "Start reading"):
            if heading not in text:
                problems.append(f"src/{room.name}/README.md: says nothing under \"{heading}\"")
    return problems


def check(root: pathlib.Path) -> list[str]:
    problems = check_rooms(root)
    sources = []
    skipped = {".git", "build", "node_modules", "strongroom-data", "__pycache__"}
    code = {".h", ".cc"}
    others = {".md", ".py", ".sh", ".mjs", ".cmake", ".json", ".txt", ""}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if skipped & set(parts) or not path.is_file() or path.suffix not in code | others:
            continue
        relative = "/".join(parts)
        if relative in ("tools/check_house.py", "tools/check_house_test.py"):
            continue
        text = path.read_text(errors="replace")
        problems += check_any(relative, text)
        if path.suffix in code and parts[0] in ("src", "apps", "tests", "benches"):
            problems += check_code(relative, text)
            sources.append((relative, text))
    return problems + check_types(sources)


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = check(where.resolve())
    print("\n".join(found))
    sys.exit(1 if found else 0)
