#!/usr/bin/env python3
"""What a person meets: one line that says what happened and what to do next, its code, more when asked for."""
import re
import unittest

from lab import BINARIES, PASSPHRASE, STRONGROOM, Lab, Terminal, plain, run

SERVICES = ("strongroom-server", "strongroom-agent")


class Errors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        cls.lab.seal("my-model")

    def meets(self, code: int, *arguments, who="dana", says="", passphrase=PASSPHRASE) -> str:
        status, out, told = run(*self.lab.words(who, *arguments), passphrase=passphrase)
        self.assertEqual(status, code, told + out)
        lines = [line for line in told.splitlines() if "freshness unproved" not in line]
        self.assertEqual(len(lines), 1, told)
        self.assertTrue(lines[0].startswith("strongroom: "), told)
        self.assertRegex(lines[0], r"; |--|\?|strongroom |: ", "says what to do next")
        self.assertIn(says, lines[0])
        return lines[0]

    def test_each_has_the_code_that_is_documented(self):
        self.meets(2, "seal", self.lab.path, says="--name is required")
        self.meets(12, "approve", "demo-00000000", who="alice", says="strongroom status lists them")
        self.meets(12, "freeze", "no-such-model", who="alice", says="strongroom status lists")
        self.meets(12, "scan", "/nowhere/at/all", says="/nowhere/at/all")
        self.meets(13, "init", "--data", self.lab.path / "lab", "--custodians", "a,b", says="already")
        self.meets(22, "status", passphrase=b"not the passphrase", says="try the right key")
        self.meets(33, "open", "my-model", "--for", "x", "--agent", "/nowhere.sock", "--mount",
                   self.lab.path / "m", "--no-wait")

    def test_say_what_to_do_next(self):
        """The commonly met ones; each has to name a way on, by itself or with the remedy of its kind."""
        empty = self.lab.path / "no-files"
        empty.mkdir()
        proposal = self.lab.ask("my-model")
        recalled = self.lab.ask("my-model")
        self.lab.does("carol", "recall", recalled, "--yes")
        for code, says, who, *words in [
                (2, "; type one", "dana", "status", b""),
                (11, "; take a shorter one", "dana", "status", b"x" * 2000),
                (12, "; look at the name", "dana", "scan", "/nowhere"),
                (10, "; write it without them", "dana", "seal", self.lab.path / "model", "--name", "a\nb"),
                (11, "; make it shorter", "dana", "seal", self.lab.path / "model", "--name", "x" * 20_000),
                (2, "holds no files to seal; links", "dana", "seal", empty, "--name", "x"),
                (2, "--hours: abc is not a number", "dana", "open", "my-model", "--hours", "abc"),
                (2, "did you mean --hours?", "dana", "open", "my-model", "--hous", "3"),
                (2, '--for "eval run"', "dana", "open", "my-model", "--agent", self.lab.socket, "--mount", empty),
                (20, "is not custodian or officer; ask", "dana", "freeze", "my-model"),
                (20, "is not depositor or officer; ask", "alice", "seal", self.lab.path / "model", "--name", "y"),
                (22, "its custodians alone can answer", "dana", "approve", proposal, "--yes"),
                (22, "; confirm with a key", "dana", "confirm", "my-model"),
                (20, "recalled; ask again with strongroom open", "alice", "approve", recalled, "--yes"),
                (14, "recalled already; look again", "carol", "recall", recalled, "--yes"),
                (20, "; keep backups", "alice", "recover", "--test"),
                (2, "from 1 to 365", "alice", "level", "my-model", "SL2", "--days", "400", "--reason", "r")]:
            passphrase = words.pop() if isinstance(words[-1], bytes) else PASSPHRASE
            with self.subTest(" ".join(map(str, words))[:60]):
                self.meets(code, *words, who=who, says=says, passphrase=passphrase)

    def test_of_no_terminal_say_how_else(self):
        status, _, told = run(*self.lab.words("alice", "status"), start_new_session=True)
        self.assertEqual((status, told.count("\n")), (34, 1), told)
        self.assertIn("--passphrase-fd", told)

    def test_of_damaged_keys_say_so_and_show_nothing_of_them(self):
        home = self.lab.home("bob")
        whole = (home / "key.json").read_bytes()
        try:
            (home / "key.json").write_bytes(whole[:100])
            told = self.meets(10, "status", who="bob", says="key.json")
            self.assertNotIn(whole[60:90].hex(), told)
            (home / "key.json").write_bytes(whole)
            (home / "key.json").chmod(0o644)
            self.meets(20, "status", who="bob", says="chmod 600")
        finally:
            (home / "key.json").write_bytes(whole)
            (home / "key.json").chmod(0o600)

    def test_a_freeze_has_its_own_code(self):
        self.lab.start_agent()
        frozen = self.lab.seal("to-freeze", "frozen")
        proposal = self.lab.ask("to-freeze")
        self.lab.does("carol", "freeze", frozen["object"], "--yes")
        status, _, told = run(*self.lab.words("alice", "approve", proposal, "--yes"), passphrase=PASSPHRASE)
        self.assertEqual(status, 23, told)

    def test_with_too_few_approvals_is_not_yet(self):
        proposal = self.lab.ask("my-model")
        self.meets(25, "open", "--proposal", proposal, "--agent", self.lab.socket, "--no-wait", says="approvals are")

    def test_say_what_was_in_hand_when_asked(self):
        status, _, told = run(*self.lab.words("dana", "approve", "demo-00000000", "--verbose"), passphrase=PASSPHRASE)
        self.assertEqual(status, 12)
        for label in ("verb", "code", "because", "home", "strongroom", "server", "log", "system", "version"):
            self.assertRegex(told, rf"(?m)^  {label} ")

    def test_are_told_in_json(self):
        told = self.lab.tells("dana", "approve", "demo-00000000", expect=12)
        self.assertEqual((told["ok"], told["error"]), (False, "not_found"))

    def test_with_no_home_say_how_to_name_one(self):
        status, _, told = run("status")
        self.assertEqual(status, 2)
        self.assertIn("STRONGROOM_HOME", told)

    def test_a_wait_that_is_interrupted_names_what_it_leaves(self):
        self.lab.start_agent()
        words = self.lab.words("dana", "open", "my-model", "--for", "x", "--agent", self.lab.socket, "--mount",
                               self.lab.path / "mount")
        with Terminal([STRONGROOM, *words], columns=200) as terminal:
            terminal.waits_for("assphrase of")
            terminal.type(PASSPHRASE + b"\n")
            terminal.waits_for("waiting for 2 more approvals of alice, bob, carol")
            terminal.type("\x03")
            self.assertEqual(terminal.ends(), 35)
            said = plain(terminal.text())
        proposal = re.search(r"stands and waits still; take it up with strongroom open --proposal (demo-\w+)", said)
        self.assertIsNotNone(proposal, said)
        waiting = [each["proposal"] for each in self.lab.tells("dana", "status")["requests"]]
        self.assertIn(proposal.group(1), waiting)


class OtherPrograms(unittest.TestCase):
    """The server's, the agent's and the verifier's."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)

    def meets(self, program: str, code: int, says: str, *arguments) -> str:
        status, out, told = run(*arguments, program=BINARIES / program)
        self.assertEqual(status, code, told + out)
        self.assertEqual(told.count("\n"), 1, told)
        self.assertTrue(told.startswith(program + ": "), told)
        self.assertIn(says, told)
        return told

    def test_say_what_is_wrong_with_a_command_line_on_one_line(self):
        for program in SERVICES:
            self.meets(program, 2, f"--data is required; {program} --help shows how")
            told = self.meets(program, 2, "x\\x1b[31m", "--data", "/nowhere", "x\x1b[31m")
            self.assertNotIn("\x1b", told)
        told = self.meets("strongroom-verify", 2, "--id is required; strongroom-verify --help", "/nowhere\x1b")
        self.assertNotIn("\x1b", told)

    def test_say_what_to_do_next(self):
        server = self.lab.path / "lab/server"
        self.meets("strongroom-server", 14, "stop that one", "--data", server)
        self.meets("strongroom-server", 12, "is this a server's directory?", "--data", "/nowhere")
        self.meets("strongroom-server", 2, "--listen 127.0.0.1:PORT", "--data", server, "--listen", "0.0.0.0:1")
        self.meets("strongroom-agent", 12, "; look at the name, the directory", "--data", "/nowhere")
        self.meets("strongroom-agent", 2, "; name an agent's directory", "--data", self.lab.home("alice"))

    def test_take_their_directory_before_or_behind_the_verb(self):
        for words in (("--data", "/nowhere", "found"), ("found", "--data", "/nowhere")):
            self.meets("strongroom-server", 12, "/nowhere", *words, "--genesis", "/nowhere/genesis.json")

    def test_say_more_when_asked(self):
        for program in SERVICES:
            status, _, told = run("--data", "/nowhere", "--verbose", program=BINARIES / program)
            self.assertEqual(status, 12)
            self.assertTrue(told.splitlines()[0].startswith(program + ": "))
            for label in ("code", "because", "in general"):
                self.assertRegex(told, rf"(?m)^  {label} ")

    def test_of_a_log_tell_a_mistyped_place_from_an_attack(self):
        log = self.lab.path / "lab/server/public"
        identity = self.lab.tells("alice", "status")["id"]
        verify = ["--id", identity, "--demonstration"]
        status, out, _ = run("/nowhere", *verify, program=BINARIES / "strongroom-verify")
        self.assertEqual(status, 12)
        self.assertIn("Is that the right place?", out)
        status, out, _ = run(log, "--id", "x\x1b[31m", program=BINARIES / "strongroom-verify")
        self.assertEqual(status, 2)
        self.assertTrue(out.startswith("Nothing was verified: "))
        self.assertNotIn("\x1b", out)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
