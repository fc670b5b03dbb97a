#!/usr/bin/env python3
"""The services as systemd runs them: told lines, readiness, a clean stop, and units that it accepts."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from lab import BINARIES, PASSPHRASE, ROOT, SECONDS_MAX, STRONGROOM, Lab, surroundings

LINE = re.compile(r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ \S+: event=\w+( \w+=(\"([^\"\\]|\\.)*\"|[^\s\"]+))*$")


class Services(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def lines(self, program: str) -> list[str]:
        """What it told until now; it tells that it started after it can be reached."""
        log = self.lab.path / f"{program}.log"
        until = time.monotonic() + SECONDS_MAX
        while "event=started" not in (said := log.read_text()):
            self.assertLess(time.monotonic(), until, said)
            time.sleep(0.02)
        return said.splitlines()

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
        self.lab.stop("strongroom-server")
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


class AnAgentWhoseServerIsNotUp(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.lab.seal("my-model")
        self.lab.start_agent()  # so that it knows of the strongroom from before
        self.lab.stop("strongroom-agent")
        (self.lab.path / "strongroom-agent.log").unlink()
        self.lab.stop("strongroom-server")

    def said(self) -> str:
        return (self.lab.path / "strongroom-agent.log").read_text()

    def until_said(self, what: str) -> None:
        until = time.monotonic() + SECONDS_MAX
        while what not in self.said():
            self.assertLess(time.monotonic(), until, self.said())
            time.sleep(0.02)

    def test_waits_and_says_so_once_and_serves_when_it_is(self):
        self.lab.start_agent()
        self.until_said("event=waiting")
        self.lab.start_server()
        self.until_said("event=started")
        lines = self.said().splitlines()
        self.assertEqual([re.search(r"event=(\w+)", line).group(1) for line in lines], ["waiting", "reached", "started"])
        self.lab.ask("my-model")

    def test_refuses_everything_meanwhile(self):
        self.lab.start_agent()
        for method, path in (("GET", "/v1/leases"), ("POST", "/v1/drafts"), ("POST", "/v1/leases")):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(self.lab.socket))
                peer.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
                answer = peer.recv(4096)
            self.assertIn(b" 503 ", answer.splitlines()[0])
            self.assertIn(b"waits for its server", answer)

    def test_ends_at_once_on_sigterm(self):
        process = self.lab.start("strongroom-agent", "--data", self.lab.path / "lab/agent", ready=self.lab.socket)
        self.until_said("event=waiting")
        self.lab.stop("strongroom-agent")
        self.assertEqual(process.returncode, 0)
        self.assertIn("event=stopped", self.said().splitlines()[-1])
        self.assertFalse(self.lab.socket.exists())

    def test_ends_at_once_on_sigterm_while_a_server_says_nothing(self):
        config = self.lab.path / "lab/agent/config.json"
        with socket.create_server(("127.0.0.1", 0)) as mute:
            told = json.loads(config.read_text())
            told["server"] = f"http://127.0.0.1:{mute.getsockname()[1]}"
            self.lab.stop("strongroom-server")
            mute.settimeout(SECONDS_MAX)
            # The first attempt breaks off, the second finds somebody who never answers.
            config.write_text(json.dumps(told, sort_keys=True, separators=(",", ":")))
            process = subprocess.Popen([str(BINARIES / "strongroom-agent"), "--data", str(self.lab.path / "lab/agent")],
                                       stderr=subprocess.PIPE, env=surroundings())
            first, _ = mute.accept()
            first.close()
            second, _ = mute.accept()
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=30)
            second.close()
        self.assertEqual(process.returncode, 0, said)
        self.assertIn(b"event=stopped", said)

    def test_tells_its_supervisor_why_it_serves_nobody(self):
        path = self.lab.path / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(str(path))
            supervisor.settimeout(60)
            self.lab.start("strongroom-agent", "--data", self.lab.path / "lab/agent", ready=self.lab.socket,
                           env=surroundings(NOTIFY_SOCKET=str(path)))
            self.assertIn(b"STATUS=this agent waits for its server", supervisor.recv(500))
            self.lab.start_server()
            self.assertEqual(supervisor.recv(500), b"STATUS=serves")

    def test_ends_with_an_error_when_the_server_is_of_another_strongroom(self):
        other = Lab(anew=True)
        self.addCleanup(other.close)
        process = self.lab.start("strongroom-agent", "--data", self.lab.path / "lab/agent", ready=self.lab.socket)
        self.until_said("event=waiting")
        shutil.copy(other.path / "lab/server/server.json", self.lab.path / "lab/server/server.json")
        self.assertEqual(process.wait(SECONDS_MAX), 21)
        self.assertNotIn("event=started", self.said())


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
