#!/usr/bin/env python3
"""Freezes and recalls that were signed without a server."""
import json
import socket
import time
import unittest

from lab import PASSPHRASE, SECONDS_MAX, STRONGROOM, Lab, run

CONFLICT, REFUSED, NOT_AUTHENTIC, FROZEN = 14, 20, 21, 23


class AStopSignedOffline(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.object = self.lab.seal("my-model")["object"].removeprefix("demo-")
        self.lab.does("alice", "status")  # so that her home has seen what there is
        self.lab.start_agent()
        self.stop = self.lab.path / "stop.freeze"

    def deliver(self, *more) -> tuple[int, str]:
        status, out, told = run("deliver", self.stop, "--agent", self.lab.socket, *more)
        return status, out + told

    def draft(self) -> bytes:
        """What the agent answers to who asks for a release, without asking its server."""
        ask = {"act": "lease", "byte_budget": 1 << 20, "expires_seconds": 60, "groups": [], "lease_seconds": 60,
               "object": self.object, "person": "0" * 16, "purpose": "0" * 64}
        body = json.dumps(ask, sort_keys=True, separators=(",", ":")).encode()
        with socket.socket(socket.AF_UNIX) as peer:
            peer.settimeout(60)
            peer.connect(str(self.lab.socket))
            peer.sendall(b"POST /v1/drafts HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            answer = peer.recv(65536)
        self.assertNotIn(b'"malformed"', answer)
        return answer

    def test_binds_a_host_while_no_server_is_there_and_reaches_the_log_when_one_is(self):
        self.lab.stop("strongroom-server")
        self.lab.does("alice", "freeze", "my-model", "--reason", "laptop stolen", "--offline", self.stop)
        self.assertNotIn(b"frozen", self.draft())
        self.assertEqual(self.deliver()[0], 0)
        self.assertIn(b'"frozen"', self.draft())
        self.lab.stop("strongroom-agent")
        self.lab.start_server()
        self.lab.start_agent()  # another run holds to it still
        self.assertIn(b'"frozen"', self.draft())
        self.lab.does("dana", "open", "my-model", "--for", "x", "--agent", self.lab.socket, "--mount",
                      self.lab.path / "mount", "--no-wait", expect=FROZEN)
        # Already delivered by the agent, or now: once, either way.
        self.lab.does("bob", "deliver", self.stop)
        frozen = [line for line in self.lab.does("bob", "log", "--json")[0].splitlines() if '"frozen"' in line]
        self.assertEqual(len(frozen), 1, frozen)

        # Lifted by a quorum it binds no longer, nor when it is given again.
        change = self.lab.tells("bob", "unfreeze", "my-model", "--reason", "found")["change"]
        for who in ("alice", "carol"):
            self.lab.does(who, "approve", change, "--yes")
        self.lab.ask("my-model")
        status, told = self.deliver()
        self.assertEqual(status, CONFLICT, told)
        self.lab.ask("my-model")

    def test_recalls_a_release_that_is_open(self):
        mount = self.lab.path / "mount"
        mount.mkdir()
        proposal = self.lab.tells("dana", "open", "my-model", "--for", "x", "--agent", self.lab.socket, "--mount", mount,
                                  "--no-wait")["proposal"]
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", proposal, "--yes")
        status, _, told = run(*self.lab.words("dana", "open", "--proposal", proposal, "--agent", self.lab.socket),
                              passphrase=PASSPHRASE)
        if status != 0 and "fuse" in told.lower():
            self.skipTest("no FUSE here")
        self.assertEqual(status, 0, told)
        self.lab.stop("strongroom-server")
        self.lab.does("alice", "recall", proposal, "--reason", "wrong host", "--offline", self.stop)
        status, told = self.deliver()
        self.assertEqual(status, 0, told)
        until = time.monotonic() + SECONDS_MAX
        while list(mount.iterdir()):
            self.assertLess(time.monotonic(), until, "it is readable still")
            time.sleep(0.05)

    def test_by_who_may_not_freeze_binds_nobody(self):
        self.lab.does("dana", "freeze", "my-model", "--offline", self.stop)
        status, told = self.deliver()
        self.assertEqual(status, REFUSED, told)
        self.assertNotIn(b'"frozen"', self.draft())

    def test_that_was_changed_binds_nobody(self):
        self.lab.does("alice", "freeze", "my-model", "--offline", self.stop)
        changed = self.stop.read_text().replace(self.object, "0" * 64)
        self.assertNotEqual(changed, self.stop.read_text())
        self.stop.write_text(changed)
        status, told = self.deliver()
        self.assertEqual(status, NOT_AUTHENTIC, told)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
