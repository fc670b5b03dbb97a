#!/usr/bin/env python3
"""The drill: a lab in use is backed up, lost, and restored elsewhere; then everything that somebody could
do to a backup is done to it. With the real programs."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import paths  # noqa: E402
from lab import PASSPHRASE, PLANTED, Lab, build_directory, can_mount  # noqa: E402

USAGE, NOT_FOUND, CONFLICT, REFUSED, NOT_AUTHENTIC, WRONG_KEY = 2, 12, 14, 20, 21, 22
REFUSALS = {10, NOT_FOUND, NOT_AUTHENTIC, WRONG_KEY}  # malformed too: what a damaged file may be
BACKUP_PASSPHRASE = "planted passphrase of a backup"


class Site:
    """A lab and what its administrator types."""

    def __init__(self, lab: Lab):
        self.lab = lab
        self.backups = lab.place / "backups"

    def run(self, verb: str, *arguments: str, passphrase: str = "") -> subprocess.CompletedProcess:
        command = [str(self.lab.build / "strongroom"), verb, *arguments, "--json"]
        descriptors: tuple[int, ...] = ()
        if passphrase:
            reading, writing = os.pipe()
            os.write(writing, passphrase.encode())
            os.close(writing)
            command += ["--keys", "--passphrase-fd", str(reading)]
            descriptors = (reading,)
        try:
            return subprocess.run(command, pass_fds=descriptors, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  env=self.lab.surroundings(), timeout=120)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def backup(self, *more: str, passphrase: str = "") -> dict:
        return self.lab.must(self.run("backup", "--data", str(self.lab.root / "server"), "--to",
                                      str(self.backups), *more, passphrase=passphrase))

    def restore(self, to: pathlib.Path, *more: str, backups: pathlib.Path | None = None, id: str = "",
                passphrase: str = "") -> subprocess.CompletedProcess:
        return self.run("restore", "--from", str(backups or self.backups), "--data", str(to), "--id",
                        id or self.lab.facts["id"], *more, passphrase=passphrase)


def files_of(directory: pathlib.Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file())


def error_of(done: subprocess.CompletedProcess) -> str:
    return json.loads((done.stdout or done.stderr).splitlines()[-1])["message"]


class Drill(unittest.TestCase):
    """One lab with a sealed model, copied for every test."""

    place: pathlib.Path
    base: Lab
    made = 0

    @classmethod
    def setUpClass(cls) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        cls.place = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-drill-", dir=memory))
        cls.base = Lab(cls.place / "base", build_directory())
        cls.base.place.mkdir()
        cls.base.found()
        paths.sealed(cls.base)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.place, ignore_errors=True)

    def setUp(self) -> None:
        Drill.made += 1  # a short name: a socket's path has room for 107 bytes
        self.lab = self.base.copy_to(self.place / str(Drill.made))
        self.site = Site(self.lab)
        self.addCleanup(shutil.rmtree, self.lab.place, True)
        self.addCleanup(self.lab.stop_all)

    def move_in(self, restored: pathlib.Path) -> None:
        """What docs/operating/backup.md tells the administrator to do on the new machine."""
        for path in [*self.lab.root.glob("people/*/config.json"), self.lab.root / "agent/config.json"]:
            path.write_bytes(path.read_bytes().replace(os.fsencode(self.lab.root / "server") + b"/",
                                                       os.fsencode(restored) + b"/"))

    # The drill

    def test_a_lost_machine_comes_back_and_releases_byte_for_byte(self) -> None:
        if not can_mount():
            self.skipTest("needs root and /dev/fuse")
        self.lab.start_server()
        sealing = threading.Thread(target=lambda: self.lab.strongroom(
            "dana", "seal", str(self.lab.place / "model"), "--name", "another"))
        sealing.start()
        self.site.backup(passphrase=BACKUP_PASSPHRASE)  # in use
        sealing.join()
        paths.again(self.lab, "alice", "status")  # alice has seen the newest
        second = self.site.backup(passphrase=BACKUP_PASSPHRASE)
        self.assertEqual((second["number"], second["objects"], second["keys"]), (2, 2, True))
        self.lab.stop("strongroom-server", signal.SIGKILL)
        shutil.rmtree(self.lab.root / "server")

        restored = self.lab.root / "elsewhere"
        told = self.lab.must(self.site.restore(restored, passphrase=BACKUP_PASSPHRASE))
        self.assertEqual((told["number"], told["objects"], told["keys"]), (2, 2, True))
        self.move_in(restored)
        (self.lab.root / "server").symlink_to(restored)  # the tests look there
        self.lab.verify(restored)
        self.lab.start_server()
        self.lab.start_agent()
        paths.again_asked(self.lab)
        self.assertTrue(paths.redeem(self.lab))
        paths.reads(self.lab)
        self.lab.must(self.lab.strongroom("dana", "close", self.lab.facts["proposal"], "--agent",
                                          str(self.lab.root / "agent/agent.sock")))
        self.lab.verify(restored)
        self.assertEqual(list(self.lab.root.rglob("*.restoring")), [])

    def test_what_never_changes_is_copied_once(self) -> None:
        first = self.site.backup()
        again = self.site.backup()
        self.assertGreater(first["bytes_copied"], 1_200_000)
        self.assertEqual(again["number"], first["number"] + 1)
        self.assertLess(again["files_copied"], 5)
        self.lab.must(self.site.restore(self.lab.place / "one", "--number", "1"))
        self.lab.must(self.site.restore(self.lab.place / "two"))
        self.assertEqual(files_of(self.lab.place / "one"), files_of(self.lab.place / "two"))

    def test_rereading_copies_again_what_the_medium_forgot(self) -> None:
        self.site.backup()
        sealed = next(path for path in self.site.backups.rglob("f1") if path.is_file())
        good = sealed.read_bytes()
        sealed.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        self.site.backup()
        self.assertEqual(self.site.restore(self.lab.place / "bad").returncode, NOT_AUTHENTIC)
        self.site.backup("--reread")
        self.assertEqual(sealed.read_bytes(), good)
        self.lab.must(self.site.restore(self.lab.place / "good"))

    # Keys

    def test_keys_are_left_out_unless_asked_for_and_the_server_says_what_is_missing(self) -> None:
        self.site.backup()
        keys = [path.read_bytes().split(b"\n", 1)[1] for path in (self.lab.root / "server/keys").iterdir()]
        self.assertEqual(len(keys), 2)
        for path in self.site.backups.rglob("*"):
            for key in keys:
                self.assertFalse(path.is_file() and key in path.read_bytes(), path)
        restored = self.lab.place / "restored"
        self.assertFalse(self.lab.must(self.site.restore(restored))["keys"])
        started = subprocess.run([str(self.lab.build / "strongroom-server"), "--data", str(restored)],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                                 env=self.lab.surroundings(), check=False)
        self.assertEqual(started.returncode, NOT_FOUND, started.stdout)
        self.assertIn("log.key", started.stdout)

    def test_wrapped_keys_open_with_their_passphrase_alone(self) -> None:
        self.site.backup(passphrase=BACKUP_PASSPHRASE)
        keys = [path.read_bytes().split(b"\n", 1)[1] for path in (self.lab.root / "server/keys").iterdir()]
        for path in self.site.backups.rglob("*"):
            for key in keys:
                self.assertFalse(path.is_file() and key in path.read_bytes(), path)
        wrong = self.site.restore(self.lab.place / "a", passphrase=PASSPHRASE)
        self.assertEqual(wrong.returncode, WRONG_KEY)
        self.assertFalse((self.lab.place / "a").exists())
        self.lab.must(self.site.restore(self.lab.place / "b", passphrase=BACKUP_PASSPHRASE))
        for name in ("log.key", "deposit.key"):
            self.assertEqual((self.lab.place / "b/keys" / name).read_bytes(),
                             (self.lab.root / "server/keys" / name).read_bytes())
        self.assertFalse((self.lab.place / "b/wrapped").exists())

    # Attacks

    def each_file(self, change) -> None:
        """Every file of a backup changed in turn: never restored, and named where it has a name."""
        self.site.backup(passphrase=BACKUP_PASSPHRASE)
        names = files_of(self.site.backups)
        self.assertGreater(len(names), 25)

        def attack(number: int, name: str) -> tuple[str, int, bool]:
            place = self.lab.place / f"attack-{number}"
            shutil.copytree(self.site.backups, place / "backups")
            change(place / "backups" / name)
            done = self.site.restore(place / "site", backups=place / "backups",
                                     passphrase=BACKUP_PASSPHRASE)
            left = (place / "site").exists()
            shutil.rmtree(place)
            return name, done.returncode, left

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for name, code, left in pool.map(attack, range(len(names)), names):
                with self.subTest(name):
                    self.assertIn(code, REFUSALS)
                    self.assertFalse(left)

    def test_a_flipped_byte_in_any_file_is_refused(self) -> None:
        chance = random.Random(7)

        def flip(path: pathlib.Path) -> None:
            content = bytearray(path.read_bytes())
            if not content:  # an empty file has no byte to flip: one more
                content.append(0)
            else:
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            path.write_bytes(bytes(content))

        self.each_file(flip)

    def test_any_missing_file_is_noticed(self) -> None:
        self.each_file(pathlib.Path.unlink)

    def test_a_backup_of_another_strongroom_is_refused(self) -> None:
        self.site.backup()
        other = "demo-" + "0" * 64
        self.assertEqual(self.site.restore(self.lab.place / "a", id=other).returncode, NOT_AUTHENTIC)
        self.assertEqual(self.site.restore(self.lab.place / "a", id="short").returncode, USAGE)
        stranger = Lab(self.lab.place / "stranger", self.lab.build)
        stranger.place.mkdir()
        stranger.found()
        stranger.start_server()
        stranger.stop("strongroom-server")
        into = Site(stranger).run("backup", "--data", str(stranger.root / "server"), "--to",
                                  str(self.site.backups))
        self.assertEqual(into.returncode, REFUSED, into.stdout + into.stderr)

    def test_a_database_that_was_given_a_trigger_and_a_vote_is_not_believed(self) -> None:
        """Whoever rewrites index and manifest too gets a fresh database, derived from the log."""
        self.site.backup()
        number = self.site.backups / "backups/000001"
        database = sqlite3.connect(number / "database")
        database.execute("CREATE TRIGGER evil AFTER INSERT ON entries BEGIN DELETE FROM entries; END")
        database.execute("UPDATE sequencer_head SET time = 0")
        database.commit()
        database.close()
        reindex(number)
        restored = self.lab.place / "restored"
        self.lab.must(self.site.restore(restored))
        with sqlite3.connect(restored / "strongroom.db") as fresh:
            self.assertEqual(fresh.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'")
                             .fetchone(), (0,))
            self.assertGreater(fresh.execute("SELECT time FROM sequencer_head").fetchone()[0], 0)
        fresh.close()

    def test_a_database_with_another_log_is_refused(self) -> None:
        self.site.backup()
        number = self.site.backups / "backups/000001"
        database = sqlite3.connect(number / "database")
        database.execute("DELETE FROM entries WHERE idx = (SELECT max(idx) FROM entries)")
        database.commit()
        database.close()
        reindex(number)
        done = self.site.restore(self.lab.place / "restored")
        self.assertEqual(done.returncode, NOT_AUTHENTIC, done.stdout + done.stderr)

    def test_an_older_backup_is_refused_by_who_saw_more(self) -> None:
        self.site.backup()
        self.lab.start_server()
        self.lab.must(self.lab.strongroom("alice", "freeze", "all"))
        self.lab.stop("strongroom-server")
        restored = self.lab.place / "restored"
        self.lab.must(self.site.restore(restored))
        shutil.copytree(self.lab.root / "server/keys", restored / "keys")
        shutil.rmtree(self.lab.root / "server")
        shutil.move(restored, self.lab.root / "server")
        self.lab.start_server()
        saw_more = self.lab.strongroom("alice", "status")
        self.assertEqual(saw_more.returncode, NOT_AUTHENTIC, saw_more.stdout)
        self.assertIn("rolled back", saw_more.stdout + saw_more.stderr)

    def test_an_older_database_behind_its_publication_signs_nothing(self) -> None:
        self.site.backup()
        self.lab.start_server()
        self.lab.must(self.lab.strongroom("alice", "freeze", "all"))
        self.lab.stop("strongroom-server")
        self.lab.must(self.site.restore(self.lab.place / "restored"))
        for path in (self.lab.root / "server").glob("strongroom.db*"):
            path.unlink()
        shutil.copy(self.lab.place / "restored/strongroom.db", self.lab.root / "server")
        head = (self.lab.root / "server/public/checkpoint").read_bytes()
        started = subprocess.run([str(self.lab.build / "strongroom-server"), "--data",
                                  str(self.lab.root / "server")], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, env=self.lab.surroundings(),
                                 timeout=60, check=False)
        self.assertEqual(started.returncode, CONFLICT, started.stdout)
        self.assertIn("older copy", started.stdout)
        self.assertEqual((self.lab.root / "server/public/checkpoint").read_bytes(), head)

    # Places

    def test_a_restore_writes_over_nothing(self) -> None:
        self.site.backup()
        occupied = self.lab.place / "occupied"
        occupied.mkdir()
        (occupied / "mine").write_text("mine")
        self.assertEqual(self.site.restore(occupied).returncode, REFUSED)
        self.assertEqual(self.site.restore(self.lab.root / "server").returncode, REFUSED)
        self.assertEqual(files_of(occupied), ["mine"])
        empty = self.lab.place / "empty"
        empty.mkdir()
        self.lab.must(self.site.restore(empty))

    def test_what_is_no_site_and_what_holds_no_backup_is_said(self) -> None:
        nothing = self.lab.place / "nothing"
        nothing.mkdir()
        done = self.site.run("backup", "--data", str(nothing), "--to", str(self.site.backups))
        self.assertEqual(done.returncode, NOT_FOUND)
        self.assertIn("--data", error_of(done))
        self.assertEqual(self.site.restore(self.lab.place / "a", backups=nothing).returncode, NOT_FOUND)
        self.assertEqual(files_of(nothing), [])

    def test_no_plaintext_is_in_a_backup(self) -> None:
        self.site.backup(passphrase=BACKUP_PASSPHRASE)
        for path in self.site.backups.rglob("*"):
            self.assertFalse(path.is_file() and PLANTED[:24] in path.read_bytes(), path)
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_an_erased_text_is_in_no_backup_made_after(self) -> None:
        self.lab.start_server()
        self.lab.must(self.lab.strongroom("alice", "freeze", "all", "--reason", "PLANTED-REASON-77"))
        self.lab.stop("strongroom-server")
        database = sqlite3.connect(self.lab.root / "server/strongroom.db")
        self.assertEqual(database.execute("DELETE FROM sequencer_texts WHERE text LIKE 'PLANTED-REASON%'")
                         .rowcount, 1)  # as erase_text does
        database.commit()
        database.close()
        self.site.backup()
        for path in self.site.backups.rglob("*"):
            self.assertFalse(path.is_file() and b"PLANTED-REASON-77" in path.read_bytes(), path)


def reindex(number: pathlib.Path) -> None:
    """What an attacker who can write the backup does: makes index and manifest fit again."""
    lines = []
    total = 0
    for line in (number / "index").read_text().splitlines():
        digest, size, name = line.split(" ")
        if name.endswith("/database"):
            content = (number / "database").read_bytes()
            digest, size = hashlib.sha256(content).hexdigest(), str(len(content))
        total += int(size)
        lines.append(f"{digest} {size} {name}\n")
    index = "".join(lines).encode()
    (number / "index").write_bytes(index)
    manifest = json.loads((number / "manifest").read_text().splitlines()[0])
    manifest |= {"index": hashlib.sha256(index).hexdigest(), "bytes": total}
    text = json.dumps(manifest, separators=(",", ":"), sort_keys=True)
    (number / "manifest").write_text(f"{text}\n{hashlib.sha256(text.encode()).hexdigest()}\n")


if __name__ == "__main__":
    unittest.main()
