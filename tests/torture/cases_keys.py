"""Keys, passphrases, and what a home holds, in every wrong way."""
import json
import os
import pathlib
import re
import shutil

import lab as labs
from table import Scene, Skipped, case

KEY = "a key file"
HOME = "a home"


def with_home(scene: Scene, spoil, *, command=("status",), who: str = labs.MEMBER):
    """A command in a copy of a person's home that `spoil` has been at; afterwards in the good one."""
    lab = scene.lab
    home = lab.home(who)
    good = scene.place / "good"
    shutil.copytree(home, good)
    spoiled = labs.Lab(lab.programs, scene.place / "spoiled")
    shutil.copytree(good, spoiled.home(who))
    yield
    spoil(spoiled.home(who))
    yield spoiled.strongroom(*command, who=who)
    scene.again = lambda: lab.strongroom(*command, who=who)


def spoiled_key(scene: Scene, change):
    def spoil(home: pathlib.Path):
        key = home / "key.json"
        before = key.read_bytes()
        key.write_bytes(change(before))
    yield from with_home(scene, spoil)


def flipped(part: bytes, at: int) -> bytes:
    return part[:at] + bytes([part[at] ^ 1]) + part[at + 1:]


def header_changed(before: bytes, name: str, change) -> bytes:
    header, _, rest = before.partition(b"\n")
    parsed = json.loads(header)
    parsed[name] = change(parsed[name])
    return json.dumps(parsed, sort_keys=True, separators=(",", ":")).encode() + b"\n" + rest


@case(KEY, "opened with the wrong passphrase", 22, "passphrase", "store log again")
def wrong_passphrase(scene):
    yield
    yield scene.lab.strongroom("status", passphrase="not that one")
    scene.again = lambda: scene.lab.strongroom("status")


@case(KEY, "opened with an empty passphrase", 2, "empty", "store log again")
def empty_passphrase(scene):
    yield
    yield scene.lab.strongroom("status", passphrase="")
    scene.again = lambda: scene.lab.strongroom("status")


@case(KEY, "opened with a passphrase of 2,000 bytes", 11, "longer", "store log again")
def long_passphrase(scene):
    yield
    yield scene.lab.strongroom("status", passphrase="x" * 2000)
    scene.again = lambda: scene.lab.strongroom("status")


@case(KEY, "no terminal and no descriptor to take the passphrase from", 34, "descriptor", "store log")
def no_terminal(scene):
    lab = scene.lab
    yield
    yield labs.run([lab.programs / "strongroom", "status", "--home", lab.home("dana"), "--demonstration"])


@case(KEY, "a passphrase descriptor that is not open", (2, 30), "passphrase", "store log")
def closed_descriptor(scene):
    yield
    yield labs.run(scene.lab.words("status", who="dana", passphrase=77))


@case(KEY, "missing", 12, "key.json", "log again")
def missing_key(scene):
    yield from with_home(scene, lambda home: (home / "key.json").unlink())


@case(KEY, "empty", 10, "cut off", "log again")
def empty_key(scene):
    yield from spoiled_key(scene, lambda before: b"")


@case(KEY, "cut off in its first line", 10, "cut off", "log again")
def cut_header(scene):
    yield from spoiled_key(scene, lambda before: before[:40])


@case(KEY, "cut off in its secret part", 10, "wrong length", "log again")
def cut_secret(scene):
    yield from spoiled_key(scene, lambda before: before[:-3])


@case(KEY, "with bytes after its end", 10, "wrong length", "log again")
def longer_key(scene):
    yield from spoiled_key(scene, lambda before: before + b"\n")


@case(KEY, "of a megabyte of zeroes", 11, "larger", "log again")
def huge_key(scene):
    yield from spoiled_key(scene, lambda before: bytes(1 << 20))


@case(KEY, "with a flipped bit in the JSON's punctuation", 10, "", "log again")
def flipped_punctuation(scene):
    yield from spoiled_key(scene, lambda before: flipped(before, 0))


@case(KEY, "with a flipped bit in the salt", 22, "altered", "log again")
def flipped_salt(scene):
    def change(argon2id):
        salt = argon2id["salt"]
        return {**argon2id, "salt": salt[:-1] + ("0" if salt[-1] != "0" else "1")}
    yield from spoiled_key(scene, lambda before: header_changed(before, "argon2id", change))


@case(KEY, "that asks for 100 GiB of memory", 10, "", "log again", "it is not tried")
def greedy_key(scene):
    yield from spoiled_key(scene, lambda before: header_changed(
        before, "argon2id", lambda a: {**a, "memory_bytes": 100 << 30}))


@case(KEY, "that asks for a million passes", 10, "", "log again", "it is not tried")
def slow_key(scene):
    yield from spoiled_key(scene, lambda before: header_changed(
        before, "argon2id", lambda a: {**a, "passes": 1_000_000}))


@case(KEY, "with a flipped bit in the public key", 10, "digest", "log again")
def flipped_public(scene):
    yield from spoiled_key(scene, lambda before: header_changed(
        before, "sign", lambda sign: ("0" if sign[0] != "0" else "1") + sign[1:]))


@case(KEY, "with a flipped bit in the secret part", 22, "altered", "log again")
def flipped_secret(scene):
    yield from spoiled_key(scene, lambda before: flipped(before, len(before) - 20))


@case(KEY, "with a flipped bit in the tag", 22, "altered", "log again")
def flipped_tag(scene):
    yield from spoiled_key(scene, lambda before: flipped(before, len(before) - 1))


@case(KEY, "readable by others", 20, "chmod 600", "log again")
def open_key(scene):
    yield from with_home(scene, lambda home: (home / "key.json").chmod(0o644))


@case(KEY, "that is a symbolic link", 20, "", "log again")
def linked_key(scene):
    def spoil(home):
        (home / "key.json").rename(home / "real.json")
        (home / "key.json").symlink_to("real.json")
    yield from with_home(scene, spoil)


@case(KEY, "that is a FIFO", 20, "", "log again", "it is not waited for")
def fifo_key(scene):
    def spoil(home):
        (home / "key.json").unlink()
        os.mkfifo(home / "key.json", 0o600)
    yield from with_home(scene, spoil)


@case(KEY, "that is a directory", 20, "", "log again")
def directory_key(scene):
    def spoil(home):
        (home / "key.json").unlink()
        (home / "key.json").mkdir(0o700)
    yield from with_home(scene, spoil)


@case(KEY, "of the server, in a person's home", 20, "kind", "log again")
def services_key(scene):
    server = scene.lab.server_dir / "keys/log.key"
    yield from with_home(scene, lambda home: shutil.copy2(server, home / "key.json"))


@case(KEY, "of another person of the same strongroom", (20, 21, 22), "", "store log again",
      "nothing is signed in either's name")
def anothers_key(scene):
    model = scene.model()
    other = scene.lab.home("bob") / "key.json"
    yield from with_home(scene, lambda home: shutil.copy2(other, home / "key.json"),
                         command=("seal", str(model), "--name", "swapped"))


@case(KEY, "of a person of another strongroom", (20, 21), "", "store log again")
def strangers_key(scene):
    stranger = labs.Lab(scene.lab.programs, scene.place / "other")
    stranger.found()
    yield from with_home(scene, lambda home: shutil.copy2(stranger.home("dana") / "key.json", home / "key.json"))


@case(KEY, "that its user may not read", 20, "Permission denied", "log")
def unreadable_key(scene):
    if os.geteuid() != 0:
        raise Skipped("only root can take it away from another user")
    lab = scene.unprivileged()
    key = lab.home("carol") / "key.json"
    yield
    key.chmod(0)
    ran = lab.strongroom("status", who="carol")
    key.chmod(0o600)
    yield ran


# What else a home holds

def config(scene: Scene, change, **more):
    def spoil(home):
        path = home / "config.json"
        path.write_text(change(path.read_text()))
    yield from with_home(scene, spoil, **more)


@case(HOME, "that does not exist", 12, "--home", "log again")
def no_home(scene):
    yield
    yield scene.lab.strongroom("status", "--home", scene.place / "nowhere", who="")
    scene.again = lambda: scene.lab.strongroom("status")


@case(HOME, "without config.json", 12, "--home", "log again")
def no_config(scene):
    yield from with_home(scene, lambda home: (home / "config.json").unlink())


@case(HOME, "with an empty config.json", 10, "", "log again")
def empty_config(scene):
    yield from config(scene, lambda text: "")


@case(HOME, "with a config.json that is cut off", 10, "", "log again")
def cut_config(scene):
    yield from config(scene, lambda text: text[:-5])


@case(HOME, "with a config.json that has a field too many", 10, "", "log again")
def more_config(scene):
    yield from config(scene, lambda text: text.replace('{"', '{"also":1,"', 1))


@case(HOME, "with a config.json of random bytes", 10, "", "log again")
def random_config(scene):
    def spoil(home):
        (home / "config.json").write_bytes(os.urandom(500))
    yield from with_home(scene, spoil)


@case(HOME, "pinned to another strongroom", 21, "", "store log again")
def other_pin(scene):
    def change(text):
        pin = re.search(r'"strongroom":"(\w+)"', text).group(1)
        return text.replace(pin, ("0" if pin[0] != "0" else "1") + pin[1:])

    def spoil(home):
        path = home / "config.json"
        path.write_text(change(path.read_text()))
        shutil.rmtree(home / "log", ignore_errors=True)
    yield from with_home(scene, spoil)


@case(HOME, "of the agent, in place of a person's", 2, "host", "log again")
def agents_home(scene):
    yield
    yield scene.lab.strongroom("status", "--home", scene.lab.directory / "agent", who="")
    scene.again = lambda: scene.lab.strongroom("status")


@case(HOME, "that says it is no demonstration, when the log says it is", 21, "demonstration", "log again")
def not_a_demonstration(scene):
    yield from config(scene, lambda text: text.replace('"demonstration":true', '"demonstration":false'))


@case(HOME, "that names a server on another machine", 2, "127.0.0.1", "log again")
def far_server(scene):
    yield from config(scene, lambda text: re.sub(r'"server":"[^"]*"', '"server":"http://192.0.2.1:7443"', text))


@case(HOME, "whose kept log has a flipped bit", (10, 21), "", "log again")
def flipped_kept_log(scene):
    scene.lab.must("status")

    def spoil(home):
        bundle = home / "log/bundle-000000000000"
        bundle.write_bytes(flipped(bundle.read_bytes(), 900))
    yield from with_home(scene, spoil)


@case(HOME, "whose kept log is cut off", (10, 21), "", "log again")
def cut_kept_log(scene):
    scene.lab.must("status")

    def spoil(home):
        bundle = home / "log/bundle-000000000000"
        bundle.write_bytes(bundle.read_bytes()[:-7])
    yield from with_home(scene, spoil)


@case(HOME, "whose kept log is another strongroom's", 21, "", "log again")
def anothers_kept_log(scene):
    stranger = labs.Lab(scene.lab.programs, scene.place / "other")
    stranger.found()
    stranger.start_server()
    scene.undo.callback(stranger.stop_all)
    stranger.must("freeze", "all", "--reason", "so that there is more than its beginning", who="alice")
    stranger.must("status")
    scene.lab.must("status")

    def spoil(home):
        shutil.copy2(stranger.home("dana") / "log/bundle-000000000000", home / "log/bundle-000000000000")
    yield from with_home(scene, spoil)
    stranger.stop_all()


@case(HOME, "without its kept log", 0, "", "log again", "it is followed anew from the pinned id")
def no_kept_log(scene):
    yield from with_home(scene, lambda home: shutil.rmtree(home / "log", ignore_errors=True))


@case(HOME, "on a disk that is read-only", (0, 30), "", "log again")
def read_only_home(scene):
    lab = scene.twin()
    scene.tmpfs(lab.home("dana"), "2m")
    yield
    labs.subprocess.run(["mount", "-o", "remount,ro", str(lab.home("dana"))], check=True)
    ran = lab.strongroom("status")
    labs.subprocess.run(["mount", "-o", "remount,rw", str(lab.home("dana"))], check=True)
    yield ran
    scene.again = lambda: lab.strongroom("status")
