#!/usr/bin/env python3
"""Does Strongroom's main job once, with the programs as built, and says what happened. ./run calls it.

    tools/demonstrate.py --build DIR --data DIR [--model DIR] [--check]
    tools/demonstrate.py --data DIR --stop

Everything it reports is what it saw: exit codes, mount tables, the engine's own output. `--check` keeps
nothing, narrates on standard error and ends with one line of JSON on standard output.
"""
import argparse
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GENERATE = ROOT / "tools/engine/generate"
CUSTODIANS = ["alice", "bob", "carol"]
MEMBER = "dana"
NOT_YET = 25  # ErrorCode::kNotYet: votes are missing
START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 20


class Trouble(Exception):
    """Something a person must know; its text says what to do."""


def mounted(path: pathlib.Path) -> str | None:
    """The mount options and type the kernel lists for `path`, or None."""
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if fields[4].encode().decode("unicode_escape") == str(path):
            return f"{fields[5]} {after.split()[0]}"
    return None


def alive(pid: int, program: str) -> bool:
    """Whether `pid` is a run of `program`, and not something else that got its number."""
    try:
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(word.split(b"/")[-1] == program.encode() for word in words[:2])


def outdated(pid: int) -> bool:
    """Whether what `pid` runs has been built anew since."""
    try:
        return os.readlink(f"/proc/{pid}/exe").endswith(" (deleted)")
    except OSError:
        return False


def stop_pid(pid: int, program: str) -> None:
    """SIGTERM, a time to end leases and unmount, then SIGKILL."""
    if not alive(pid, program):
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while alive(pid, program):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            return
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        time.sleep(0.05)


class Demonstration:
    def __init__(self, build: pathlib.Path, data: pathlib.Path, check: bool):
        self.build, self.data, self.check = build, data, check
        self.mount = data / "mount"
        self.started: list[tuple[int, str]] = []
        self.children: list[subprocess.Popen] = []
        self.report: dict = {
            "ok": False, "sealed_bytes": 0, "files": 0, "seal_seconds": 0.0,
            "refused_with_one_approval": False, "released_with_two": False, "engine": "",
            "tokens_match_plain_file": False, "logits_match_plain_file": False,
            "unmounted_after_lease": False, "log_entries": 0, "log_verified": False}

    # What people see

    def say(self, text: str) -> None:
        print(text, file=sys.stderr if self.check else sys.stdout, flush=True)

    # Running the programs

    def program(self, name: str) -> str:
        for place in (self.build / name, self.build / "bin" / name):
            if place.exists():
                return str(place)
        raise Trouble(f"{name} is not in {self.build}: build it first (./run does)")

    def strongroom(self, *arguments: str, who: str = "", after: list[str] | None = None,
                   expect: tuple[int, ...] = (0,)) -> tuple[int, dict]:
        """Runs one command as a person, `after` being what follows "--". Its last line is JSON."""
        command = [self.program("strongroom"), *arguments, "--demonstration", "--json"]
        if who:
            command += ["--home", str(self.data / "people" / who)]
        with open(self.data / "passphrase", "rb") as passphrase:
            command += ["--passphrase-fd", str(passphrase.fileno())]
            if after:
                command += ["--", *after]
            done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
                                  stderr=None if sys.stderr.isatty() else subprocess.PIPE,
                                  pass_fds=(passphrase.fileno(),), check=False)
        if done.returncode not in expect:
            why = last_json(done.stdout).get("message", "it did not say why")
            raise Trouble(f"strongroom {arguments[0]} ended with {done.returncode}: {why}\n"
                          f"{(done.stderr or '')}{done.stdout}".rstrip())
        return done.returncode, last_json(done.stdout)

    def start(self, name: str, arguments: list[str], ready: pathlib.Path) -> int:
        """Starts a program in a session of its own and waits until `ready` appears."""
        ready.unlink(missing_ok=True)
        log = self.data / f"{name}.log"
        with open(log, "ab") as out:
            child = subprocess.Popen([self.program(name), *arguments], stdout=out, stderr=out,
                                     stdin=subprocess.DEVNULL, start_new_session=True)
        self.children.append(child)
        self.started.append((child.pid, name))
        deadline = time.monotonic() + START_SECONDS_MAX
        while not ready.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(errors="replace").splitlines()[-15:]
                raise Trouble(f"{name} did not start; the end of {log}:\n" + "\n".join(tail))
            time.sleep(0.02)
        (self.data / f"{name}.pid").write_text(f"{child.pid}\n")
        return child.pid

    def running(self, name: str) -> int | None:
        try:
            pid = int((self.data / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return None
        if not alive(pid, name):
            return None
        if outdated(pid):
            stop_pid(pid, name)
            return None
        return pid

    # The steps

    def prepare(self) -> None:
        if not pathlib.Path("/dev/fuse").exists():
            raise Trouble("This machine has no /dev/fuse, which mounting a model needs. On a host: "
                          "modprobe fuse. In a container: give it the device and CAP_SYS_ADMIN.")
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.mount.mkdir(exist_ok=True)
        passphrase = self.data / "passphrase"
        if not passphrase.exists():
            with open(os.open(passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(24))

    def model(self, chosen: pathlib.Path | None) -> pathlib.Path:
        if chosen is not None:
            if not chosen.is_dir():
                raise Trouble(f"{chosen} is not a directory: give the directory that holds the model.")
            return chosen
        sample = self.data / "sample-model"
        if (sample / "README.md").exists():
            self.say("Using the sample model made earlier.")
        else:
            self.say("Making a small sample model with random weights.")
            subprocess.run([sys.executable, str(ROOT / "tools/make_sample_model.py"), str(sample)],
                           check=True, stdout=subprocess.DEVNULL)
        return sample

    def found(self) -> None:
        noted = self.data / "lab.json"
        if noted.exists():
            self.lab = json.loads(noted.read_text())
            self.say(f"Using the lab founded earlier: {self.lab['id']}")
            return
        for leftover in ("people", "server", "agent"):
            shutil.rmtree(self.data / leftover, ignore_errors=True)
        _, made = self.strongroom(
            "init", "--data", str(self.data), "--custodians", ",".join(CUSTODIANS),
            "--threshold", "2", "--members", MEMBER, "--host", "this-machine")
        self.lab = {"id": field(made, "id", str)}
        noted.write_text(json.dumps(self.lab) + "\n")
        self.say(f"Founded a lab for demonstration, {self.lab['id']}:\n"
                 f"  custodians alice, bob and carol; any two of them together release a model.")

    def serve(self) -> None:
        ready = self.data / "server/server.json"
        if self.running("strongroom-server") and ready.exists():
            self.say("The server is already running.")
        else:
            self.start("strongroom-server", ["--data", str(self.data / "server"),
                                             "--listen", "127.0.0.1:0"], ready)
        self.url = field(json.loads(ready.read_text()), "url", str)
        socket = self.data / "agent/agent.sock"
        if not (self.running("strongroom-agent") and socket.exists()):
            self.start("strongroom-agent", ["--data", str(self.data / "agent")], socket)
        self.say(f"The server answers on {self.url}; this machine's agent is ready.")

    def seal(self, model: pathlib.Path) -> None:
        described = subprocess.run([self.program("strongroom"), "scan", str(model)], text=True,
                                   stdout=subprocess.PIPE, check=False)
        if described.returncode != 0:
            raise Trouble(f"strongroom scan {model} ended with {described.returncode}")
        self.say("Recognised: " + (described.stdout.splitlines() or ["nothing"])[0])
        present = fingerprint(model)
        noted = self.data / "sealed.json"
        sealed = json.loads(noted.read_text()) if noted.exists() else []
        for earlier in sealed:
            if earlier["fingerprint"] == present:
                self.sealed = earlier
                self.say(f"Using {earlier['name']}, sealed earlier: {earlier['files']} files, "
                         f"{shown_bytes(earlier['bytes'])}.")
                return
        name = f"{model.name}-{len(sealed) + 1}"
        begin = time.monotonic()
        _, made = self.strongroom("seal", str(model), "--name", name, who=MEMBER)
        self.sealed = {"name": name, "fingerprint": present, "files": field(made, "files", int),
                       "bytes": field(made, "bytes", int), "seconds": round(time.monotonic() - begin, 3)}
        noted.write_text(json.dumps(sealed + [self.sealed]) + "\n")
        self.say(f"Sealed {self.sealed['files']} files, {shown_bytes(self.sealed['bytes'])}, in "
                 f"{self.sealed['seconds']:.1f} s, under the name {name}.")

    def release(self, model: pathlib.Path) -> None:
        weights = weights_of(model)
        plain = run_engine(weights) if weights else None
        if plain:
            self.say(f"For comparison, {plain['engine']} reads the plain file first.")
        _, asked = self.strongroom("open", self.sealed["name"], "--for", "demonstration", "--hours", "1",
                                   "--agent", str(self.data / "agent/agent.sock"), "--mount",
                                   str(self.mount), "--no-wait", "--confined", who=MEMBER)
        proposal = field(asked, "proposal", str)
        self.say(f"{MEMBER.capitalize()} asks for a release to this machine: proposal {proposal[:21]}…")
        self.refusal(proposal)
        self.strongroom("approve", proposal, "--yes", who=CUSTODIANS[1])
        self.say("Bob approves too: two of three. Mounting the model read-only, for this lease only.")
        answer = self.data / "inside.json"
        answer.unlink(missing_ok=True)
        self.resume(proposal, after=[
            sys.executable, str(pathlib.Path(__file__).resolve()), "--answer", str(answer),
            "--inside", str(weights.relative_to(model)) if weights else "."])
        if not answer.exists():
            raise Trouble("The release ended without its command having run.")
        seen = json.loads(answer.read_text())
        self.report["released_with_two"] = (
            seen.get("mount") is not None and seen["mount"].startswith("ro") and seen["files"] > 0)
        self.report["unmounted_after_lease"] = mounted(self.mount) is None
        self.compare(plain, seen.get("engine"))
        if not self.report["unmounted_after_lease"]:
            raise Trouble(f"The lease is over, and yet {self.mount} is still mounted.")
        self.say("The lease is closed; the model is unmounted.")

    def resume(self, proposal: str, after: list[str], expect: tuple[int, ...] = (0,)) -> tuple[int, dict]:
        return self.strongroom("open", "--proposal", proposal, "--agent",
                               str(self.data / "agent/agent.sock"), "--mount", str(self.mount),
                               *(["--no-wait"] if expect != (0,) else []), who=MEMBER, after=after,
                               expect=expect)

    def refusal(self, proposal: str) -> None:
        """One approval must not be enough: the release is tried, and must fail for want of votes."""
        self.strongroom("approve", proposal, "--yes", who=CUSTODIANS[0])
        code, _ = self.resume(proposal, after=["true"], expect=(NOT_YET, 0))
        refused = code == NOT_YET and mounted(self.mount) is None
        self.report["refused_with_one_approval"] = refused
        if not refused:
            raise Trouble("One approval was enough to open the model. It must not be.")
        self.say("Alice approves. One approval is not enough: the release is refused, nothing is mounted.")

    def compare(self, plain: dict | None, inside: dict | None) -> None:
        if plain is None:
            self.say("No GGUF file here, so there was nothing for the engine to generate from.")
            return
        if not inside:
            raise Trouble("The engine gave no answer from the mount.")
        same_tokens = plain["tokens"] == inside["tokens"]
        same_logits = plain["logits_sha256"] == inside["logits_sha256"]
        self.report |= {"engine": inside["engine"], "tokens_match_plain_file": same_tokens,
                        "logits_match_plain_file": same_logits}
        self.say(f"{inside['engine']} generated {len(inside['tokens'])} tokens from the mount"
                 f"{' through a memory map' if inside['mmap'] else ''}; tokens and raw logits "
                 + ("equal those of the plain file." if same_tokens and same_logits
                    else "DIFFER from those of the plain file."))

    def verify(self) -> None:
        done = subprocess.run([self.program("strongroom-verify"), str(self.data / "server/public"),
                               "--demonstration", "--id", self.lab["id"], "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise Trouble(f"strongroom-verify ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        self.report["log_verified"] = True
        self.report["log_entries"] = field(last_json(done.stdout), "entries", int)
        self.say(f"strongroom-verify re-derived the log from its pinned id: "
                 f"{self.report['log_entries']} entries, every grant and redemption in order.")

    def run(self, chosen: pathlib.Path | None) -> None:
        self.prepare()
        model = self.model(chosen)
        self.found()
        self.serve()
        self.seal(model)
        self.report |= {"sealed_bytes": self.sealed["bytes"], "files": self.sealed["files"],
                        "seal_seconds": self.sealed["seconds"]}
        self.release(model)
        self.verify()
        self.report["ok"] = all(value not in (False, 0, "") for key, value in self.report.items()
                                if key not in ("ok", "seal_seconds"))

    # Ending

    def stop(self) -> None:
        """The agent first: it ends its leases and unmounts. Then what the kernel still holds."""
        for pid, name in reversed(self.started):
            stop_pid(pid, name)
        for child in self.children:
            child.poll()
        if mounted(self.mount) is not None:
            subprocess.run(["umount", "-l", str(self.mount)], check=False)

    def farewell(self) -> None:
        command = os.path.relpath(self.program("strongroom"))
        home = os.path.relpath(self.data / "people" / MEMBER)
        passphrase = os.path.relpath(self.data / "passphrase")
        self.say(f"""
The server keeps running on {self.url}, for this machine only.
  Look around:  {command} status --home {home} --demonstration --passphrase-fd 3 3<{passphrase}
                {command} log --home {home} --demonstration --passphrase-fd 3 3<{passphrase}
  Your model:   ./run MODEL_DIR
  Stop:         ./run --stop
  Everything is in {os.path.relpath(self.data)}; remove that directory to start afresh.
A demonstration keeps every key on one machine. It proves the software, not the separation.""")


def last_json(output: str) -> dict:
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return {}


def field(answer: dict, name: str, kind: type):
    value = answer.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        raise Trouble(f'expected "{name}" in a program\'s JSON, and it said {json.dumps(answer)[:500]}')
    return value


def fingerprint(model: pathlib.Path) -> list:
    """Enough to notice that a directory is not the one sealed earlier: its path, sizes, times."""
    return [str(model)] + [[str(path.relative_to(model)), path.stat().st_size, path.stat().st_mtime_ns]
                           for path in sorted(model.rglob("*")) if path.is_file()]


def weights_of(model: pathlib.Path) -> pathlib.Path | None:
    """The GGUF file to generate from, by its first four bytes; of a split model the first part."""
    for path in sorted(model.rglob("*")):
        if path.is_file():
            with open(path, "rb") as file:
                if file.read(4) == b"GGUF":
                    return path
    return None


def run_engine(weights: pathlib.Path) -> dict:
    done = subprocess.run([str(GENERATE), str(weights)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        raise Trouble(f"The engine could not read {weights}:\n{done.stderr.strip()}")
    return last_json(done.stdout)


def shown_bytes(count: float) -> str:
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def inside_the_lease(relative: str, answer: pathlib.Path) -> int:
    """What `strongroom open … -- COMMAND` runs: looks at the mount from within, and uses it."""
    mount = pathlib.Path(os.environ["STRONGROOM_MOUNT"])
    seen = {"mount": mounted(mount), "files": sum(1 for path in mount.rglob("*") if path.is_file()),
            "engine": run_engine(mount / relative) if relative != "." else None}
    answer.write_text(json.dumps(seen))
    return 0


def stop_everything(data: pathlib.Path) -> int:
    stopped = False
    for name in ("strongroom-agent", "strongroom-server"):
        note = data / f"{name}.pid"
        if not note.exists():
            continue
        stop_pid(int(note.read_text()), name)
        note.unlink()
        stopped = True
    if mounted(data / "mount") is not None:
        subprocess.run(["umount", "-l", str(data / "mount")], check=False)
    print("Stopped. The sealed model and the log are kept." if stopped else "Nothing was running.")
    return 0


def check(build: pathlib.Path, chosen: pathlib.Path | None) -> int:
    data = pathlib.Path(tempfile.mkdtemp(prefix="strongroom-check-")).resolve()
    demonstration = Demonstration(build, data, check=True)
    try:
        demonstration.run(chosen)
    except (Trouble, subprocess.SubprocessError, OSError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        demonstration.report["error"] = str(trouble).splitlines()[0]
    finally:
        demonstration.stop()
        if mounted(demonstration.mount) is None:
            shutil.rmtree(data, ignore_errors=True)
    print(json.dumps(demonstration.report, separators=(",", ":")), flush=True)
    return 0 if demonstration.report["ok"] else 1


def keep(build: pathlib.Path, data: pathlib.Path, chosen: pathlib.Path | None) -> int:
    demonstration = Demonstration(build, data, check=False)
    try:
        demonstration.run(chosen)
        demonstration.farewell()
        return 0
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        demonstration.stop()
        return 1
    except BaseException:
        demonstration.stop()
        raise


def main() -> int:
    parser = argparse.ArgumentParser(description="Does Strongroom's main job once and reports.")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "strongroom-data")
    parser.add_argument("--model", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--inside", metavar="FILE", help=argparse.SUPPRESS)
    parser.add_argument("--answer", type=pathlib.Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(128 + signal.SIGHUP))
    if chosen.inside:
        return inside_the_lease(chosen.inside, chosen.answer)
    data = chosen.data.resolve()
    if chosen.stop:
        return stop_everything(data)
    model = chosen.model.resolve() if chosen.model else None
    build = chosen.build.resolve()
    return check(build, model) if chosen.check else keep(build, data, model)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
