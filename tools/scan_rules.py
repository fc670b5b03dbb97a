#!/usr/bin/env python3
"""Keeps the list of findings in docs/scan.md as the rules in src/model/ have it.

    tools/scan_rules.py           fails when the page has fallen behind
    tools/scan_rules.py --write   writes the list anew
"""
import pathlib
import re
import sys

PAGE = "docs/scan.md"
BEGIN = "<!-- rules: tools/scan_rules.py --write -->\n"
END = "<!-- end of rules -->\n"
AREAS = {
    "src/model/pickle_rules.h": "Pickles and PyTorch files",
    "src/model/format_rules.h": "Formats of weights",
    "src/model/config_rules.h": "Indexes, settings and graphs beside the weights",
    "src/model/container_rules.h": "Archives, and what stands in files",
    "src/model/template_rules.h": "Chat templates",
    "src/model/scan/tree_rules.h": "Files seen together",
}
RULE = re.compile(r"inline constexpr Rule k\w+\{(.*?)\};", re.S)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def fields(body: str) -> list[str]:
    """The parts between commas that stand outside of literals; neighbouring literals are one."""
    outside = LITERAL.sub(lambda found: found.group(0).replace(",", "\0"), body)
    parts = []
    for part in outside.split(","):
        literals = LITERAL.findall(part.replace("\0", ","))
        text = "".join(literals) if literals else part.strip()
        parts.append(text.replace('\\"', '"').replace("\\\\", "\\"))
    return [part for part in parts if part]


def rules(root: pathlib.Path) -> dict[str, list[list[str]]]:
    return {area: [fields(body) for body in RULE.findall((root / path).read_text())]
            for path, area in AREAS.items()}


def unlisted(root: pathlib.Path) -> list[str]:
    """Rules that stand in no kAll… list: a report would not know them."""
    text = "".join((root / path).read_text() for path in AREAS)
    lists = "".join(re.findall(r"kAll\w+Rules\b[^{]*\{(.*?)\};", text, re.S))
    return [name for name in re.findall(r"inline constexpr Rule (k\w+)\{", text) if f"&{name}" not in
            re.findall(r"&k\w+", lists)]


def listed(root: pathlib.Path) -> str:
    lines = []
    for area, found in rules(root).items():
        lines += [f"### {area}", ""]
        for rule in sorted(found):
            name, verdict, title, why, to_do = rule
            verdict = verdict.split("::k")[1].lower()
            lines += [f"**`{name}`** ({verdict}). {title}. {why}", f"*{to_do}*", ""]
    return "\n".join(lines)


def with_rules(page: str, text: str) -> str:
    head, rest = page.split(BEGIN)
    return head + BEGIN + text + END + rest.split(END)[1]


def main() -> int:
    root = pathlib.Path(__file__).resolve().parent.parent
    page = (root / PAGE).read_text()
    wanted = with_rules(page, listed(root))
    missing = unlisted(root)
    if missing:
        print(f"in no list of rules: {', '.join(missing)}")
        return 1
    if "--write" in sys.argv[1:]:
        (root / PAGE).write_text(wanted)
    elif page != wanted:
        print(f"{PAGE} has fallen behind the rules: run tools/scan_rules.py --write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
