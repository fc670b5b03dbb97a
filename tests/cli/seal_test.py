#!/usr/bin/env python3
"""What seal refuses before and after it has begun, and leaves as it was."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

from lab import PASSPHRASE, SECONDS_MAX, STRONGROOM, Lab, surroundings

ALREADY_EXISTS, REFUSED = 13, 20


def objects_in(lab: Lab) -> list[pathlib.Path]:
    store = pathlib.Path(json.loads((lab.home("dana") / "config.json").read_text())["store"])
    return sorted((store / "objects").iterdir()) if (store / "objects").exists() else []


class TheReadableCopy(unittest.TestCase):
    def test_is_not_removed_in_a_demonstration_and_nothing_is_sealed(self):
        lab = Lab()
        self.addCleanup(lab.close)
        folder = lab.make_model()
        before = sorted((path.name, path.read_bytes()) for path in folder.iterdir())
        _, told = lab.does("dana", "seal", folder, "--name", "x", "--remove-source", expect=REFUSED)
        self.assertIn("nothing was sealed", told)
        self.assertEqual(before, sorted((path.name, path.read_bytes()) for path in folder.iterdir()))
        self.assertEqual(objects_in(lab), [])


class TwoSealsAtOnce(unittest.TestCase):
    def test_under_one_new_name_register_it_once_and_the_second_leaves_nothing(self):
        lab = Lab()
        self.addCleanup(lab.close)
        large = lab.make_model("large", 200_000_000)
        read, write = os.pipe()
        os.write(write, PASSPHRASE)
        os.close(write)
        first = subprocess.Popen([STRONGROOM, *lab.words("dana", "seal", large, "--name", "new"), "--passphrase-fd",
                                  str(read)], pass_fds=(read,), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=surroundings())
        os.close(read)
        until = time.monotonic() + SECONDS_MAX
        while not objects_in(lab):  # it has looked for the name, and found none
            self.assertLess(time.monotonic(), until)
            time.sleep(0.001)
        first.send_signal(signal.SIGSTOP)
        sealed = lab.seal("new", "small")
        first.send_signal(signal.SIGCONT)

        _, told = first.communicate(timeout=SECONDS_MAX)

        self.assertEqual(first.returncode, ALREADY_EXISTS, told)
        self.assertIn(b"run it again", told)
        self.assertEqual([path.name for path in objects_in(lab)], [sealed["object"].removeprefix("demo-")])
        lab.seal("new", "small")  # and so it becomes its next version
        listed = [line for line in lab.does("dana", "log", "--json")[0].splitlines() if '"registered"' in line]
        self.assertEqual(len(listed), 1, listed)


if __name__ == "__main__":
    assert STRONGROOM.exists(), f"{STRONGROOM} is not built"
    unittest.main()
