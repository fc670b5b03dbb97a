#!/usr/bin/env python3
"""strongroom scan and delta, as they are typed: verdicts, exit codes, what is printed, what is left alone."""
import gzip
import json
import os
import pathlib
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/cli"))
os.environ.setdefault("STRONGROOM_BINARY_DIR", "build/release")
import cyclonedx  # noqa: E402
from lab import STRONGROOM, Lab, Terminal, run  # noqa: E402

CLEAN, USAGE, NOT_FOUND, REFUSED, SUSPICIOUS, UNREADABLE, HOSTILE = 0, 2, 12, 20, 40, 41, 42
HOSTILE_PICKLE = b"cos\nsystem\n(Vecho\ntR."


def safetensors(seed: int, names=("a.weight", "b.weight"), side: int = 64) -> bytes:
    """Pseudo-random float32 weights, by an independent writer."""
    state, header, body = seed * 2_654_435_761 % 2**32 or 1, {}, b""
    for name in names:
        values = []
        for _ in range(side * side):
            total = 0.0
            for _ in range(4):
                state = (1_103_515_245 * state + 12_345) % 2**31
                total += state / 2**31 - 0.5
            values.append(total * 0.05)
        raw = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": [side, side], "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


class Folder(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="strongroom-scan-")
        self.addCleanup(place.cleanup)
        self.path = pathlib.Path(place.name)
        self.model = self.path / "model"
        self.model.mkdir()

    def put(self, name: str, content: bytes) -> pathlib.Path:
        path = self.model / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def scan(self, *words, expect: int):
        status, out, told = run("scan", *words)
        self.assertEqual(status, expect, out + told)
        return out, told

    def report(self, *words, expect: int) -> dict:
        out, _ = self.scan(*words, "--json", expect=expect)
        return json.loads(out.splitlines()[-1])


class AScan(Folder):
    def test_of_an_ordinary_model_is_clean(self):
        self.put("model.safetensors", safetensors(1))
        self.put("config.json", b'{"model_type": "llama"}')
        self.put("README.md", b"# A model\n")
        out, told = self.scan(self.model, expect=CLEAN)
        self.assertIn("3 files", out)
        self.assertIn("0 hostile, 0 unreadable, 0 suspicious, 3 clean", out)
        self.assertEqual(told, "")

    def test_ends_with_the_code_of_its_worst_file(self):
        self.put("config.json", b"{}")
        self.put("half.safetensors", safetensors(1)[:5_000])
        self.scan(self.model, expect=UNREADABLE)
        self.put("holiday.jpg", safetensors(2))
        self.scan(self.model / "holiday.jpg", expect=SUSPICIOUS)
        self.put("x.pkl", HOSTILE_PICKLE)
        self.scan(self.model, expect=HOSTILE)

    def test_says_what_where_why_and_what_to_do(self):
        self.put("x.pkl", HOSTILE_PICKLE)
        out, _ = self.scan(self.model, expect=HOSTILE)
        self.assertIn("Hostile: do not load", out)
        self.assertRegex(out, r"os\.system|system.*os")
        self.assertRegex(out, r"byte \d+")
        self.assertRegex(out, r"\(pickle-[a-z-]+\)")
        self.assertIn("Do not load it", out)

    def test_reads_a_pickle_without_running_it(self):
        marker = self.path / "ran"
        self.put("x.pkl", b"cos\nsystem\n(V" + f"touch {marker}".encode() + b"\ntR.")
        self.scan(self.model, expect=HOSTILE)
        self.assertFalse(marker.exists())

    def test_takes_files_as_well_as_directories(self):
        path = self.put("model.safetensors", safetensors(1))
        report = self.report(path, self.put("b.json", b"{}"), expect=CLEAN)
        self.assertEqual({file["path"] for file in report["scanned"]}, {str(path), str(self.model / "b.json")})

    def test_of_the_same_file_twice_counts_it_once(self):
        path = self.put("model.safetensors", safetensors(1))
        self.assertEqual(self.report(path, self.model, expect=CLEAN)["files"], 1)

    def test_of_headers_only_reads_no_tensors(self):
        self.put("model.safetensors", safetensors(1))
        report = self.report(self.model, "--headers-only", expect=CLEAN)
        self.assertTrue(report["headers_only"])
        self.assertNotIn("sha256", report["scanned"][0])
        self.assertFalse(report["models"][0]["compared"])

    def test_of_a_terabyte_by_its_headers_takes_no_longer_than_of_a_megabyte(self):
        header = json.dumps({"w": {"dtype": "F32", "shape": [1 << 19, 1 << 19],
                                   "data_offsets": [0, 1 << 40]}}).encode()
        path = self.put("model.safetensors", struct.pack("<Q", len(header)) + header)
        os.truncate(path, 8 + len(header) + (1 << 40))  # a hole
        report = self.report(self.model, "--headers-only", expect=CLEAN)
        self.assertEqual(report["tensors"], 1)

    def test_of_unknown_bytes_without_end_by_headers_says_that_they_were_not_all_searched(self):
        for name in ("data.dat", "pytorch_model.bin", "old.h5"):
            path = self.put(name, b"\x89HDF\r\n\x1a\n" if name.endswith("h5") else b"")
            os.truncate(path, 1 << 42)  # a hole
        report = self.report(self.model, "--headers-only", expect=UNREADABLE)
        self.assertEqual({file["verdict"] for file in report["scanned"]}, {"unreadable"})

    def test_has_the_sha256_that_sha256sum_has(self):
        path = self.put("model.safetensors", safetensors(1))
        other = self.put("notes.txt", b"notes\n")
        said = {file["path"]: file["sha256"] for file in self.report(self.model, expect=CLEAN)["scanned"]}
        for each in (path, other):
            told = subprocess.run(["sha256sum", each], capture_output=True, text=True, check=True).stdout.split()[0]
            self.assertEqual(said[str(each)], told)

    def test_of_what_is_not_there_says_so(self):
        _, told = self.scan("/nowhere/at/all", expect=NOT_FOUND)
        self.assertIn("/nowhere/at/all", told)

    def test_with_both_kinds_of_output_is_refused(self):
        self.scan(self.model, "--json", "--sarif", expect=USAGE)

    def test_names_what_it_could_not_read_and_goes_on(self):
        self.put("a.json", b"{}")
        self.put("secret.json", b"{}").chmod(0)
        self.put("shut/b.json", b"{}")
        (self.model / "shut").chmod(0)
        self.addCleanup((self.model / "shut").chmod, 0o700)
        # Root reads everything, unless its capabilities are taken away.
        powerless = ["setpriv", "--bounding-set", "-all"] if os.geteuid() == 0 else []
        if powerless and not shutil.which("setpriv"):
            self.skipTest("root may read everything, and setpriv is not here")
        done = subprocess.run([*powerless, STRONGROOM, "scan", self.model, "--json"], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, UNREADABLE, done.stderr)
        verdicts = {os.path.relpath(file["path"], self.model): file["verdict"]
                    for file in json.loads(done.stdout.splitlines()[-1])["scanned"]}
        self.assertEqual(verdicts, {"a.json": "clean", "secret.json": "unreadable", "shut": "unreadable"})

    def test_follows_no_link_and_names_one_that_leads_out(self):
        os.symlink("/etc/passwd", self.model / "passwd")
        report = self.report(self.model, expect=SUSPICIOUS)
        self.assertEqual(report["scanned"][0]["findings"][0]["rule"], "link-leads-out")
        self.assertNotIn("sha256", report["scanned"][0])

    def test_takes_the_name_of_a_link_within_the_tree(self):
        """As download caches lay files down: blobs by digest, names as links to them."""
        self.put("blobs/0123abcd", safetensors(1))
        (self.model / "snapshots").mkdir()
        os.symlink("../blobs/0123abcd", self.model / "snapshots/model.safetensors")
        self.report(self.model, expect=CLEAN)

    def test_is_not_held_up_by_a_pipe(self):
        os.mkfifo(self.model / "pipe")
        report = self.report(self.model, expect=SUSPICIOUS)
        self.assertEqual(report["scanned"][0]["findings"][0]["rule"], "not-a-file")

    def test_shows_hostile_names_harmlessly(self):
        self.put("a\x1b[31mred\n.pkl", HOSTILE_PICKLE)
        out, _ = self.scan(self.model, expect=HOSTILE)
        self.assertNotIn("\x1b[31mred", out)
        self.assertIn("\\x1b[31mred", out)

    def test_changes_nothing(self):
        self.put("model.safetensors", safetensors(1))
        self.put("x.pkl", HOSTILE_PICKLE)
        before = sorted((path, path.stat().st_mtime_ns, path.read_bytes()) for path in self.model.iterdir())
        self.scan(self.model, expect=HOSTILE)
        self.assertEqual(before, sorted((path, path.stat().st_mtime_ns, path.read_bytes())
                                        for path in self.model.iterdir()))

    def test_shows_progress_on_a_terminal(self):
        os.truncate(self.put("log.txt", b"nothing\n"), 256 << 20)  # a hole, which takes a while to read
        terminal = Terminal([str(STRONGROOM), "scan", str(self.model)])
        terminal.ends()
        self.assertRegex(terminal.shown, rb"scanning [0-9.]+ .?B of 268.4 MB")


class ExternalData(Folder):
    def onnx(self, location: str) -> bytes:
        """A model with one tensor of four floats in another file: protobuf by hand."""
        def field(number: int, content: bytes) -> bytes:
            return bytes([number << 3 | 2]) + bytes([len(content)]) + content

        def pair(key: str, value: str) -> bytes:
            return field(13, field(1, key.encode()) + field(2, value.encode()))
        tensor = (b"\x08\x04\x10\x01" + field(8, b"w") + pair("location", location) + pair("offset", "0") +
                  pair("length", "16") + b"\x70\x01")
        graph = field(2, b"g") + field(5, tensor)
        return b"\x08\x08" + field(7, graph) + field(8, b"\x10\x11")

    def rules(self, expect: int) -> set[str]:
        report = self.report(self.model, expect=expect)
        return {finding["rule"] for file in report["scanned"] for finding in file.get("findings", [])}

    def test_beside_the_model_is_clean(self):
        self.put("model.onnx", self.onnx("weights.bin"))
        self.put("weights.bin", struct.pack("<4f", 1, 2, 3, 4))
        self.rules(CLEAN)

    def test_that_is_not_there_is_unreadable(self):
        self.put("model.onnx", self.onnx("weights.bin"))
        self.assertIn("external-data-missing", self.rules(UNREADABLE))

    def test_that_is_too_short_is_unreadable(self):
        self.put("model.onnx", self.onnx("weights.bin"))
        self.put("weights.bin", b"\0" * 8)
        self.assertIn("external-data-too-short", self.rules(UNREADABLE))

    def test_that_is_a_link_is_hostile(self):
        self.put("model.onnx", self.onnx("weights.bin"))
        os.symlink("/etc/passwd", self.model / "weights.bin")
        self.assertIn("external-data-is-a-link", self.rules(HOSTILE))

    def test_behind_a_linked_directory_is_hostile(self):
        self.put("model.onnx", self.onnx("there/passwd"))
        os.symlink("/etc", self.model / "there")
        self.assertIn("external-data-is-a-link", self.rules(HOSTILE))

    def test_outside_of_its_directory_is_hostile(self):
        for outside in ("../../../etc/passwd", "/etc/passwd", "a\\b", "C:weights.bin", "~/weights.bin", "a/../b"):
            self.put("m/model.onnx", self.onnx(outside))
            self.assertIn("external-data-outside", self.rules(HOSTILE), outside)

    def test_with_a_second_name_is_suspicious(self):
        self.put("model.onnx", self.onnx("weights.bin"))
        os.link(self.put("weights.bin", b"\0" * 16), self.path / "elsewhere")
        self.assertIn("external-data-has-other-names", self.rules(SUSPICIOUS))


class Fingerprints(Folder):
    def test_are_kept_for_their_owner_alone_and_recognise_the_model_later(self):
        self.put("base.safetensors", safetensors(7))
        kept = self.path / "kept"
        out, _ = self.scan(self.model, "--keep-fingerprints", kept, expect=CLEAN)
        self.assertIn("keep them as you keep weights", out)
        files = list(kept.iterdir())
        self.assertEqual(len(files), 1)
        self.assertEqual(stat.S_IMODE(files[0].stat().st_mode), 0o600)
        elsewhere = self.path / "elsewhere"
        elsewhere.mkdir()
        shutil.copy(self.model / "base.safetensors", elsewhere / "other.safetensors")
        report = self.report(elsewhere, "--known", kept, expect=CLEAN)
        found = [model for model in report["models"] if model["name"].endswith("other.safetensors")][0]
        self.assertEqual(found["relation"], "same")
        self.assertTrue(found["parents"][0]["name"].startswith("known: "), found)

    def test_that_are_damaged_are_refused(self):
        kept = self.path / "kept"
        kept.mkdir()
        (kept / "x.fingerprint").write_bytes(b"no fingerprint")
        status, _, told = run("scan", self.model, "--known", kept)
        self.assertEqual(status, 10, told)
        self.assertIn("x.fingerprint", told)


class ADelta(Folder):
    def test_of_the_same_file_has_nothing_to_say(self):
        path = self.put("v1.safetensors", safetensors(1))
        status, out, told = run("delta", path, path)
        self.assertEqual(status, 0, told)
        self.assertIn("2 tensors the same, 0 changed, 0 added, 0 removed", out)

    def test_names_the_tensor_that_alone_was_changed(self):
        names = tuple(f"layers.{n}.weight" for n in range(8))
        before = safetensors(3, names, 32)
        after = bytearray(before)
        at = len(after) - 32 * 32 * 4 * 3
        for row in range(40):
            after[at + row * 4:at + row * 4 + 4] = struct.pack("<f", 0.9)
        first, second = self.put("v1.safetensors", before), self.put("v2.safetensors", bytes(after))
        status, out, told = run("delta", first, second, "--json")
        self.assertEqual(status, SUSPICIOUS, out + told)
        report = json.loads(out.splitlines()[-1])
        self.assertEqual((report["same"], report["changed"]), (7, 1))
        self.assertEqual(report["tensors"][0]["name"], "layers.5.weight")
        self.assertIn("alone-changed", report["tensors"][0]["alarms"])

    def test_of_what_holds_no_weights_is_refused(self):
        path = self.put("notes.txt", b"no weights\n")
        status, _, told = run("delta", path, path)
        self.assertEqual(status, USAGE, told)


class Sarif(Folder):
    def sarif(self) -> str:
        self.put("x.pkl", HOSTILE_PICKLE)
        self.put("odd name %.gz", gzip.compress(safetensors(1), mtime=0))
        self.put("base.safetensors", safetensors(5))
        self.put("copy.safetensors", safetensors(5))
        out, _ = self.scan(self.model, "--sarif", expect=HOSTILE)
        return out

    def test_names_rule_place_and_level_of_each_finding(self):
        run_ = json.loads(self.sarif())["runs"][0]
        rules = [rule["id"] for rule in run_["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        for result in run_["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
        worst = [result for result in run_["results"] if result["level"] == "error"]
        self.assertTrue(any(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("x.pkl")
                            for result in worst))
        self.assertTrue(any("odd%20name%20%25.gz" in json.dumps(result) for result in run_["results"]))
        self.assertTrue(any(result["ruleId"] == "model-descends" for result in run_["results"]))

    def test_fits_the_types_that_others_have_written_down_for_it(self):
        peer = ROOT / "tests/interop/sarif"
        compiler = peer / "node_modules/typescript/bin/tsc"
        if not compiler.exists() or not shutil.which("node"):
            self.skipTest("TypeScript or node is missing: tests/interop/install.sh")
        source = self.path / "log.ts"
        source.write_text(f'import type {{ Log }} from "{peer}/node_modules/@types/sarif";\n'
                          f"export const log: Log = {self.sarif()};\n")
        done = subprocess.run(["node", compiler, "--noEmit", "--strict", "--skipLibCheck", source],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


class BillOfMaterials(Folder):
    def bill(self) -> dict:
        self.put("base.safetensors", safetensors(5))
        self.put("copy.safetensors", safetensors(5))
        self.put("x.pkl", HOSTILE_PICKLE)
        self.put("config.json", b"{}")
        out, _ = self.scan(self.model, "--cyclonedx", expect=HOSTILE)
        return json.loads(out)

    def test_names_every_file_once_and_the_ancestors_of_models(self):
        components = self.bill()["components"]
        names = [pathlib.Path(each["name"]).name for each in components]
        self.assertEqual(sorted(names), ["base.safetensors", "config.json", "copy.safetensors", "x.pkl"])
        descended = [each for each in components if "pedigree" in each]
        self.assertEqual(len(descended), 1)
        self.assertTrue(all(each["hashes"][0]["alg"] == "SHA-256" for each in components))

    def test_is_valid_by_the_published_schema(self):
        cyclonedx.skip_unless_checkable()
        self.assertEqual(cyclonedx.complaint_about(json.dumps(self.bill())), "")


class Facts(Folder):
    def test_of_what_was_found_are_triaged_as_they_stand_to_sl4_for_all_that_is_unknown(self):
        self.put("base.safetensors", safetensors(5))
        self.put("copy/base.safetensors", safetensors(5))
        self.put("other.safetensors", safetensors(6))
        out, _ = self.scan(self.model, "--facts", expect=CLEAN)
        path = self.path / "facts.json"
        path.write_text(out)
        status, told, wrong = run("triage", path, "--json")
        self.assertEqual(status, CLEAN, wrong)
        assets = json.loads(told.splitlines()[-1])["assets"]
        self.assertEqual(len(assets), 2)  # a copy is the same asset
        self.assertEqual({asset["level"] for asset in assets}, {"SL4"})


@unittest.skipUnless(os.path.exists("/dev/fuse"), "this machine has no /dev/fuse")
class AMountedObject(unittest.TestCase):
    def test_is_scanned_like_the_directory_that_was_sealed(self):
        lab = Lab()
        self.addCleanup(lab.close)
        folder = lab.path / "model"
        folder.mkdir()
        (folder / "model.safetensors").write_bytes(safetensors(11))
        (folder / "extra.pkl").write_bytes(b"cstrange.module\nThing\n.")
        lab.does("dana", "seal", folder, "--name", "my-model")
        before = set(os.listdir(lab.path))
        proposal = lab.ask("my-model")
        mount = lab.path / (set(os.listdir(lab.path)) - before - {"strongroom-agent.log"}).pop()
        for who in ("alice", "bob"):
            lab.does(who, "approve", proposal, "--yes")
        lab.does("dana", "open", "--proposal", proposal, "--agent", lab.socket)
        reports = []
        for place in (folder, mount):
            status, out, told = run("scan", place, "--json")
            self.assertEqual(status, SUSPICIOUS, told)
            reports.append({os.path.relpath(file["path"], place): file
                            for file in json.loads(out.splitlines()[-1])["scanned"]})
        lab.does("dana", "close", proposal, "--agent", lab.socket)
        for sealed, mounted in zip(*(sorted(report.items()) for report in reports), strict=True):
            for file in (sealed[1], mounted[1]):
                file.pop("path")
            self.assertEqual(sealed, mounted)


class Sealing(unittest.TestCase):
    def test_refuses_what_is_hostile_unless_it_is_told_to(self):
        lab = Lab()
        self.addCleanup(lab.close)
        folder = lab.make_model("trap")
        (folder / "extra.pkl").write_bytes(HOSTILE_PICKLE)
        _, told = lab.does("dana", "seal", folder, "--name", "trap", expect=REFUSED)
        self.assertIn("nothing was sealed", told)
        self.assertIn("extra.pkl", told)
        lab.does("dana", "seal", folder, "--name", "trap", "--even-hostile")

    def test_says_what_is_only_suspicious_and_goes_on(self):
        lab = Lab()
        self.addCleanup(lab.close)
        folder = lab.make_model("odd")
        (folder / "extra.pkl").write_bytes(b"cstrange.module\nThing\n.")
        out, _ = lab.does("dana", "seal", folder, "--name", "odd")
        self.assertIn("1 suspicious", out)


if __name__ == "__main__":
    unittest.main()
