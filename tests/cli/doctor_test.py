#!/usr/bin/env python3
"""strongroom doctor: what is wrong is found, made to happen for real where a test may, else from told facts."""
import json
import os
import resource
import shutil
import subprocess
import unittest

from lab import STRONGROOM, Lab, run, surroundings


def found(told: dict, check: str) -> tuple[str, str, str]:
    one = [each for each in told["checks"] if each["check"] == check]
    assert len(one) == 1, check
    return one[0]["health"], one[0]["why"], one[0]["remedy"]


class AMachine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.home = cls.lab.home("dana")

    def doctor(self, *arguments, before=None, words=()) -> tuple[int, dict]:
        done = subprocess.run([*words, str(STRONGROOM), "doctor", "--home", str(self.home), "--json",
                               *map(str, arguments)], capture_output=True, env=surroundings(), preexec_fn=before,
                              check=False)
        return done.returncode, json.loads(done.stdout.decode().splitlines()[-1])

    def test_is_told_in_fifteen_checks_each_with_what_to_do(self):
        _, told = self.doctor()
        self.assertEqual([each["check"] for each in told["checks"]],
                         ["fuse", "memory lock", "clock", "swap", "core dumps", "ptrace", "versions", "processor",
                          "home", "key file", "store", "disk", "server", "agent", "mounts"])
        for each in told["checks"]:
            self.assertIn(each["health"], ("ok", "warning", "wrong"))
            self.assertTrue(each["why"], each)
            self.assertEqual(bool(each["remedy"]), each["health"] != "ok", each)

    def test_ends_with_34_only_when_something_is_wrong(self):
        status, told = self.doctor()
        self.assertEqual(status, 34 if told["wrong"] else 0)
        status, told = self.doctor("--agent", "/nowhere/agent.sock")
        self.assertEqual((status, told["ok"]), (34, False))

    def test_with_a_home_open_to_others_is_told_how_to_close_it(self):
        os.chmod(self.home, 0o755)
        self.addCleanup(os.chmod, self.home, 0o700)
        health, _, remedy = found(self.doctor()[1], "home")
        self.assertEqual((health, remedy), ("wrong", f"chmod 0700 {self.home}"))

    def test_with_a_key_file_open_to_others_is_wrong(self):
        os.chmod(self.home / "key.json", 0o644)
        self.addCleanup(os.chmod, self.home / "key.json", 0o600)
        health, why, remedy = found(self.doctor()[1], "key file")
        self.assertEqual((health, "644" in why, remedy.startswith("chmod 0600 ")), ("wrong", True, True))

    def test_without_a_key_file_is_wrong(self):
        os.rename(self.home / "key.json", self.home / "away")
        self.addCleanup(os.rename, self.home / "away", self.home / "key.json")
        self.assertEqual(found(self.doctor()[1], "key file")[0], "wrong")

    def test_without_its_store_is_wrong(self):
        store = self.lab.path / "lab/server/objects"
        os.rename(store, store.with_name("away"))
        self.addCleanup(os.rename, store.with_name("away"), store)
        self.assertEqual(found(self.doctor()[1], "store")[0], "wrong")

    def test_that_may_lock_little_memory_is_told(self):
        limited = lambda: resource.setrlimit(resource.RLIMIT_MEMLOCK, (4096, 4096))  # noqa: E731
        health, why, _ = found(self.doctor(before=limited)[1], "memory lock")
        self.assertEqual((health, "4.1 kB" in why), ("wrong", True))

    def test_whose_shell_lets_programs_dump_core_is_told(self):
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        if hard == 0:
            self.skipTest("this machine lets nothing dump core")
        script = f"ulimit -c {'unlimited' if hard < 0 else hard // 1024}; \"$@\"; exit $?"
        _, told = self.doctor(words=("bash", "-c", script, "-"))
        self.assertEqual(found(told, "core dumps")[0], "warning")
        _, told = self.doctor(words=("bash", "-c", "ulimit -c 0; \"$@\"; exit $?", "-"))
        self.assertEqual(found(told, "core dumps")[0], "ok")

    def test_without_fuse_is_told(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], check=False).returncode != 0:
            self.skipTest("a mount namespace of its own takes root")
        hidden = ("unshare", "-m", "bash", "-c", "mount -t tmpfs none /dev && \"$@\"; exit $?", "-")
        health, why, _ = found(self.doctor(words=hidden)[1], "fuse")
        self.assertEqual((health, "/dev/fuse" in why), ("wrong", True))

    def test_without_a_server_is_told(self):
        self.assertEqual(found(self.doctor()[1], "server")[0], "ok")
        self.lab.stop("strongroom-server")
        self.addCleanup(self.lab.start_server)
        self.assertEqual(found(self.doctor()[1], "server")[0], "wrong")

    def test_whose_agent_answers_is_well(self):
        self.lab.start_agent()
        self.assertEqual(found(self.doctor("--agent", self.lab.socket)[1], "agent")[0], "ok")

    def test_whose_clock_was_set_back_is_told(self):
        self.lab.does("dana", "status")
        checkpoint = self.home / "log/checkpoint"
        before = checkpoint.stat()
        os.utime(checkpoint, (before.st_atime, before.st_mtime + 86_400))
        self.addCleanup(os.utime, checkpoint, (before.st_atime, before.st_mtime))
        self.assertEqual(found(self.doctor()[1], "clock")[0], "wrong")

    def test_is_looked_at_without_a_passphrase_and_unchanged(self):
        before = sorted(str(path) for path in self.lab.path.rglob("*"))
        self.doctor()
        self.assertEqual(sorted(str(path) for path in self.lab.path.rglob("*")), before)


class ToldFacts(unittest.TestCase):
    """What no test may do to a machine: judged from facts."""

    def judge(self, check: str, **facts) -> tuple[str, str, str]:
        path = self.lab_path / "facts.json"
        path.write_text(json.dumps({"facts": facts}, sort_keys=True, separators=(",", ":")))
        _, out, told = run("doctor", "--facts", path, "--json")
        self.assertEqual(told, "")
        return found(json.loads(out), check)

    def setUp(self):
        import pathlib
        import tempfile
        kept = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, kept)
        self.lab_path = pathlib.Path(kept)

    def test_swap(self):
        self.assertEqual(self.judge("swap", swap=1)[0], "warning")
        self.assertEqual(self.judge("swap", swap=0)[0], "ok")

    def test_ptrace(self):
        self.assertEqual(self.judge("ptrace", ptrace_scope=0)[0], "warning")
        self.assertEqual(self.judge("ptrace", ptrace_scope=1)[0], "ok")

    def test_versions(self):
        self.assertEqual(self.judge("versions", kernel_number=4_019)[0], "wrong")
        self.assertEqual(self.judge("versions", kernel_number=5_010)[0], "warning")
        self.assertEqual(self.judge("versions", kernel_number=6_001)[0], "ok")

    def test_processor(self):
        self.assertEqual(self.judge("processor", cpu_aes=0)[0], "warning")
        self.assertEqual(self.judge("processor", cpu_aes=1)[0], "ok")

    def test_disk(self):
        self.assertEqual(self.judge("disk", store_free_bytes=1_000, store_free_percent=50)[0], "wrong")
        self.assertEqual(self.judge("disk", store_free_bytes=10**12, store_free_percent=3)[0], "warning")
        self.assertEqual(self.judge("disk", store_free_bytes=10**12, store_free_percent=30)[0], "ok")

    def test_stale_mounts(self):
        health, _, remedy = self.judge("mounts", stale_mount="/mnt/model")
        self.assertEqual((health, "fusermount3 -u /mnt/model" in remedy), ("wrong", True))

    def test_clock_not_synchronised(self):
        self.assertEqual(self.judge("clock", clock_synchronised=0)[0], "warning")

    def test_fuse_without_permission_and_without_its_program(self):
        self.assertEqual(self.judge("fuse", fuse_device=1, fuse_usable=0)[0], "wrong")
        self.assertEqual(self.judge("fuse", fuse_device=1, fuse_usable=1, root=0, fusermount3=0)[0], "wrong")
        self.assertEqual(self.judge("fuse", fuse_device=1, fuse_usable=1, root=1, fusermount3=0)[0], "ok")

    def test_a_home_of_somebody_else(self):
        self.assertEqual(self.judge("home", home="/h", home_exists=1, home_own=0)[0], "wrong")

    def test_that_are_no_facts_are_refused(self):
        path = self.lab_path / "facts.json"
        for text in ("", "{", "[]", '{"facts":[]}', '{"facts": {}}'):
            path.write_text(text)
            self.assertEqual(run("doctor", "--facts", path)[0], 10, text)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
