#!/usr/bin/env python3
"""Fails when an #include in src/ or apps/ is not an arrow of cmake/layers.cmake.

Unit tests (*_test.cc) may use whatever their own room may use, and every part of it.
"""
import pathlib
import re
import sys


def rows(text: str, name: str) -> list[tuple[str, list[str]]]:
    body = re.search(r"set\(%s\n(.*?)\n\)" % name, text, re.S).group(1)
    found = re.findall(r'"([^":]+):([^"]*)"', body)
    return [(key.strip(), value.split()) for key, value in found]


def check(root: pathlib.Path) -> list[str]:
    text = (root / "cmake/layers.cmake").read_text()
    edges = dict(rows(text, "STRONGROOM_EDGES"))
    parts = [(prefix, uses[0]) for prefix, uses in rows(text, "STRONGROOM_PARTS")]
    foreign = rows(text, "STRONGROOM_FOREIGN_HEADERS")

    def target_of(path: str) -> str:
        for prefix, target in parts:
            if path.startswith(prefix):
                return target
        return path.split("/")[0]

    problems = []
    files = [(p, p.relative_to(root / "src").as_posix()) for p in (root / "src").rglob("*")]
    files += [(p, p.relative_to(root / "apps").as_posix()) for p in (root / "apps").rglob("*")]
    for path, relative in sorted(files):
        if path.suffix not in (".h", ".cc"):
            continue
        mine = {target_of(relative)}
        if relative.endswith("_test.cc"):
            folder = relative.split("/")[0]
            parts_of_room = {t for t in edges if t == folder or t.startswith(folder + "_")}
            mine = parts_of_room or mine
        allowed = set(mine)
        for target in mine:
            if target not in edges:
                problems.append(f"{relative}: {target} has no row in cmake/layers.cmake")
            allowed |= set(edges.get(target, []))
        for number, line in enumerate(path.read_text().splitlines(), 1):
            include = re.match(r'\s*#\s*include\s+["<]([^">]+)[">]', line)
            if not include:
                continue
            name = include.group(1)
            for prefix, owners in foreign:
                if name.startswith(prefix) and not mine & set(owners):
                    problems.append(f"{relative}:{number}: <{name}> belongs to {' '.join(owners)}")
            if (root / "src" / name).exists() and target_of(name) not in allowed:
                problems.append(f"{relative}:{number}: {' '.join(sorted(mine))} -> {target_of(name)}"
                                " is not an arrow of cmake/layers.cmake")
    return problems


if __name__ == "__main__":
    where = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent)
    found = check(where)
    print("\n".join(found))
    sys.exit(1 if found else 0)
