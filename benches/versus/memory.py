"""How much memory a program held at most."""
import os
import subprocess

from frame import Bench, Unavailable


def peak_mib(bench: Bench, arguments: list[str]) -> float:
    """Of a program that runs to its end: its resident pages at their most, in MiB, as the kernel counted."""
    child = subprocess.Popen(bench.command(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise Unavailable(f"{arguments[1]} ended with {child.returncode}")
    return usage.ru_maxrss / 1024


def peak_mib_of(pid: int) -> float:
    """Of a program that runs on: as above, so far."""
    for line in open(f"/proc/{pid}/status", encoding="ascii"):
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise Unavailable(f"process {pid} is gone")
