#!/usr/bin/env python3
"""Imports through the real programs: the example, a table, a scanned tree; what is said once is not said again."""
import fcntl
import hashlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import termios
import time
import unittest

from lab import BINARIES, PASSPHRASE, ROOT, SECONDS_MAX, STRONGROOM, Lab, run, surroundings

USAGE, MALFORMED, NOT_FOUND, REFUSED, INTERRUPTED, HOSTILE = 2, 10, 12, 20, 35, 42
EXAMPLE = json.loads((ROOT / "catalog/example_lab.json").read_text())


def weights(name: str, seed: int, size: int = 4096) -> bytes:
    body = hashlib.shake_256(seed.to_bytes(4, "big")).digest(size)
    head = json.dumps({name: {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(head)) + head + body


class ALab(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def file(self, name: str, content) -> pathlib.Path:
        path = self.lab.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def imports(self, *what, expect=0, who="dana") -> dict:
        return self.lab.tells(who, "import", *what, expect=expect)

    def refusal(self, code: int, *what) -> str:
        _, told = self.lab.does("dana", "import", *what, expect=code)
        return told

    def verified(self) -> None:
        pin = json.loads((self.lab.home("dana") / "config.json").read_text())["strongroom"]
        status, out, told = run(self.lab.path / "lab/server/public", "--id", pin, "--demonstration",
                                program=BINARIES / "strongroom-verify")
        self.assertEqual(status, 0, out + told)


class TheExample(ALab):
    def test_becomes_an_inventory_in_which_the_second_run_says_nothing(self):
        told = self.imports("--example")
        self.assertEqual((told["new"], told["changed"], told["same"]), (40, 0, 0))
        self.assertEqual(sum(told["levels"].values()), 40)
        self.assertGreaterEqual(told["levels"]["SL5"], 1)
        again = self.imports("--example")
        self.assertEqual((again["new"], again["changed"], again["same"], again["entries"]), (0, 0, 40, 0))
        self.assertEqual(again["levels"], told["levels"])
        self.verified()

    def test_is_shown_and_not_said_by_a_dry_run(self):
        told = self.imports("--example", "--dry-run")
        self.assertEqual((told["dry_run"], told["new"], len(told["said"])), (True, 40, 40))
        self.assertEqual(self.imports("--example", "--dry-run")["new"], 40)

    def test_changed_in_one_fact_says_that_asset_again_and_no_other(self):
        self.imports("--example")
        changed = json.loads(json.dumps(EXAMPLE))
        changed["assets"][3]["hosts"] = ["lab-bench"]
        told = self.imports(self.file("changed.json", json.dumps(changed)))
        self.assertEqual([(each["asset"], each["facts"]) for each in told["said"]],
                         [(changed["assets"][3]["name"], ["hosts"])])
        self.assertEqual(told["same"], 39)

    def test_is_not_for_what_is_no_demonstration(self):
        status, _, told = run("import", "--home", self.lab.home("dana"), "--example", passphrase=PASSPHRASE)
        self.assertEqual(status, USAGE, told)

    def test_that_a_quorum_gave_its_reference_and_index_needs_less(self):
        before = self.imports("--example")["levels"]
        for words in (("reference", "the best public model", "--as-of", "2026-10-01"),
                      ("public-index", ROOT / "catalog/example_lab.json", "--source", "the example's own")):
            change = self.lab.tells("alice", *words, "--reason", "a test")["change"]
            self.assertFalse(self.lab.tells("bob", "approve", change, "--yes")["made"])
            self.assertTrue(self.lab.tells("carol", "approve", change, "--yes")["made"])
        told = self.imports("--example")
        self.assertEqual({tuple(each["facts"]) for each in told["said"]}, {("listing",)})
        self.assertLess(told["levels"]["SL4"], before["SL4"])
        self.verified()

    def test_takes_a_finding_that_raises_until_a_quorum_dismisses_it(self):
        self.imports("--example")
        told = self.lab.tells("dana", "finding", "toy-arith", "--at-least", "SL5", "--reason", "an exploit chain")
        self.assertEqual(told["level"], "SL5")
        change = self.lab.tells("alice", "dismiss", told["position"], "--reason", "looked at")["change"]
        self.lab.tells("bob", "approve", change, "--yes")
        self.assertTrue(self.lab.tells("carol", "approve", change, "--yes")["made"])


class ATable(ALab):
    def test_says_some_facts_and_leaves_the_others_as_they_were(self):
        self.imports(self.file("a.csv", "name,owner,kind,people,anyone\nx,Ada,model,Ada;Bo,no\n"))
        told = self.imports(self.file("b.csv", "name,parent,method,standing.cyber\nx,none,,below\n"))
        self.assertEqual([(each["asset"], each["facts"]) for each in told["said"]], [("x", ["derivation", "standing"])])
        self.assertEqual(self.imports(self.lab.path / "a.csv")["same"], 1)
        self.assertEqual(self.imports(self.lab.path / "b.csv")["entries"], 0)

    def test_names_the_same_person_by_the_same_commitment(self):
        self.imports(self.file("a.csv", "name,owner\nx,Ada\ny,Ada\n"))
        self.assertEqual(self.imports(self.file("c.csv", "name,owner\ny,Ada\nx,Ada\n"))["same"], 2)

    def test_with_a_word_that_is_none_is_refused_with_line_and_column(self):
        told = self.refusal(MALFORMED, self.file("a.csv", "name,kind,standing.cyber\nx,model,below\ny,model,mighty\n"))
        self.assertIn("line 3, column standing.cyber", told)
        told = self.refusal(MALFORMED, self.file("b.csv", "name,owner,colour\nx,Ada,red\n"))
        self.assertIn("line 1, column 3: colour is none of the columns", told)
        self.assertEqual(self.imports(self.file("c.csv", "name\nx\n"), "--dry-run")["new"], 1)  # nothing was said

    def test_that_names_a_parent_that_is_nowhere_is_refused_with_its_line(self):
        told = self.refusal(NOT_FOUND, self.file("a.csv", "name,parent,method\nx,bsae,tuning\n"))
        self.assertIn("line 2: no asset is called bsae", told)

    def test_that_makes_two_assets_descend_from_one_another_is_refused(self):
        told = self.refusal(REFUSED, self.file("a.csv", "name,parent,method\nx,y,tuning\ny,x,tuning\n"))
        self.assertIn("descend from itself", told)
        self.verified()

    def test_cannot_give_one_digest_to_two_assets(self):
        self.refusal(14, self.file("a.csv", f"name,digest\nx,{'ab' * 32}\ny,{'ab' * 32}\n"))

    def test_leads_no_word_to_the_screen_that_steers_a_terminal(self):
        told = self.refusal(MALFORMED, self.file("a.csv", b"name\n\x1b[2Jx\n"))
        self.assertNotIn("\x1b", told)


class ATree(ALab):
    def test_becomes_assets_with_the_places_of_their_copies_and_nothing_hostile(self):
        self.file("tree/a/base.safetensors", weights("layer", 1))
        self.file("tree/b/copy.safetensors", weights("layer", 1))
        self.file("tree/other.safetensors", weights("layer", 2))
        self.file("tree/evil.pkl", b"cposix\nsystem\n(S'id'\ntR.")
        told = self.imports(self.lab.path / "tree", "--host", "here", expect=HOSTILE)
        self.assertEqual(told["new"], 2)
        self.assertEqual([pathlib.Path(each["path"]).name for each in told["hostile"]], ["evil.pkl"])
        self.assertEqual(told["several_places"], [{"asset": "a/base.safetensors", "places": [
            f"here:{self.lab.path}/tree/a/base.safetensors", f"here:{self.lab.path}/tree/b/copy.safetensors"]}])
        self.assertEqual(told["levels"]["SL4"], 2)
        again = self.imports(self.lab.path / "tree", "--host", "here", expect=HOSTILE)
        self.assertEqual((again["same"], again["entries"], again["undeclared_copies"]), (2, 0, []))
        self.file("tree/c/third.safetensors", weights("layer", 1))
        told = self.imports(self.lab.path / "tree", "--host", "here", expect=HOSTILE)
        self.assertEqual(told["undeclared_copies"], [
            {"asset": "a/base.safetensors", "place": f"here:{self.lab.path}/tree/c/third.safetensors"}])
        self.verified()

    def test_keeps_what_people_said_of_a_model_that_it_finds_by_its_digest(self):
        content = weights("layer", 3)
        digest = hashlib.sha256(content).hexdigest()
        self.imports(self.file("a.csv", f"name,owner,digest,access\nours,Ada,{digest},secrets\n"))
        self.file("tree/renamed.safetensors", content)
        told = self.imports(self.lab.path / "tree")
        self.assertEqual([(each["asset"], each["facts"]) for each in told["said"]], [("ours", ["hosts"])])

    def test_whose_file_took_the_place_of_another_is_another_asset(self):
        self.file("tree/m.safetensors", weights("layer", 4))
        self.imports(self.lab.path / "tree")
        content = weights("layer", 5)
        self.file("tree/m.safetensors", content)
        told = self.imports(self.lab.path / "tree")
        self.assertEqual([each["asset"] for each in told["said"]],
                         [f"m.safetensors [{hashlib.sha256(content).hexdigest()[:8]}]"])
        self.assertEqual(self.imports(self.lab.path / "tree")["entries"], 0)


class AnImportThatIsStopped(ALab):
    def stopped_in_the_middle(self, table) -> int:
        """Told to stop after its first line of progress and before its third: its stderr has no room for more until
        then, so it waits. Gives the exit status."""
        page, line = 4096, b"strongroom: importing 48 of 600 assets\n"
        before = b"strongroom: freshness unproved: no witness has cosigned this log\n"
        read, write = os.pipe()
        fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, page)
        self.assertEqual(fcntl.fcntl(write, fcntl.F_GETPIPE_SZ), page)
        filled = page - len(before) - len(line) * 3 // 2
        os.write(write, b"." * filled)
        secret, passphrase = os.pipe()
        os.write(passphrase, PASSPHRASE)
        os.close(passphrase)
        process = subprocess.Popen([STRONGROOM, *self.lab.words("dana", "import", table), "--passphrase-fd", str(secret)],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write,
                                   pass_fds=(secret,), env=surroundings(),
                                   # Whoever runs this in the background has it ignored.
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        os.close(secret)
        os.close(write)
        until = time.monotonic() + SECONDS_MAX
        while (told := self.waiting_in(read)) < filled + len(before) + len(line):
            self.assertIsNone(process.poll(), f"ended, having said {told - filled} bytes")
            self.assertLess(time.monotonic(), until, f"said {told - filled} bytes")
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        said = b""
        while some := os.read(read, page):
            said += some
        os.close(read)
        self.assertIn(line, said[filled:])
        self.assertIn(b"told to stop", said)
        return process.wait(SECONDS_MAX)

    @staticmethod
    def waiting_in(pipe: int) -> int:
        count = bytearray(4)
        fcntl.ioctl(pipe, termios.FIONREAD, count)
        return int.from_bytes(count, sys.byteorder)

    def test_leaves_whole_assets_and_the_next_one_says_the_rest(self):
        rows = "".join(f"asset-{n},Owner {n}\n" for n in range(600))
        table = self.file("many.csv", "name,owner\n" + rows)
        self.assertEqual(self.stopped_in_the_middle(table), INTERRUPTED)
        told = self.imports(table)
        self.assertEqual(told["new"] + told["same"], 600)
        self.assertGreater(told["new"], 0)
        self.assertGreaterEqual(told["same"], 48)  # whole, each of them
        self.assertEqual(told["changed"], 0)
        self.assertEqual(self.imports(table)["entries"], 0)
        self.verified()


if __name__ == "__main__":
    unittest.main()
