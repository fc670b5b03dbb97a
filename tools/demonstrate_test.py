#!/usr/bin/env python3
"""`./run --check` must not say ok when something is wrong: tried with stand-in programs that cheat."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent

# Behaves like the four programs, as far as the demonstration looks; CHEAT names what it does wrong.
STAND_IN = r'''#!/usr/bin/env python3
import json, os, pathlib, shutil, signal, subprocess, sys
name, cheat = os.path.basename(sys.argv[0]), os.environ.get("CHEAT", "")
arguments = sys.argv[1:]
command = arguments[arguments.index("--") + 1:] if "--" in arguments else []
options = arguments[:arguments.index("--")] if command else arguments
def option(key):
    return options[options.index(key) + 1] if key in options else None
if name in ("strongroom-server", "strongroom-agent"):
    data = pathlib.Path(option("--data"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ready = data / ("server.json" if name.endswith("server") else "agent.sock")
    ready.write_text(json.dumps({"url": "http://127.0.0.1:1", "pid": os.getpid()}))
    if cheat == "server dies" and name.endswith("server"):
        ready.unlink()
        sys.exit("no luck today")
    while True:
        signal.pause()
if name == "strongroom-verify":
    print(json.dumps({"entries": 9}))
    sys.exit(21 if cheat == "bad log" else 0)
verb = options[0]
home = option("--home")
state = pathlib.Path(home).parent.parent if home else pathlib.Path(option("--data") or ".")
def note(key, default=None):
    path = state / ("fake-" + key)
    return path.read_text() if path.exists() else default
def keep(key, value):
    (state / ("fake-" + key)).write_text(value)
if verb == "init":
    for part in ("people/dana", "people/alice", "people/bob", "server/public", "agent"):
        (state / part).mkdir(parents=True)
    print(json.dumps({"id": "demo-00"}))
elif verb == "scan":
    print("llama model")
elif verb == "seal":
    keep("source", options[1])
    print(json.dumps({"bytes": 10, "files": 3}))
elif verb == "approve":
    keep("votes", note("votes", "") + "x")
elif verb == "open" and "--proposal" not in options:
    print(json.dumps({"proposal": "demo-" + "7" * 64}))
elif verb == "open":
    if len(note("votes", "")) < 2 and cheat != "one is enough":
        sys.exit(25)
    mount = option("--mount")
    source = note("source")
    if cheat == "other weights":
        shutil.copytree(source, state / "other")
        weights = bytearray((state / "other/sample.gguf").read_bytes())
        weights[-9:-1] = bytes(8)
        (state / "other/sample.gguf").write_bytes(weights)
        source = str(state / "other")
    subprocess.run(["mount", "--bind", source, mount], check=True)
    if cheat != "writable mount":
        subprocess.run(["mount", "-o", "remount,bind,ro", mount], check=True)
    done = subprocess.run(command, env=dict(os.environ, STRONGROOM_MOUNT=mount))
    if cheat != "stays mounted":
        subprocess.run(["umount", mount], check=True)
    print(json.dumps({"closed": True}))
    sys.exit(done.returncode)
'''


def can_mount() -> bool:
    return os.geteuid() == 0 and os.path.exists("/dev/fuse") and (
        HERE / "engine/node_modules/node-llama-cpp").exists()


@unittest.skipUnless(can_mount(), "needs root, /dev/fuse and the engine (tools/engine/install.sh)")
class Check(unittest.TestCase):
    def setUp(self):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="demonstrate-test-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        for name in ("strongroom", "strongroom-server", "strongroom-agent", "strongroom-verify"):
            path = self.place / name
            path.write_text(STAND_IN)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def check(self, cheat: str = "") -> tuple[int, dict, str]:
        done = subprocess.run(
            [sys.executable, str(HERE / "demonstrate.py"), "--build", str(self.place), "--check"],
            env=dict(os.environ, CHEAT=cheat, TMPDIR=str(self.place)), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.stdout.count("\n"), 1, done.stdout + done.stderr)
        left = list(self.place.glob("strongroom-check-*"))
        self.assertEqual(left, [], "the temporary directory was left behind")
        self.assertNotIn(str(self.place), pathlib.Path("/proc/self/mountinfo").read_text())
        return done.returncode, json.loads(done.stdout), done.stderr

    def test_all_well_says_ok(self):
        code, report, narration = self.check()
        self.assertEqual((code, report["ok"]), (0, True), narration)
        self.assertTrue(report["tokens_match_plain_file"] and report["logits_match_plain_file"])
        self.assertEqual((report["files"], report["log_entries"]), (3, 9))

    def assert_not_ok(self, cheat: str, field: str):
        code, report, _ = self.check(cheat)
        self.assertEqual((code, report["ok"], report[field]), (1, False, False))

    def test_one_approval_that_is_enough_is_not_ok(self):
        self.assert_not_ok("one is enough", "refused_with_one_approval")

    def test_other_weights_in_the_mount_are_not_ok(self):
        self.assert_not_ok("other weights", "logits_match_plain_file")

    def test_a_writable_mount_is_not_ok(self):
        self.assert_not_ok("writable mount", "released_with_two")

    def test_a_mount_that_outlives_its_lease_is_not_ok(self):
        self.assert_not_ok("stays mounted", "unmounted_after_lease")

    def test_a_log_that_does_not_verify_is_not_ok(self):
        self.assert_not_ok("bad log", "log_verified")

    def test_a_server_that_dies_is_named_with_its_last_words(self):
        code, report, narration = self.check("server dies")
        self.assertEqual((code, report["ok"]), (1, False))
        self.assertIn("no luck today", narration)


if __name__ == "__main__":
    unittest.main()
