#!/usr/bin/env python3
"""Records docs/tutorial.md as it is really played: docs/session.cast, in asciicast v2 (any asciinema player shows it).

What the programs say is theirs, word for word and with their own pauses, none longer than two seconds. The typing is
paced, so that it can be read. Needs the release build, /dev/fuse and root:

    tools/build.sh release && tools/record_session.py
"""
import json
import pathlib
import re
import sys
import tempfile
import time

import tutorial

OUT = tutorial.ROOT / "docs/session.cast"
COLUMNS, ROWS = 110, 40
PAUSE_SECONDS_MAX = 2.0
LETTER_SECONDS = 0.02
MARKS = re.compile(r"\n?tutorial-block-\d+-ended \d+\r?\n")


class Recording:
    def __init__(self, home: str) -> None:
        self.home = home
        self.events: list[tuple[float, str]] = []
        self.now = 0.0
        self.last = time.monotonic()

    def show(self, text: str, pause: float) -> None:
        if text:
            self.now += pause
            self.events.append((round(self.now, 3), text))

    def seen(self, shown: bytes) -> None:
        passed = time.monotonic() - self.last
        self.last = time.monotonic()
        text = shown.decode(errors="replace").replace(self.home, "~")
        text = MARKS.sub("", text)
        self.show(text, min(passed, PAUSE_SECONDS_MAX))

    def typed(self, command: str) -> None:
        self.show("\x1b[1;32m$\x1b[0m ", 0.6)
        for letter in command:
            self.show(letter, LETTER_SECONDS)
        self.show("\r\n", 0.3)
        self.last = time.monotonic()

    def write(self, path: pathlib.Path) -> None:
        head = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "Strongroom: the tutorial"}
        lines = [json.dumps(head)] + [json.dumps([at, "o", text], ensure_ascii=False)
                                      for at, text in self.events]
        path.write_text("\n".join(lines) + "\n")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="strongroom-session-") as home:
        recording = Recording(home)
        shell = tutorial.Shell(home)
        shell.seen = recording.seen
        try:
            for kind, commands, _ in tutorial.blocks(tutorial.PAGE.read_text()):
                if kind == "sh build":
                    continue
                for command in commands.splitlines():
                    recording.typed(command)
                    code, output = shell.type(command)
                    if (code == 0) == (kind == "sh fails"):
                        print(f"{command}\nended with {code} and showed\n{output}", file=sys.stderr)
                        return 1
        finally:
            shell.close()
    recording.write(OUT)
    print(f"{OUT.relative_to(tutorial.ROOT)}: {recording.now:.0f} s, {len(recording.events)} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
