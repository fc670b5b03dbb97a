#!/usr/bin/env python3
"""The inventory through the real programs: what is there, what binds, how it was, and the same for other programs."""
import csv
import io
import json
import sqlite3
import unittest

import cyclonedx
from lab import Lab, plain

USAGE, MALFORMED, NOT_FOUND, REFUSED, NETWORK = 2, 10, 12, 20, 33


class ALab(unittest.TestCase):
    def setUp(self):
        self.lab = Lab()
        self.addCleanup(self.lab.close)

    def rows(self, *arguments) -> dict:
        return {each["name"]: each for each in self.lab.tells("dana", "inventory", *arguments)["assets"]}

    def one(self, name: str, *arguments) -> dict:
        return self.lab.tells("dana", "inventory", "--asset", name, *arguments)

    def register(self, name: str, level: str = "") -> str:
        """A depositor registers what nobody has named before; with a level a custodian asks for it: the change."""
        self.lab.does("dana", "level", name, "SL5", "--days", "30", "--reason", "only registers", expect=REFUSED)
        if not level:
            return ""
        return self.lab.tells("carol", "level", name, level, "--days", "30", "--reason", "a test")["change"]

    def erase(self, name: str) -> None:
        """As an operator does who was asked to forget a name."""
        self.lab.stop("strongroom-server")
        with sqlite3.connect(self.lab.path / "lab/server/strongroom.db") as database:
            gone = database.execute("DELETE FROM sequencer_texts WHERE text = ?", (name,)).rowcount
        database.close()
        self.assertEqual(gone, 1)
        (self.lab.path / "lab/server/server.json").unlink(missing_ok=True)
        self.lab.start_server()


class AnEmptyInventory(ALab):
    def test_says_what_to_do_and_is_valid_in_every_form(self):
        out, _ = self.lab.does("dana", "inventory")
        self.assertIn("Nothing is registered yet", out)
        self.assertEqual(self.rows(), {})
        table, _ = self.lab.does("dana", "inventory", "--csv")
        self.assertTrue(table.startswith("name,digest,kind,owner,"))
        self.assertEqual(len(table.splitlines()), 1)
        bom, _ = self.lab.does("dana", "inventory", "--cyclonedx")
        self.assertEqual(json.loads(bom)["components"], [])
        self.lab.does("dana", "inventory", "--tree")


class AnInventory(ALab):
    def test_shows_that_of_which_nothing_is_known_with_the_strictest_level(self):
        self.register("first")
        row = self.rows()["first"]
        self.assertEqual((row["level"], row["asks"], row["set"]), ("SL5", "SL4", False))
        self.assertNotIn("categories", row)
        out, _ = self.lab.does("dana", "inventory")
        self.assertRegex(plain(out), r"SL5 +SL4 +first +model")
        self.assertIn("of 1 no quorum has set it", out)

    def test_is_filtered_by_what_binds_what_is_asked_and_by_words(self):
        self.register("alpha")
        change = self.register("beta", "SL4")
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", change, "--yes")
        self.assertEqual(set(self.rows("--level", "SL4")), {"beta"})
        self.assertEqual(set(self.rows("--level", "SL5")), {"alpha"})
        self.assertEqual(set(self.rows("--asks", "SL4")), {"alpha", "beta"})
        self.assertEqual(set(self.rows("--unset")), {"alpha"})
        self.assertEqual(set(self.rows("--kind", "model")), {"alpha", "beta"})
        self.assertEqual(set(self.rows("--kind", "dataset")), set())
        self.assertEqual(set(self.rows("ALPH")), {"alpha"})
        self.assertEqual(set(self.rows("--findings")), set())
        self.assertEqual(set(self.rows("--expiring", "40")), {"beta"})
        self.assertEqual(set(self.rows("--expiring", "3")), set())

    def test_of_an_earlier_position_has_neither_what_was_set_nor_what_was_registered_later(self):
        change = self.register("alpha", "SL4")
        before = self.lab.tells("dana", "inventory")["entries"] - 1
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", change, "--yes")
        self.register("beta")
        self.assertEqual(self.rows()["alpha"]["level"], "SL4")
        then = self.rows("--as-of", str(before))
        self.assertEqual((set(then), then["alpha"]["level"]), ({"alpha"}, "SL5"))
        kinds = {each["type"] for each in self.one("alpha", "--as-of", str(before))["history"]}
        self.assertIn("change-proposed", kinds)
        self.assertNotIn("changed", kinds)
        told = self.lab.does("dana", "inventory", "--as-of", "2020-01-01", expect=NOT_FOUND)[1]
        self.assertIn("had not been founded yet", told)
        self.lab.does("dana", "inventory", "--as-of", "yesterday", expect=USAGE)
        out, _ = self.lab.does("dana", "inventory", "--as-of", str(before))
        self.assertIn(f"As of log entry {before}", out)

    def test_of_one_asset_tells_everything_that_the_log_says_of_it(self):
        change = self.register("alpha", "SL4")
        for who in ("alice", "bob"):
            self.lab.does(who, "approve", change, "--yes")
        self.lab.seal("alpha")
        self.register("beta")
        history = self.one("alpha")["history"]
        types = [each["type"] for each in history]
        self.assertEqual(types[:3], ["registered", "triaged", "change-proposed"])
        for kind in ("change-voted", "changed", "deposited"):
            self.assertIn(kind, types)
        self.assertEqual(types.count("registered"), 1)
        self.assertEqual(history[0]["by"], "dana")
        self.assertEqual([each["entry"] for each in history], sorted(each["entry"] for each in history))
        out, _ = self.lab.does("dana", "inventory", "--asset", "alpha")
        self.assertIn("History", out)
        self.assertRegex(out, r"sealed as object demo-[0-9a-f]+, by dana")

    def test_is_found_by_the_beginning_of_an_id_too(self):
        self.register("alpha")
        shown = self.rows()["alpha"]["asset"]
        self.assertEqual(self.one(shown[:15])["asset"]["name"], "alpha")
        self.lab.does("dana", "inventory", "--asset", "alph", expect=NOT_FOUND)

    def test_tells_what_was_known_when_the_server_is_away(self):
        self.register("alpha")
        self.rows()
        self.lab.stop("strongroom-server")
        out, why = self.lab.does("dana", "inventory", "--json", expect=NETWORK)
        told = json.loads(out.splitlines()[-1])
        self.assertEqual(told["assets"][0]["name"], "alpha")
        self.assertEqual((told["ok"], told["error"]), (False, "network"))
        self.assertIn(told["message"], why)
        # Who did what in a history is named by texts that are not kept here.
        out, _ = self.lab.does("dana", "inventory", "--asset", "alpha", "--json", expect=NETWORK)
        self.assertEqual(set(json.loads(out.splitlines()[-1])), {"error", "message", "ok"})
        for form in (["--csv"], ["--cyclonedx"], []):
            out, why = self.lab.does("dana", "inventory", *form, expect=NETWORK)
            self.assertIn("alpha", out)
            self.assertIn("this is what was known before", why)

    def test_of_everything_or_of_one_is_not_chosen_from(self):
        self.register("alpha")
        for chosen in (["--level", "SL5"], ["--asks", "SL4"], ["--kind", "model"], ["--owner", "mia"], ["--findings"],
                       ["--unset"], ["--expiring", "7"], ["alpha"]):
            _, told = self.lab.does("dana", "inventory", "--tree", *chosen, expect=USAGE)
            self.assertIn("begin at one with --asset NAME", told)
            _, told = self.lab.does("dana", "inventory", "--asset", "alpha", *chosen, expect=USAGE)
            self.assertIn("--asset is one of them already", told)


class AName(ALab):
    def test_that_was_erased_has_a_pseudonym_that_stays_and_everything_else_is_there(self):
        self.register("alpha")
        self.rows()  # kept here before
        self.erase("alpha")
        first, second = self.rows(), self.rows()
        self.assertEqual(first, second)
        (name,) = first
        self.assertRegex(name, r"^erased-[0-9a-f]{8}$")
        self.assertEqual(self.one(name)["history"][0]["type"], "registered")
        self.lab.stop("strongroom-server")
        out, _ = self.lab.does("dana", "inventory", "--json", expect=NETWORK)
        self.assertNotIn("alpha", out)

    def test_that_would_be_a_formula_is_none_in_a_table(self):
        names = ["=HYPERLINK(\"http://x\")", "+1", "@sum", "'quoted", "a,\"b\"", "plain"]
        for name in names:
            self.register(name)
        table, _ = self.lab.does("dana", "inventory", "--csv")
        cells = [row["name"] for row in csv.DictReader(io.StringIO(table))]
        self.assertEqual(sorted(cells), sorted("'" + each if each[0] in "=+-@'" else each for each in names))
        self.assertFalse([cell for row in csv.reader(io.StringIO(table)) for cell in row if cell[:1] in "=+-@" and cell])

    def test_that_would_steer_a_terminal_reaches_neither_the_log_nor_a_screen(self):
        self.lab.does("dana", "level", "\x1b[2Jhello", "SL5", expect=MALFORMED)
        self.register("x) (asks SL1\u3164")
        out, _ = self.lab.does("dana", "inventory")
        self.assertNotIn("\x1b", out)
        self.assertNotIn("\u3164", out)
        tree, _ = self.lab.does("dana", "inventory", "--asset", "x) (asks SL1\u3164", "--tree")
        self.assertIn("\"x) (asks SL1", tree)

    def test_is_offered_by_completion_once_it_was_listed(self):
        self.register("alpha")
        self.lab.does("dana", "inventory")
        out, _ = self.lab.does("dana", "candidates", "names")
        self.assertEqual(out.split(), ["alpha"])


class ABillOfMaterials(ALab):
    def bill(self) -> str:
        self.register("alpha")
        self.register("=beta")
        return self.lab.does("dana", "inventory", "--cyclonedx")[0]

    def test_names_every_asset_with_what_binds(self):
        components = {each["name"]: each for each in json.loads(self.bill())["components"]}
        self.assertEqual(set(components), {"alpha", "=beta"})
        properties = {each["name"]: each["value"] for each in components["alpha"]["properties"]}
        self.assertEqual((properties["strongroom:level"], properties["strongroom:triage"]), ("SL5", "SL4"))

    def test_is_valid_by_the_published_schema(self):
        cyclonedx.skip_unless_checkable()
        self.assertEqual(cyclonedx.complaint_about(self.bill()), "")


class TriageOfTheLog(ALab):
    def test_gives_the_levels_that_the_log_carries(self):
        self.register("alpha")
        self.register("beta", "SL4")
        logged = {name: row["asks"] for name, row in self.rows().items()}
        decided = {each["asset"]: each["level"] for each in self.lab.tells("dana", "triage")["assets"]}
        self.assertEqual(decided, logged)

    def test_of_one_asset_says_where_it_stands_what_binds_and_how_its_level_could_bind(self):
        self.register("alpha")
        out, _ = self.lab.does("dana", "triage", "--asset", "alpha", "--markdown")
        self.assertIn("## What binds", out)
        self.assertIn("SL5 binds it", out)
        self.assertIn("Nobody has named the best public model", out)
        self.assertRegex(out, r"strongroom level alpha SL4 --days \d+ --reason")
        assessment = self.lab.tells("dana", "triage", "--asset", "alpha")["assessment"]
        self.assertIn("registered by dana", assessment["sources"]["kind"]["by"])
        every = set(assessment["facts"])
        for section in assessment["sections"]:
            for sentence in section["sentences"]:
                self.assertLessEqual(set(sentence["facts"]), every, sentence["text"])

    def test_prints_a_command_that_works_as_it_stands_whatever_the_name(self):
        self.register("it's; rm -rf $HOME")
        out, _ = self.lab.does("dana", "triage", "--asset", "it's; rm -rf $HOME")
        command = next(line for line in out.splitlines() if "strongroom level" in line)
        words = command.split("strongroom level ")[1].replace("\\", "").split()
        self.assertRegex(words[0], "^[0-9a-f]{32}$")
        asked = self.lab.tells("carol", "level", words[0], words[1], "--days", words[3], "--reason", "as printed")
        self.assertEqual(asked["kind"], "level")
        self.assertEqual(len(self.rows()), 1)

    def test_shows_whom_other_rules_would_move(self):
        self.register("alpha")
        overlay = self.lab.path / "overlay.json"
        overlay.write_text(json.dumps({"format": "strongroom-triage-overlay-1", "without": [], "rules": [
            {"id": "OURS", "source": "a test", "reason": "All.", "scenario": "stolen", "term": "actual", "level": "SL5",
             "capacity": 5, "evaluate": False, "when": {}}]}))
        told = self.lab.tells("dana", "triage", "--what-if", overlay)
        self.assertEqual([(each["asset"], each["to"]) for each in told["moves"]], [("alpha", "SL5")])


class TheExampleInTheLog(unittest.TestCase):
    """Forty assets of all kinds, people, places and access: read only, so imported once."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.lab.tells("dana", "import", "--example")
        cls.rows = {each["name"]: each for each in cls.lab.tells("dana", "inventory")["assets"]}

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def test_is_triaged_to_the_levels_that_the_log_carries(self):
        decided = {each["asset"]: each["level"] for each in self.lab.tells("dana", "triage")["assets"]}
        self.assertEqual(len(decided), 40)
        self.assertEqual(decided, {name: row["asks"] for name, row in self.rows.items()})

    def test_has_an_assessment_of_each_that_opens_every_fact_in_its_log_entry(self):
        for name in ("aurora-5", "petri-fold", "toy-arith"):
            assessment = self.lab.tells("dana", "triage", "--asset", name)["assessment"]
            self.assertEqual(assessment["level"], self.rows[name]["asks"])
            sources = assessment["sources"]
            self.assertEqual(sources["owner"]["entry"], self.rows[name]["stated_in"])
            self.assertEqual(sources["owner"]["by"], "stated by dana")
            self.assertEqual(assessment["owner"], self.rows[name]["owner"])
            self.assertTrue(all(sources.get(fact) for fact, value in assessment["facts"].items()
                                if fact not in ("reference", "house") and not value.startswith("unknown")), name)

    def test_has_names_in_place_of_commitments_everywhere(self):
        for form in (["--json"], ["--csv"], ["--cyclonedx"], ["--tree"], []):
            out, _ = self.lab.does("dana", "inventory", *form)
            self.assertIn("aurora-5", out)
            self.assertNotIn("erased-", out, form)

    def test_is_said_again_by_nobody_when_its_own_table_is_imported(self):
        table, _ = self.lab.does("dana", "inventory", "--csv")
        path = self.lab.path / "inventory.csv"
        path.write_text(table)
        told = self.lab.tells("dana", "import", path, "--dry-run")
        changed = {each["asset"]: each["facts"] for each in told["said"]}
        # What was registered as a model, and never stated to be one, is one in it.
        self.assertEqual(changed, {"found-on-lab-bench": ["kind"]})
        row = next(each for each in csv.DictReader(io.StringIO(table)) if each["name"] == "toy-arith")
        self.assertIn("ta-cyber cyber strong 2026-08-15 2027-02-15", row["evaluations"].split(";"))

    def test_is_rebuilt_in_another_lab_from_its_table_alone_with_the_same_levels(self):
        other = Lab()
        self.addCleanup(other.close)
        table, _ = self.lab.does("dana", "inventory", "--csv")
        path = other.path / "inventory.csv"
        path.write_text(table)
        other.does("dana", "import", path)
        again, _ = other.does("dana", "inventory", "--csv")
        before, after = ({row["name"]: row for row in csv.DictReader(io.StringIO(each))} for each in (table, again))
        # Nobody has stated anything of it; whoever imports its row states that nobody has.
        unstated = before.pop("found-on-lab-bench")
        self.assertEqual(after.pop("found-on-lab-bench"), {**unstated, "owner": "nobody has said"})
        self.assertEqual(after, before)
        asks = {each["name"]: each["asks"] for each in other.tells("dana", "inventory")["assets"]}
        self.assertEqual(asks, {name: row["asks"] for name, row in self.rows.items()})

    def test_takes_no_table_with_an_evaluation_that_is_none(self):
        for cell, says in (("a-1 cyber strong 2026-08-15", "is no evaluation: its id, domain,"),
                           ("cyber strong 2026-08-15 2027-02-15", "is no evaluation: its id, domain,"),
                           ("a-1 luck strong 2026-08-15 2027-02-15", "luck"),
                           ("a-1 cyber hard 2026-08-15 2027-02-15", "strong or weak"),
                           ("a-1 cyber strong 2027-08-15 2027-02-15", "was over before it was done"),
                           ("a-1 cyber weak 2026-08-15 2027-02-15;a-1 cyber weak 2026-08-15 2027-02-15", "twice"),
                           ("a-1 cyber strong yesterday 2027-02-15", "yesterday")):
            path = self.lab.path / "wrong.csv"
            path.write_text(f"name,evaluations\nx,{cell}\n")
            _, told = self.lab.does("dana", "import", path, "--dry-run", expect=MALFORMED)
            self.assertIn("line 2, column evaluations: ", told)
            self.assertIn(says, told)

    def test_shows_what_was_made_from_what(self):
        out, _ = self.lab.does("dana", "inventory", "--tree", "--asset", "aurora-5")
        lines = plain(out).splitlines()
        self.assertTrue(any(line.lstrip().startswith("> aurora-5 ") for line in lines), out)
        self.assertTrue(any(" by " in line for line in lines), out)


class Facts(ALab):
    def test_that_were_stated_anew_are_what_they_were_as_of_then(self):
        table = self.lab.path / "facts.csv"
        table.write_text("name,owner,kind,categories\nalpha,mia,model,general\n")
        self.lab.tells("dana", "import", table)
        then = self.one("alpha")
        table.write_text("name,owner,kind,categories\nalpha,noor,model,general;helpful_only\n")
        self.lab.tells("dana", "import", table)
        now = self.one("alpha")
        self.assertEqual((now["asset"]["owner"], now["asset"]["categories"]), ("noor", ["helpful_only", "general"]))
        before = self.one("alpha", "--as-of", str(then["entries"] - 1))
        self.assertEqual((before["asset"]["owner"], before["asset"]["categories"]), ("mia", ["general"]))
        last = [each["what"] for each in now["history"] if each["type"] == "stated"][-1]
        self.assertEqual(last, "facts stated anew; other than before: categories, owner")
        self.assertEqual(set(self.rows("--owner", "NOO")), {"alpha"})
        self.assertEqual(set(self.rows("--owner", "mia")), set())


class ACustodian(ALab):
    def test_sees_why_triage_asks_before_a_level_is_set(self):
        change = self.register("alpha", "SL4")
        terminal = self.lab.at_terminal("alice", "approve", change)
        self.addCleanup(terminal.close)
        terminal.waits_for("nobody has stated any")
        terminal.waits_for("because")


if __name__ == "__main__":
    unittest.main()
