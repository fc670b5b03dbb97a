"""What is typed: arguments that are empty, endless, hidden, or look like something else."""
import os

import lab as labs
from table import Scene, case

WORDS = "what is typed"


def typed(scene: Scene, *words, who: str = "dana", keeps_mount: bool = True):
    yield
    yield scene.lab.strongroom(*words, who=who)
    scene.again = lambda: scene.lab.strongroom("status")


def asked(scene: Scene, *words):
    """An `open` with one thing wrong."""
    mount = scene.folder("mount")
    yield from typed(scene, "open", "kept", "--agent", scene.lab.socket, "--mount", mount, "--no-wait", *words)


@case(WORDS, "nothing", 2, "", "store log again")
def nothing(scene):
    yield
    yield labs.run([scene.lab.programs / "strongroom"])
    scene.again = lambda: scene.lab.strongroom("status")


@case(WORDS, "a verb that does not exist", 2, "", "store log again")
def no_verb(scene):
    yield from typed(scene, "unseal")


@case(WORDS, "an option that does not exist", 2, "", "store log again")
def no_option(scene):
    yield from typed(scene, "status", "--force")


@case(WORDS, "a verb with terminal escapes", 2, "", "store log again", "they are not sent to the terminal")
def escapes(scene):
    yield
    ran = scene.lab.strongroom("\x1b[2J\x1b]0;owned\x07")
    scene.must("\x1b" not in ran.said, f"an escape was printed: {ran.said!r}")
    yield ran
    scene.again = lambda: scene.lab.strongroom("status")


@case(WORDS, "an argument of 100,000 bytes", (2, 11, 12, 30), "", "store log again")
def endless(scene):
    yield from typed(scene, "seal", "x" * 100_000, "--name", "x")


@case(WORDS, "a name of 20,000 bytes", 11, "10,000", "store log again")
def endless_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name", "n" * 20_000)


@case(WORDS, "an empty name", 2, "name", "store log again")
def empty_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name", "")


@case(WORDS, "a name of spaces", 2, "name", "store log again")
def blank_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name", "   ")


@case(WORDS, "a name with control characters", 10, "\\x1b", "store log again", "the message shows them harmless")
def control_name(scene):
    yield
    ran = scene.lab.strongroom("seal", scene.model(), "--name", "a\x1b[31mred")
    scene.must("\x1b" not in ran.said, "an escape was printed")
    yield ran
    scene.again = lambda: scene.lab.strongroom("status")


@case(WORDS, "a name that is no UTF-8", 10, "\\xff", "store log again")
def bytes_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name", os.fsdecode(b"\xff\xfe"))


@case(WORDS, "a name that turns text around", 10, "u{202e}", "store log again")
def turned_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name", "kept\u202egpj")


@case(WORDS, "a name that looks like an option (--name=--yes)", 0, "", "serves", "it is a name like any other")
def option_name(scene):
    yield from typed(scene, "seal", scene.model(), "--name=--yes")


@case(WORDS, "a directory that looks like an option", (0, 2), "", "serves", "behind ./ it is sealed")
def option_directory(scene):
    scene.model("-rf")
    yield
    yield scene.lab.strongroom("seal", "./-rf", "--name", "rf", around=labs.Around(cwd=str(scene.place)))


@case(WORDS, "an empty directory name", (2, 12), "", "store log again")
def empty_directory(scene):
    yield from typed(scene, "seal", "", "--name", "x")


@case(WORDS, "--hours 0", 2, "--hours", "store log again")
def no_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "0")


@case(WORDS, "--hours -1", 2, "", "store log again")
def negative_hours(scene):
    yield from asked(scene, "--for", "x", "--hours=-1")


@case(WORDS, "--hours nan", 2, "", "store log again")
def nan_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "nan")


@case(WORDS, "--hours inf", 2, "", "store log again")
def infinite_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "inf")


@case(WORDS, "--hours 1e300", 2, "", "store log again")
def huge_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "1e300")


@case(WORDS, "--hours 721, over 30 days", 2, "30 days", "store log again")
def many_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "721")


@case(WORDS, "--hours four", 2, "", "store log again")
def worded_hours(scene):
    yield from asked(scene, "--for", "x", "--hours", "four")


@case(WORDS, "--bytes -5", 2, "--bytes", "store log again")
def negative_bytes(scene):
    yield from asked(scene, "--for", "x", "--bytes=-5")


@case(WORDS, "--bytes beyond 64 bits", 2, "", "store log again")
def huge_bytes(scene):
    yield from asked(scene, "--for", "x", "--bytes", "99999999999999999999999")


@case(WORDS, "--bytes of 2^63-1, beyond what the log's numbers hold", 2, "--bytes", "store log again")
def largest_bytes(scene):
    yield from asked(scene, "--for", "x", "--bytes", str(2 ** 63 - 1))


@case(WORDS, "no purpose", 2, "--for", "store log again")
def no_purpose(scene):
    yield from asked(scene)


@case(WORDS, "an empty purpose", 2, "--for", "store log again")
def empty_purpose(scene):
    yield from asked(scene, "--for", "")


@case(WORDS, "a purpose of 20,000 bytes", 11, "10,000", "store log again")
def endless_purpose(scene):
    yield from asked(scene, "--for", "p" * 20_000)


@case(WORDS, "a model that nobody sealed", 12, "status", "store log again")
def unknown_model(scene):
    yield from typed(scene, "open", "nothing-of-this-name", "--for", "x", "--agent", scene.lab.socket, "--mount",
                     scene.folder("mount"), "--no-wait")


@case(WORDS, "approve of what is no proposal", 12, "", "store log again")
def unknown_proposal(scene):
    yield from typed(scene, "approve", "demo-0123456789", "--yes", who="alice")


@case(WORDS, "approve of an empty id", (2, 12, 14), "", "store log again")
def empty_proposal(scene):
    yield from typed(scene, "approve", "", "--yes", who="alice")


@case(WORDS, "approve of “../../etc/passwd”", 12, "", "store log again")
def path_proposal(scene):
    yield from typed(scene, "approve", "../../etc/passwd", "--yes", who="alice")


@case(WORDS, "a threshold above the number of custodians", (2, 10), "", "store log", "nothing is founded")
def high_threshold(scene):
    yield
    place = scene.place / "new"
    yield scene.lab.strongroom("init", "--data", place, "--custodians", "a,b", "--threshold", "3", who="")
    scene.must(not (place / "server/public/checkpoint").exists(), "it was founded")


@case(WORDS, "a threshold of zero", (2, 10), "", "store log", "nothing is founded")
def zero_threshold(scene):
    yield
    place = scene.place / "new"
    yield scene.lab.strongroom("init", "--data", place, "--custodians", "a,b", "--threshold", "0", who="")
    scene.must(not (place / "server/public/checkpoint").exists(), "it was founded")


@case(WORDS, "one custodian named twice", (2, 13), "", "store log", "nothing is founded")
def twin_custodians(scene):
    yield
    place = scene.place / "new"
    yield scene.lab.strongroom("init", "--data", place, "--custodians", "a,a", "--threshold", "1", who="")
    scene.must(not (place / "server/public/checkpoint").exists(), "it was founded")


@case(WORDS, "a custodian called “../../alice”", 2, "", "store log", "no directory is made outside")
def path_custodian(scene):
    yield
    place = scene.place / "new"
    yield scene.lab.strongroom("init", "--data", place, "--custodians", "../../alice,b", "--threshold", "1", who="")
    scene.must(not (scene.place / "alice").exists(), "a directory was made outside")


@case(WORDS, "init in a directory that holds a strongroom", 13, "already", "store log again")
def init_again(scene):
    yield
    yield scene.lab.strongroom("init", "--data", scene.lab.directory, "--custodians", "a,b,c", "--threshold", "2", who="")
    scene.again = lambda: scene.lab.strongroom("status")


@case(WORDS, "--demonstration left out", 2, "--demonstration", "store log again")
def no_demonstration(scene):
    lab = scene.lab
    yield
    with lab.passphrase_pipe() as descriptor:
        yield labs.run([lab.programs / "strongroom", "status", "--home", lab.home("dana"), "--passphrase-fd",
                        str(descriptor)], labs.Around(pass_fds=(descriptor,)))
    scene.again = lambda: lab.strongroom("status")
