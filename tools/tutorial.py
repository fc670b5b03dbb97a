"""Reads docs/tutorial.md and types it into a shell on a real terminal, as a reader would.

tests/end_to_end/tutorial_test.py holds the page to what it says; tools/record_session.py makes the recording of it.

A ```sh block is typed; it must end with 0, or with anything else where the block says "fails". A ```text block after
it says what must be seen: each of its lines, "…" standing for anything. "sh build" is ./run --check, which has a
test of its own. A reader's answers (the passphrase, "approve") are typed when they are asked for.
"""
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/tutorial.md"
BLOCK_SECONDS_MAX = 180
# What a terminal shows when it asks, and what the reader types.
ANSWERS = ((re.compile(rb"[Pp]assphrase[^\n]*: $"), b"correct horse battery staple\n"),
           (re.compile(rb'Type "approve"[^\n]*: ?$'), b"approve\n"))
ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\r")


def blocks(text: str) -> list[tuple[str, str, list[str]]]:
    """Each block of commands: its kind, its lines, and what must be seen after it."""
    found = []
    for kind, body in re.findall(r"^```(sh build|sh fails|sh|text)\n(.*?)^```$", text, re.M | re.S):
        if kind == "text":
            found[-1][2].extend(line for line in body.splitlines() if line.strip())
        else:
            found.append((kind, body, []))
    return found


class Shell:
    """bash on a pseudo-terminal, as a reader has it."""

    def __init__(self, home: str, seen: Callable[[bytes], None] = lambda shown: None) -> None:
        """`seen` is given what the terminal shows, as it comes."""
        self.seen = seen
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.chdir(ROOT)
            kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile"],
                      {**kept, "HOME": home, "TERM": "xterm", "PS1": "", "PS2": ""})
        self.count = 0
        self.type("stty -echo; bind 'set enable-bracketed-paste off' 2>/dev/null")

    def type(self, commands: str) -> tuple[int, str]:
        """What the commands ended with, and what was shown."""
        self.count += 1
        mark = f"tutorial-block-{self.count}-ended"
        with tempfile.NamedTemporaryFile("w", suffix=".sh") as script:
            script.write(commands)
            script.flush()
            os.write(self.terminal, f". {script.name}; printf '\\n%s %s\\n' {mark} $?\n".encode())
            return self.watch(mark.encode())

    def watch(self, mark: bytes) -> tuple[int, str]:
        shown, answered = b"", 0
        deadline = time.monotonic() + BLOCK_SECONDS_MAX
        while time.monotonic() < deadline:
            if select.select([self.terminal], [], [], 0.2)[0]:
                read = os.read(self.terminal, 65536)
                self.seen(read)
                shown += read
            plain = ESCAPES.sub(b"", shown)
            ended = re.search(rb"\n" + mark + rb" (\d+)\n", plain)
            if ended:
                return int(ended.group(1)), plain[:ended.start()].decode(errors="replace")
            for asked, answer in ANSWERS:
                if asked.search(plain[answered:]):
                    answered = len(plain)
                    os.write(self.terminal, answer)
        raise AssertionError(f"nothing more after {BLOCK_SECONDS_MAX} s:\n{shown.decode(errors='replace')}")

    def close(self) -> None:
        subprocess.run(["pkill", "-TERM", "-s", str(os.getsid(self.child))], check=False)
        time.sleep(0.5)  # the agent ends its lease and unmounts
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        os.close(self.terminal)


def is_shown(line: str, output: str) -> bool:
    pattern = r"\s+".join(re.escape(word) for word in line.split()).replace("…", ".*")
    return re.search(pattern, output) is not None
