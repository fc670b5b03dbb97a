#!/usr/bin/env python3
"""Sweeps, through the real programs: what lies on a host's disk and nobody has explained stands out, with a clock."""
import json
import pathlib
import shutil
import time
import unittest

from lab import BINARIES, SECONDS_MAX, Lab, run

USAGE, REFUSED = 2, 20


class Sweeps(unittest.TestCase):
    """One lab, one story: each step begins where the one before ended."""

    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)
        self.swept = self.lab.path / "swept"
        self.swept.mkdir()
        self.agent = self.lab.path / "lab/agent"

    def start_agent(self, *arguments) -> None:
        self.lab.start("strongroom-agent", "--data", self.agent, *arguments, ready=self.lab.socket)

    def told(self, *arguments) -> dict:
        return self.lab.tells("alice", "sightings", *arguments)

    def until(self, holds, what: str) -> dict:
        """What `strongroom sightings` tells once it is so."""
        end = time.monotonic() + SECONDS_MAX
        while not holds(told := self.told()):
            log = (self.lab.path / "strongroom-agent.log").read_text(errors="replace")
            self.assertLess(time.monotonic(), end, f"{what}: {told}\n{log}")
            time.sleep(0.2)
        return told

    def until_swept_again(self) -> dict:
        """After a sweep that began from here on."""
        number = max((each["number"] for each in self.told()["sweeps"]), default=0)
        return self.until(lambda told: told["sweeps"] and told["sweeps"][0]["number"] >= number + 2, "no sweep")

    def place(self, name: str, letter: bytes = b"w") -> pathlib.Path:
        model = self.lab.make_model("made-" + name) / "model.safetensors"
        bytes_ = model.read_bytes()
        head = bytes_[:-100_000]
        partial = self.lab.path / (name + ".partial")
        partial.write_bytes(head + letter * 100_000)
        partial.rename(self.swept / name)  # whole or not at all, as a sweep sees it
        return self.swept / name

    def test_an_unknown_model_is_unexplained_until_somebody_explains_it(self):
        self.start_agent("--sweep", self.swept, "--every", "1s")
        self.until(lambda told: told["sweeps"], "no first sweep")
        self.assertEqual(self.told()["sightings"], [])
        self.assertNotIn("unexplained", {each["kind"] for each in self.lab.tells("alice", "status")["wrong"]})

        unknown = self.place("unknown.safetensors")
        told = self.until(lambda told: told["unexplained"] == 1, "never seen")
        seen = told["sightings"][0]
        self.assertEqual(seen["place"], str(unknown))
        self.assertEqual((seen["kind"], seen["format"], seen["meaning"]), ("model", "safetensors", "unexplained"))
        self.assertEqual(seen["deadline"], seen["first_seen"] + 72 * 3600)
        self.assertFalse(seen["overdue"])
        self.assertEqual(self.told("--overdue")["sightings"], [])
        wrong = [each for each in self.lab.tells("alice", "status")["wrong"] if each["kind"] == "unexplained"]
        self.assertEqual([(each["count"], each["overdue"]) for each in wrong], [(1, 0)])

        # A copy under another name is another place of the same digest; the clock does not move.
        shutil.copy(unknown, self.lab.path / "copy.partial")
        (self.lab.path / "copy.partial").rename(self.swept / "holiday.jpg")
        told = self.until(lambda told: len(told["sightings"]) == 2, "the copy was never seen")
        self.assertEqual(len({each["digest"] for each in told["sightings"]}), 1)
        self.assertEqual({each["deadline"] for each in told["sightings"]}, {seen["deadline"]})
        self.assertEqual(told["unexplained"], 1)

        # Deleted is gone, and not explained.
        (self.swept / "holiday.jpg").unlink()
        told = self.until(lambda told: sum("gone" in each for each in told["sightings"]) == 1, "never gone")
        gone = next(each for each in told["sightings"] if "gone" in each)
        self.assertEqual(gone["place"], str(self.swept / "holiday.jpg"))
        self.assertEqual(told["unexplained"], 1)

        # Another agent in the same place says nothing twice.
        self.lab.stop("strongroom-agent")
        self.start_agent()
        told = self.until_swept_again()
        self.assertEqual(len(told["sightings"]), 2)
        self.assertEqual(min(each["first_seen"] for each in told["sightings"]), seen["first_seen"])

        # A custodian who is neither depositor nor officer explains nothing; the reason must be given.
        digest = seen["digest"][:16]
        self.lab.does("alice", "explain", digest, "--not-ours", "--reason", "so she says", expect=REFUSED)
        self.lab.does("dana", "explain", digest, "--not-ours", expect=USAGE)
        self.lab.seal("known", "known")
        told = self.lab.tells("dana", "explain", digest, "--asset", "known")
        self.assertEqual(told["meaning"], "asset")
        self.assertEqual(self.told("--unexplained")["sightings"], [])
        self.assertEqual({each["asset_name"] for each in self.told()["sightings"]}, {"known"})
        self.lab.does("dana", "explain", digest, "--withdraw", "--reason", "it was not")
        self.assertEqual(self.told()["unexplained"], 1)
        self.lab.does("dana", "explain", digest, "--not-ours", "--reason", "a test fixture")
        self.assertEqual(self.told()["unexplained"], 0)

        self.lab.stop("strongroom-agent")
        status, out, why = run(self.lab.path / "lab/server/public", "--demonstration", "--id", self.strongroom(),
                               program=BINARIES / "strongroom-verify")
        self.assertEqual(status, 0, out + why)

    def strongroom(self) -> str:
        return json.loads((self.agent / "config.json").read_text())["strongroom"]

    def test_what_an_agent_forgot_is_told_anew_and_stands_once(self):
        self.place("unknown.safetensors")
        self.start_agent("--sweep", self.swept, "--every", "1s")
        self.until(lambda told: told["unexplained"] == 1, "never seen")
        self.lab.stop("strongroom-agent")
        (self.agent / "sweeps.json").unlink()
        self.start_agent()
        told = self.until_swept_again()
        self.assertEqual(sum("gone" not in each for each in told["sightings"]), 1)
        self.assertEqual(told["unexplained"], 1)

    def test_a_plan_outlives_joining_again(self):
        self.start_agent("--sweep", self.swept, "--every", "12h")
        self.until(lambda told: told["sweeps"], "no first sweep")
        self.lab.stop("strongroom-agent")
        before = json.loads((self.agent / "config.json").read_text())
        self.assertEqual(before["sweep"], {"directories": [str(self.swept)], "every": 12 * 3600})
        url = json.loads((self.lab.path / "lab/server/server.json").read_text())["url"]
        status, _, told = run("join", "--demonstration", "--agent", self.agent, "--id", self.strongroom(), "--server", url,
                              "--store", before["store"])
        self.assertEqual(status, 0, told)
        self.assertEqual(json.loads((self.agent / "config.json").read_text()), {**before, "server": url})

    def test_a_place_whose_name_deceives_is_shown_escaped(self):
        self.place("line\nbreak\x1b[2J\u202e.safetensors")
        self.start_agent("--sweep", self.swept, "--sweep-now")
        self.until(lambda told: told["unexplained"] == 1, "never seen")
        out, _ = self.lab.does("alice", "sightings")
        self.assertIn("line\\nbreak\\x1b[2J\\u{202e}.safetensors".replace("\\", "\\"), out.replace("\\\\", "\\"))
        self.assertNotIn("\x1b[2J", out)

    def test_while_the_server_is_away_nothing_is_lost(self):
        self.start_agent("--sweep", self.swept, "--every", "1s")
        self.until(lambda told: told["sweeps"], "no first sweep")
        server = self.lab.path / "lab/server/server.json"
        url = json.loads(server.read_text())["url"]
        self.lab.stop("strongroom-server")
        self.place("unknown.safetensors")
        time.sleep(3)  # at least one sweep finds it, with nobody to tell
        server.unlink(missing_ok=True)
        self.lab.start("strongroom-server", "--data", self.lab.path / "lab/server", "--listen",
                       url.removeprefix("http://"), ready=server)
        self.until(lambda told: told["unexplained"] == 1, "never told")


if __name__ == "__main__":
    unittest.main()
