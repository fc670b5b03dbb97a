#!/usr/bin/env python3
"""The frame says what it did, and nothing else. No test here depends on how fast anything is."""
import contextlib
import io
import json
import pathlib
import re
import sys
import tempfile
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import frame  # noqa: E402
import importlib.util  # noqa: E402

spec = importlib.util.spec_from_file_location("benches_main", HERE / "__main__.py")
program = importlib.util.module_from_spec(spec)
spec.loader.exec_module(program)

FIELDS = ["promise", "ours", "unit", "peer", "theirs", "ratio", "cores", "runs", "spread", "note"]


class Frame(unittest.TestCase):
    def test_sides_take_turns_and_each_round_begins_with_another(self):
        order: list[str] = []
        sides = {name: (lambda name=name: order.append(name) or 1.0) for name in ("ours", "a", "b")}
        frame.interleave(sides, 3)
        self.assertEqual(order, ["ours", "a", "b"] + ["ours", "a", "b"] + ["a", "b", "ours"] + ["b", "ours", "a"])

    def test_the_round_that_warms_up_does_not_count(self):
        numbers = iter([100.0, 1.0, 2.0, 3.0])
        self.assertEqual(frame.interleave({"ours": lambda: next(numbers)}, 3), {"ours": [1.0, 2.0, 3.0]})

    def test_a_cold_run_has_no_round_that_warms_up(self):
        numbers = iter([1.0, 2.0])
        self.assertEqual(frame.interleave({"ours": lambda: next(numbers)}, 2, warm_up=False), {"ours": [1.0, 2.0]})

    def test_a_line_holds_medians_their_ratio_and_the_larger_spread(self):
        figures = {"ours": [4.0, 6.0, 5.0], "age": [2.0, 4.0, 1.0]}
        (line,) = frame.compare(figures, "seal.null", "GB/s", 1, "said")
        self.assertEqual((line.ours, line.theirs, line.ratio, line.runs, line.spread), (5.0, 2.0, 2.5, 3, 1.5))

    def test_a_line_is_json_with_these_fields_in_this_order(self):
        (line,) = frame.compare({"ours": [1.0], "limit": [2.0]}, "open.memory", "GB/s", 2)
        self.assertEqual(list(json.loads(line.text())), FIELDS)
        self.assertEqual(line.text(), '{"promise":"open.memory","ours":1.0,"unit":"GB/s","peer":"limit","theirs":2.0,'
                                      '"ratio":0.5,"cores":2,"runs":1,"spread":0.0,"note":""}')

    def test_a_published_figure_names_who_published_it(self):
        line = frame.beside_published([20.0], "ledger.append", "entries/s", 1, ("Somebody", 10.0))
        self.assertEqual((line.peer, line.theirs, line.ratio), ("published:Somebody", 10.0, 2.0))

    def test_the_ninety_ninth_percentile_of_few_runs_is_the_worst(self):
        self.assertEqual(frame.percentile([3.0, 1.0, 2.0], 0.99), 3.0)
        self.assertEqual(frame.percentile([float(n) for n in range(1, 201)], 0.99), 198.0)

    def test_a_program_that_fails_is_no_figure(self):
        with tempfile.TemporaryDirectory() as place:
            bench = frame.Bench(pathlib.Path(place), True)
            with self.assertRaisesRegex(frame.Unavailable, "ended with 3"):
                bench.run(["sh", "-c", "exit 3"])

    def test_what_this_run_uses_is_no_foreign_load(self):
        with tempfile.TemporaryDirectory() as place:
            bench = frame.Bench(pathlib.Path(place), True)
            used = frame.machine_seconds()
            bench._before = (used - 8.0, bench._before[1] - 8.0, bench._before[2] - 10.0)
            self.assertLess(bench.foreign_cores(), 0.9 * len(bench.cores) + 0.8)


class Promises(unittest.TestCase):
    def test_each_has_a_file_of_its_name_that_says_what_it_is(self):
        known = program.promises()
        self.assertIn("seal.null", known)
        for name, module in known.items():
            self.assertEqual(pathlib.Path(module.__file__).stem, name.replace(".", "_"))
            self.assertTrue(module.UNIT and module.ABOUT and callable(module.measure), name)

    def test_each_is_in_the_page_that_explains_it(self):
        page = (HERE / "README.md").read_text()
        listed = set(re.findall(r"^\| `([\w.]+)`", page, re.M))
        self.assertEqual(set(program.promises()) - listed, set())


class Program(unittest.TestCase):
    def run_with(self, measures: dict, arguments: list[str]) -> tuple[int, str, str]:
        known = {name: types.SimpleNamespace(NAME=name, UNIT="s", ABOUT="a stand-in", measure=measure)
                 for name, measure in measures.items()}
        out, err = io.StringIO(), io.StringIO()
        kept, program.promises = program.promises, lambda: known
        argv, sys.argv = sys.argv, ["bench", *arguments]
        try:
            with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(out), \
                    contextlib.redirect_stderr(err):
                sys.argv += ["--place", str(pathlib.Path(place) / "bench")]
                code = program.main()
        finally:
            program.promises, sys.argv = kept, argv
        return code, out.getvalue(), err.getvalue()

    @staticmethod
    def good(bench):
        bench.say("narration")
        yield frame.alone([1.0, 2.0, 3.0], "a.b", "s", 1, bench.note("said"))

    @staticmethod
    def lacking(bench):
        raise frame.Unavailable("no peer of that kind here")
        yield

    def test_standard_output_is_lines_of_json_and_nothing_else(self):
        code, out, err = self.run_with({"a.b": self.good, "a.c": self.good}, ["--quick"])
        self.assertEqual(code, 0)
        self.assertEqual([list(json.loads(line)) for line in out.splitlines()], [FIELDS, FIELDS])
        self.assertIn("narration", err)

    def test_what_cannot_be_measured_is_said_and_does_not_stop_the_rest(self):
        code, out, err = self.run_with({"a.a": self.lacking, "a.b": self.good}, [])
        self.assertEqual((code, len(out.splitlines())), (0, 1))
        self.assertIn("not measured: no peer of that kind here", err)

    def test_what_was_asked_for_by_name_and_cannot_be_measured_is_a_failure(self):
        self.assertEqual(self.run_with({"a.a": self.lacking, "a.b": self.good}, ["a.a"])[0], 1)

    def test_a_name_that_is_none_is_refused(self):
        self.assertEqual(self.run_with({"a.b": self.good}, ["a.z"])[0], 2)


if __name__ == "__main__":
    unittest.main()
