"""A PostgreSQL of one's own, from Debian's package, as an unprivileged user on the bench's disk."""
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator

from frame import Bench, Unavailable

USER = "postgres"  # Debian's package makes it; PostgreSQL refuses to run as root
PORT = "5439"
INSERT = ("\\set key random(1, 1000000000)\n"
          "INSERT INTO entries(key, bytes) VALUES (:key, decode(repeat('5a', 1024), 'hex'));\n")


def program(name: str) -> str:
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
                   key=lambda path: int(path.parts[4]))
    if not found:
        raise Unavailable("PostgreSQL is not installed")
    return str(found[-1])


class Server:
    def __init__(self, place: pathlib.Path):
        self.place = place
        self.as_user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--"] \
            if os.geteuid() == 0 else []

    def run(self, *arguments: str) -> str:
        done = subprocess.run([*self.as_user, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, cwd="/", env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{pathlib.Path(arguments[0]).name}: {done.stdout.strip()[-300:]}")
        return done.stdout

    def inserts(self, clients: int, seconds: int) -> dict[str, float]:
        """Durable inserts of 1 KiB, one a transaction: how many a second, and the 99th percentile's wait."""
        logs = self.place / "times"
        said = self.run(program("pgbench"), "-n", "-h", str(self.place), "-p", PORT, "-U", USER, "-f",
                        str(self.place / "insert.sql"), "-c", str(clients), "-j", "2", "-T", str(seconds),
                        "-l", f"--log-prefix={logs}", "postgres")
        rate = re.search(r"tps = ([\d.]+)", said)
        if not rate:
            raise Unavailable("pgbench gave no figure")
        waits = []
        for log in self.place.glob("times.*"):
            waits += [int(line.split()[2]) / 1e3 for line in log.read_text().splitlines()]
            log.unlink()
        waits.sort()
        return {"per_second": float(rate.group(1)), "p99_ms": waits[len(waits) * 99 // 100]}


@contextlib.contextmanager
def running(bench: Bench, place: pathlib.Path) -> Iterator[Server]:
    server = Server(place)
    if server.as_user:
        try:
            owner = pwd.getpwnam(USER)
        except KeyError:
            raise Unavailable(f"there is no user {USER} to run PostgreSQL as") from None
        os.chown(place, owner.pw_uid, owner.pw_gid)
        if not all(parent.stat().st_mode & 0o001 for parent in place.parents):
            raise Unavailable(f"the user {USER} cannot reach {place}: give --place one that anyone may pass")
    server.run(program("initdb"), "-D", str(place / "data"), "-U", USER, "-A", "trust", "--no-sync")
    (place / "insert.sql").write_text(INSERT)
    server.run(program("pg_ctl"), "-D", str(place / "data"), "-l", str(place / "log"), "-w", "-o",
               f"-c listen_addresses= -c unix_socket_directories={place} -p {PORT}", "start")
    try:
        server.run(program("psql"), "-h", str(place), "-p", PORT, "-U", USER, "-c",
                   "CREATE TABLE entries(idx bigserial PRIMARY KEY, key bigint, bytes bytea)", "postgres")
        yield server
    finally:
        with contextlib.suppress(Unavailable):
            server.run(program("pg_ctl"), "-D", str(place / "data"), "-m", "fast", "-w", "stop")
        shutil.rmtree(place, ignore_errors=True)
