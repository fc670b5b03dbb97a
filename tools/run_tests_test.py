#!/usr/bin/env python3
"""The alarm rings: what fails, crashes, leaks or never ran is counted as such."""
import contextlib
import io
import json
import pathlib
import stat
import tempfile
import unittest

import run_tests

REPORT = {"testsuites": [{"name": "Door", "testsuite": [
    {"name": "Opens", "status": "RUN", "result": "COMPLETED"},
    {"name": "Shuts", "status": "RUN", "result": "COMPLETED", "failures": [{"failure": "it did not"}]},
    {"name": "Turns", "status": "RUN", "result": "SKIPPED"},
    {"name": "Falls", "status": "NOTRUN", "result": "SUPPRESSED"}]}]}


class Runner(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = pathlib.Path(place.name)

    def binary(self, script: str) -> pathlib.Path:
        path = self.place / "door_test"
        path.write_text("#!/bin/sh\nreport=${1#--gtest_output=json:}\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def test_a_report_is_counted_test_by_test(self):
        tally = run_tests.report_of("door_test", REPORT)
        self.assertEqual((tally.passed, len(tally.failed), len(tally.skipped)), (1, 1, 2))
        self.assertEqual(tally.failed[0], ("door_test: Door.Shuts", "it did not"))

    def test_what_a_script_says_of_a_failure_is_kept(self):
        script = self.place / "door_test.py"
        script.write_text("import unittest\n\nclass Door(unittest.TestCase):\n"
                          "    def test_opens(self):\n        pass\n"
                          "    def test_shuts(self):\n        self.fail('it is stuck')\n"
                          "    def test_turns(self):\n        self.skipTest('no handle')\n\n"
                          "unittest.main()\n")
        with contextlib.redirect_stdout(io.StringIO()):
            tally = run_tests.run_script(script)
        self.assertEqual((tally.passed, len(tally.failed), len(tally.skipped)), (1, 1, 1))
        self.assertEqual(tally.failed[0][0], "door_test.py: test_shuts")
        self.assertIn("it is stuck", tally.failed[0][1])
        self.assertNotIn("no handle", tally.failed[0][1])

    def test_a_crash_is_a_failure_that_names_the_test(self):
        tally = run_tests.run_binary(self.binary(
            "echo '[ RUN      ] Door.Opens'\necho '[       OK ] Door.Opens (0 ms)'\n"
            "echo '[ RUN      ] Door.Shuts'\nexit 134\n"))
        self.assertEqual(tally.passed, 1)
        self.assertEqual(tally.failed[0][0], "door_test: ended with 134 in Door.Shuts")

    def test_a_leak_after_good_tests_is_a_failure(self):
        good = '{"testsuites":[{"name":"A","testsuite":[{"name":"B","status":"RUN","result":"COMPLETED"}]}]}'
        tally = run_tests.run_binary(self.binary(f"echo '{good}' > $report\nexit 23\n"))
        self.assertEqual((tally.passed, len(tally.failed)), (1, 1))

    def test_a_binary_without_tests_is_a_failure(self):
        tally = run_tests.run_binary(self.binary("echo '{\"testsuites\":[]}' > $report\n"))
        self.assertEqual(len(tally.failed), 1)

    def noted(self, was_empty: bool, built: float) -> set[str]:
        path = self.place / "build/times.json"
        kept, run_tests.BUILD_SECONDS = run_tests.BUILD_SECONDS, [built]
        try:
            run_tests.note_times(was_empty, 100.0, 0, path)
        finally:
            run_tests.BUILD_SECONDS = kept
        return set(json.loads(path.read_text()))

    def test_times_are_noted_of_a_run_from_nothing_and_of_one_that_built_nothing(self):
        self.assertEqual(self.noted(was_empty=False, built=60.0), set())
        self.assertEqual(self.noted(was_empty=True, built=600.0), {"cold"})
        self.assertEqual(self.noted(was_empty=False, built=2.0), {"cold", "warm"})

    def misuse(self, text: str) -> tuple[str, bool, str]:
        path = self.place / "case.cc"
        path.write_text(text)
        return run_tests.misuse("g++", path)

    def test_misuse_that_compiles_is_a_failure(self):
        self.assertFalse(self.misuse("// expect: error\nint a;\n")[1])

    def test_misuse_refused_for_another_reason_is_a_failure(self):
        self.assertFalse(self.misuse("// expect: deleted function\nint a = no_such_name;\n")[1])

    def test_misuse_refused_for_its_reason_passes(self):
        self.assertTrue(self.misuse("// expect: was not declared\nint a = no_such_name;\n")[1])

    def test_the_control_that_does_not_compile_is_a_failure(self):
        self.assertFalse(self.misuse("// expect: nothing\nint a = no_such_name;\n")[1])

    def closing(self, tally: run_tests.Tally) -> tuple[int, str]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = run_tests.close(tally)
        return code, said.getvalue().splitlines()[-1]

    def test_the_closing_line_counts_and_a_failure_decides(self):
        tally = run_tests.Tally(2, ["s"], [("name", "why")])
        self.assertEqual(self.closing(tally), (1, "2 passed, 1 failed, 1 skipped"))

    def test_nothing_run_is_no_success(self):
        self.assertEqual(self.closing(run_tests.Tally()), (1, "0 passed, 0 failed, 0 skipped"))

    def test_a_program_that_hangs_is_stopped(self):
        code, output = run_tests.output_of(["sleep", "60"], 0.2)
        self.assertEqual(code, 124)
        self.assertIn("stopped after", output)


if __name__ == "__main__":
    unittest.main()
