"""A server that is away, stalls, breaks off, or is none."""
import os
import re
import shutil
import signal

import fakes
import lab as labs
from table import Scene, case

NETWORK = "the network"


def far(scene: Scene, url: str, command=("status",), seconds: float = 100):
    """A command whose home names `url` as its server."""
    lab = scene.lab
    elsewhere = labs.Lab(lab.programs, scene.place / "elsewhere")
    shutil.copytree(lab.home("dana"), elsewhere.home("dana"))
    config = elsewhere.home("dana") / "config.json"
    config.write_text(re.sub(r'"server":"[^"]*"', f'"server":"{url}"', config.read_text()))
    scene.again = lambda: lab.strongroom(*command)
    yield
    yield elsewhere.strongroom(*command, around=labs.Around(seconds=seconds))


def faked(scene: Scene, act, **more):
    with fakes.FakeServer(act) as fake:
        yield from far(scene, fake.url, **more)


@case(NETWORK, "the server is away", 33, "", "log again")
def away(scene):
    yield from far(scene, f"http://127.0.0.1:{fakes.free_port()}")


@case(NETWORK, "the server has been stopped", 33, "strongroom-server", "again")
def stopped(scene):
    lab = scene.twin()
    lab.stop("strongroom-server")
    yield
    yield lab.strongroom("status")
    lab.start_server()
    scene.again = lambda: lab.strongroom("status")


@case(NETWORK, "the server was killed, and its note of where it listens is stale", 33, "", "again")
def killed(scene):
    lab = scene.twin()
    lab.stop("strongroom-server", signal.SIGKILL)
    yield
    yield lab.strongroom("status")
    lab.start_server()
    scene.again = lambda: lab.strongroom("status")


@case(NETWORK, "a server that closes at once", 33, "", "log again")
def closes(scene):
    yield from faked(scene, lambda fake, peer: None)


@case(NETWORK, "a server that answers random bytes", (10, 33), "", "log again")
def garbage(scene):
    yield from faked(scene, fakes.says(os.urandom(5000)))


@case(NETWORK, "a server of another protocol (SSH)", (10, 33), "", "log again")
def ssh(scene):
    yield from faked(scene, fakes.says(b"SSH-2.0-OpenSSH_9.2\r\n"))


@case(NETWORK, "half an answer", 33, "", "log again")
def half(scene):
    yield from faked(scene, fakes.says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf"))


@case(NETWORK, "an answer of 500", (33, 34, 70), "", "log again")
def server_error(scene):
    yield from faked(scene, fakes.says(b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\nouch"))


@case(NETWORK, "an answer of 200 that is no checkpoint", (10, 21), "", "log again")
def no_checkpoint(scene):
    yield from faked(scene, fakes.says(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"))


@case(NETWORK, "a redirection to another machine", (10, 20, 33), "", "log again", "it is not followed")
def redirect(scene):
    yield from faked(scene, fakes.says(
        b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"))


@case(NETWORK, "an answer that announces a terabyte", (11, 33), "", "log again", "nothing is allocated for it")
def huge_answer(scene):
    yield from faked(scene, fakes.says(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\nx"))


@case(NETWORK, "headers without end", (10, 11, 33), "", "log again")
def huge_headers(scene):
    yield from faked(scene, fakes.endless_headers)


@case(NETWORK, "a server that never answers", 33, "", "log again", "given up after a minute", long=True)
def never_answers(scene):
    yield from faked(scene, fakes.never)


@case(NETWORK, "a server that sends a byte every half second", 33, "", "log again", "given up after a minute", long=True)
def drips(scene):
    yield from faked(scene, fakes.drips)


@case(NETWORK, "the server of another strongroom", (20, 21), "", "store log again")
def strangers_server(scene):
    other = labs.Lab(scene.lab.programs, scene.place / "other")
    other.found()
    other.start_server()
    scene.undo.callback(other.stop_all)
    yield from far(scene, other.url)
    other.stop_all()
