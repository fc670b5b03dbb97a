#!/usr/bin/env python3
"""Files cut short and with bits turned over, hundreds of each format, in one scan: none crashes it, none holds it
up, and none that lost its end is called clean."""
import bz2
import gzip
import io
import json
import lzma
import os
import pathlib
import pickle
import random
import struct
import subprocess
import tarfile
import tempfile
import unittest
import zipfile

from scan_test import safetensors
from lab import STRONGROOM

SECONDS_MAX = 300
CUTS, FLIPS, SEED = 60, 60, 7_331


def gguf(values: bytes) -> bytes:
    def text(words: bytes) -> bytes:
        return struct.pack("<Q", len(words)) + words
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 2)
    head += text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")
    head += text(b"tokenizer.chat_template") + struct.pack("<I", 8) + text(b"{{ messages[0]['content'] }}")
    head += text(b"w.weight") + struct.pack("<IQQIQ", 2, 32, len(values) // 4 // 32, 0, 0)
    return head + b"\0" * (-len(head) % 32) + values


def npy(values: bytes) -> bytes:
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(values) // 4},), }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + values


def zipped(members: dict[str, bytes], packing: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), content, packing)
    return out.getvalue()


def tarred(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo("a/notes.txt")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def seeds() -> dict[str, bytes]:
    model = safetensors(3, ("w.weight",), 32)
    values = model[-32 * 32 * 4:]
    words = b"nothing in here loads anything\n" * 100
    state = pickle.dumps({"step": 7, "names": ["a", "b"], "rates": [0.5] * 200, "bytes": b"x" * 500})
    return {"model.safetensors": model, "model.gguf": gguf(values), "array.npy": npy(values),
            "arrays.npz": zipped({"a.npy": npy(values), "b.npy": npy(values)}, zipfile.ZIP_STORED),
            "packed.npz": zipped({"a.npy": npy(values)}, zipfile.ZIP_DEFLATED), "state.pkl": state,
            "old.pkl": pickle.dumps([{"a": n} for n in range(99)], 0),
            "text.zip": zipped({"a.txt": words, "b.txt": words}, zipfile.ZIP_DEFLATED),
            "text.tar": tarred(words), "text.gz": gzip.compress(words, mtime=0), "text.bz2": bz2.compress(words),
            "text.xz": lzma.compress(words),
            "notes.tar.gz": gzip.compress(tarred(words), mtime=0)}


# A tar whose end marks alone were lost is read to the end of its last member, as tar itself does.
def lost_its_end(name: str, whole: bytes, cut: int) -> bool:
    return not (name == "text.tar" and cut >= 512 + 3_584)


class DamagedFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        place = tempfile.TemporaryDirectory(prefix="strongroom-damage-")
        cls.addClassCleanup(place.cleanup)
        folder = pathlib.Path(place.name)
        chance = random.Random(SEED)
        cls.cut, cls.whole = [], []
        for name, whole in seeds().items():
            (folder / "whole").mkdir(exist_ok=True)
            (folder / "whole" / name).write_bytes(whole)
            cls.whole.append(f"whole/{name}")
            for at in sorted({*chance.sample(range(1, len(whole)), CUTS), len(whole) - 1}):
                path = folder / f"cut/{at:06d}/{name}"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(whole[:at])
                if lost_its_end(name, whole, at):
                    cls.cut.append(str(path.relative_to(folder)))
            for turn in range(FLIPS):
                path = folder / f"flipped/{turn:03d}/{name}"
                path.parent.mkdir(parents=True, exist_ok=True)
                damaged = bytearray(whole)
                for _ in range(chance.choice((1, 1, 4))):
                    damaged[chance.randrange(min(len(whole), chance.choice((64, 512, len(whole)))))] ^= \
                        1 << chance.randrange(8)
                path.write_bytes(damaged)
        for turn in range(60):
            path = folder / f"random/{turn:03d}.bin"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(chance.randbytes(chance.choice((1, 7, 100, 5_000, 40_000))))
        done = subprocess.run([STRONGROOM, "scan", folder, "--json"], capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)
        cls.status, cls.said = done.returncode, done.stderr
        cls.verdicts = {}
        if done.stdout:
            report = json.loads(done.stdout.splitlines()[-1])
            cls.verdicts = {os.path.relpath(file["path"], folder): file["verdict"] for file in report["scanned"]}

    def test_do_not_bring_the_scan_down(self):
        self.assertIn(self.status, (0, 40, 41, 42), self.said)
        self.assertGreater(len(self.verdicts), 1_500)

    def test_are_clean_before_they_are_damaged(self):
        self.assertEqual({path: self.verdicts[path] for path in self.whole if self.verdicts[path] != "clean"}, {})

    def test_that_lost_their_end_are_never_clean(self):
        self.assertEqual([path for path in self.cut if self.verdicts[path] == "clean"], [])


if __name__ == "__main__":
    unittest.main()
