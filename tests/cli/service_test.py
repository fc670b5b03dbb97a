#!/usr/bin/env python3
"""The services as systemd runs them: told lines, readiness, a clean stop, and units that it accepts."""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from lab import BINARIES, PASSPHRASE, ROOT, STRONGROOM, Lab, surroundings

LINE = re.compile(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+: event=\w+( \w+=(\"([^\"\\]|\\.)*\"|[^\s\"]+))*$")


class Services(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def lines(self, program: str) -> list[str]:
        return (self.lab.path / f"{program}.log").read_text().splitlines()

    def test_tell_each_event_on_one_line_and_end_cleanly_on_sigterm(self):
        self.lab.seal("my-model")
        self.lab.ask("my-model", "a purpose that nobody logs")
        for program in ("strongroom-agent", "strongroom-server"):
            process = self.lab.processes[program]
            self.lab.stop(program)
            self.assertEqual(process.returncode, 0)
            lines = self.lines(program)
            self.assertIn("event=started", lines[0])
            self.assertIn("event=stopped", lines[-1])
            for line in lines:
                self.assertRegex(line, LINE)
                self.assertNotIn("nobody logs", line)
                self.assertNotIn(PASSPHRASE.decode(), line)
        self.assertTrue(any("event=request request=" in line and "method=POST" in line and "status=2" in line
                            for line in self.lines("strongroom-server")))

    def test_do_not_let_a_peer_write_a_line(self):
        address = re.search(r"address=http://([\d.]+):(\d+)", self.lines("strongroom-server")[0])
        with socket.create_connection((address.group(1), int(address.group(2)))) as peer:
            peer.sendall(b"GET /v1/texts/%0A<3>event=stopped HTTP/1.1\r\nHost: x\r\n\r\n")
            peer.recv(1000)
        for line in self.lines("strongroom-server"):
            self.assertRegex(line, LINE)

    def test_put_the_priority_first_where_the_journal_reads(self):
        self.lab.stop("strongroom-server")
        log = self.lab.path / "journal.log"
        with open(log, "wb") as end:
            stat = os.fstat(end.fileno())
            process = subprocess.Popen([str(BINARIES / "strongroom-server"), "--data",
                                        str(self.lab.path / "lab/server"), "--listen", "127.0.0.1:0"], stderr=end,
                                       env=surroundings(JOURNAL_STREAM=f"{stat.st_dev}:{stat.st_ino}"))
            while b"started" not in log.read_bytes():
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(60), 0)
        for line in log.read_text().splitlines():
            self.assertRegex(line, r"^<[3-6]>event=\w+")

    def test_say_that_they_are_ready_and_that_they_stop(self):
        for program, ready in (("strongroom-server", None), ("strongroom-agent", None)):
            self.lab.stop("strongroom-agent")
            if program == "strongroom-server":
                self.lab.stop(program)
            path = self.lab.path / f"notify-{program}"
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
                supervisor.bind(str(path))
                supervisor.settimeout(60)
                data = self.lab.path / ("lab/server" if program == "strongroom-server" else "lab/agent")
                more = ["--listen", "127.0.0.1:0"] if program == "strongroom-server" else []
                process = subprocess.Popen([str(BINARIES / program), "--data", str(data), *more],
                                           stderr=subprocess.DEVNULL, env=surroundings(NOTIFY_SOCKET=str(path)))
                self.assertEqual(supervisor.recv(100), b"READY=1")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(supervisor.recv(100), b"STOPPING=1")
                self.assertEqual(process.wait(60), 0)
            if program == "strongroom-server":
                self.lab.start_server()


class Units(unittest.TestCase):
    def test_are_accepted_by_systemd(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        units = sorted((ROOT / "deploy/systemd").glob("*.service"))
        self.assertEqual(len(units), 2)
        with tempfile.TemporaryDirectory() as folder:
            for unit in units:
                # The programs need not be installed for the rest to be looked at.
                text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text())
                path = os.path.join(folder, unit.name)
                with open(path, "w", encoding="utf-8") as out:
                    out.write(text)
                done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stderr), (0, ""), unit.name)

    def test_start_the_programs_with_options_that_they_know(self):
        for name in ("strongroom-server", "strongroom-agent"):
            text = (ROOT / f"deploy/systemd/{name}.service").read_text()
            words = re.search(r"(?m)^ExecStart=(.*)$", text).group(1).split()
            self.assertEqual(os.path.basename(words[0]), name)
            known = subprocess.run([str(BINARIES / name), "--help"], capture_output=True, text=True, check=False).stdout
            for word in words[1:]:
                if word.startswith("--"):
                    self.assertIn(word, known)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
