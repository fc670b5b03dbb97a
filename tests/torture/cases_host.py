"""Hosts: mountpoints, agents that die, consumers that hold on."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import fakes
import lab as labs
from cases_reader import need_fuse, read_with_patience
from table import Scene, case

MOUNT = "where a model is mounted"
AGENT = "an agent"


def opened_at(scene: Scene, mount, **more):
    """An `open` at a place where it must not be mounted; then at a good one."""
    need_fuse()
    lab = scene.lab
    ask = ("open", "kept", "--for", "x", "--agent", lab.socket, "--no-wait", "--json")
    ran = lab.strongroom(*ask, "--mount", mount, **more)

    def again():
        good = lab.strongroom(*ask, "--mount", scene.folder("good"))
        if good.code == 0:
            lab.close(good.json["proposal"])
        return good
    scene.again = again
    return ran


@case(MOUNT, "a directory that is not empty", 14, "not empty", "store log again", "what lies in it stays to be seen")
def not_empty(scene):
    mount = scene.folder("mount")
    (mount / "thesis.txt").write_text("three years")
    yield
    yield opened_at(scene, mount)
    scene.must((mount / "thesis.txt").exists(), "it is hidden")


@case(MOUNT, "a file", 2, "no directory", "store log again")
def a_file(scene):
    (scene.place / "mount").write_text("x")
    yield
    yield opened_at(scene, scene.place / "mount")


@case(MOUNT, "a directory in one that does not exist", 12, "", "store log again")
def no_parent(scene):
    yield
    yield opened_at(scene, scene.place / "no/such")


@case(MOUNT, "no directory named", 2, "--mount", "store log again")
def none_named(scene):
    yield
    yield opened_at(scene, "")


@case(MOUNT, "a relative path", 0, "", "serves", "it is mounted where that path led from where it was typed")
def relative(scene):
    need_fuse()
    lab = scene.lab
    scene.folder("mount")
    yield
    ran = lab.strongroom("open", "kept", "--for", "x", "--agent", lab.socket, "--no-wait", "--json", "--mount", "mount",
                         around=labs.Around(cwd=str(scene.place)))
    yield ran
    scene.must(ran.json["mount"] == str(scene.place / "mount"), ran.out)
    lab.close(ran.json["proposal"])


@case(MOUNT, "where something is mounted already", 14, "mount", "store log again", "that stays mounted")
def already_mounted(scene):
    mount = scene.folder("mount")
    scene.tmpfs(mount, "1m")
    yield
    yield opened_at(scene, mount)
    scene.must(labs.mounts_beneath(mount, "tmpfs"), "what was mounted is gone")


@case(MOUNT, "where another lease is open", 14, "mounted", "store serves", "that lease stays open")
def second_at_once(scene):
    need_fuse()
    lab = scene.lab
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    ran = lab.strongroom("open", "kept", "--for", "x", "--agent", lab.socket, "--no-wait", "--mount", mount)
    scene.must((mount / "config.json").read_text(), "the first lease is gone")
    scene.must(lab.close(proposal).code == 0, "the first lease cannot be closed")
    yield ran


@case(MOUNT, "the directory of another user", 20, "another user", "", "")
def another_users(scene):
    need_fuse()
    lab = scene.twin(uid=labs.NOBODY)
    lab.start_agent()
    mount = scene.folder("mount")
    yield
    yield lab.strongroom("open", "kept", "--for", "x", "--agent", lab.socket, "--no-wait", "--mount", mount)


@case(MOUNT, "no /dev/fuse on the host", (20, 34), "/dev/fuse", "serves", "the lease fails by name; its end is in the log")
def no_fuse(scene):
    need_fuse()
    lab = scene.twin()
    hidden = ("unshare", "--mount", "--propagation", "private", "sh", "-c",
              f'touch {scene.place}/none && mount --bind {scene.place}/none /dev/fuse && exec "$0" "$@"')
    lab.start_agent(labs.Around(prefix=hidden))
    proposal = lab.propose(scene.folder("mount"))
    yield
    lab.approve(proposal)
    yield lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", scene.place / "mount")
    scene.must(labs.wait_until(lambda: "lease_ended" in lab.strongroom("log").out or "ended" in lab.strongroom("log").out, 10),
               "the log does not say that it ended")


@case(MOUNT, "an agent that is not root, mounting for its own user", (0, 20, 34), "", "serves", "it works with fusermount3, or says what is missing")
def not_root(scene):
    need_fuse()
    lab = scene.twin(uid=labs.NOBODY)
    lab.start_agent()
    mount = scene.folder("mount")
    os.chown(mount, labs.NOBODY, labs.NOBODY)
    proposal = lab.propose(mount)
    lab.approve(proposal)
    yield
    ran = lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount)
    if ran.code != 0:
        scene.must("fuse" in ran.said.lower(), ran.said)
    else:
        lab.close(proposal)
    yield ran


# The agent itself

def agent_ends(lab: labs.Lab, around=None) -> labs.Ran:
    already = len(lab.log_of("strongroom-agent"))
    ran = labs.finish(lab.launch("strongroom-agent", around=around), 15)
    return labs.dataclasses.replace(ran, err=lab.log_of("strongroom-agent")[already:])


@case(AGENT, "whose socket's path is taken by a file", 13, "no socket", "log again", "the file stays")
def socket_is_file(scene):
    lab = scene.twin()
    lab.socket.write_text("x")
    yield
    yield agent_ends(lab)
    scene.must(lab.socket.read_text() == "x", "the file is gone")
    lab.socket.unlink()
    lab.start_agent()
    scene.again = lambda: lab.strongroom("status")


@case(AGENT, "whose socket's path is too long", 2, "shorter", "log")
def socket_too_long(scene):
    lab = scene.twin()
    deep = scene.place / ("d" * 100)
    shutil.move(lab.directory / "agent", deep)
    yield
    yield labs.run([lab.programs / "strongroom-agent", "--data", deep])


@case(AGENT, "whose socket was left by one that died", 0, "", "serves", "it is replaced")
def stale_socket(scene):
    lab = scene.twin(agent=True)
    lab.stop("strongroom-agent", signal.SIGKILL)
    yield
    child = lab.launch("strongroom-agent")
    lab.children["strongroom-agent"] = child

    def answers():
        return lab.phase_of("0" * 64) != ""
    scene.must(labs.wait_until(answers), "it does not answer")
    yield labs.Ran(0, "", "")


@case(AGENT, "that is not there", 33, "", "store log again")
def no_agent(scene):
    lab = scene.twin()
    mount = scene.folder("mount")
    ask = ("open", "kept", "--for", "x", "--agent", lab.socket, "--no-wait", "--mount", mount)
    yield
    yield lab.strongroom(*ask)
    lab.start_agent()
    scene.again = lambda: lab.strongroom(*ask)


@case(AGENT, "that starts while the server is away", 34, "waits for its server", "serves",
      "it waits, and serves when the server is there")
def agent_without_server(scene):
    lab = scene.twin(agent=True)
    lab.stop("strongroom-agent")
    lab.stop("strongroom-server")
    yield
    lab.children["strongroom-agent"] = lab.launch("strongroom-agent")
    scene.must(labs.wait_until(lambda: lab.agent_says("/v1/leases") != ""), "it does not answer")
    refused = lab.agent_says("/v1/leases")
    lab.start_server()
    scene.must(labs.wait_until(lambda: lab.agent_says("/v1/leases").startswith('{"leases"')), "it does not begin to serve")
    yield labs.Ran(34 if '"unavailable"' in refused else 0, "", refused)


@case(AGENT, "without its key", 12, "host.key", "log again")
def no_key(scene):
    lab = scene.twin()
    away = lab.directory / "away"
    yield
    (lab.directory / "agent/host.key").rename(away)
    ran = agent_ends(lab)
    away.rename(lab.directory / "agent/host.key")
    yield ran
    lab.start_agent()
    scene.again = lambda: lab.strongroom("status")


@case(AGENT, "with another host's key", (20, 21), "", "log again", "nobody is asked to release to it")
def strangers_key(scene):
    other = labs.Lab(scene.lab.programs, scene.place / "other")
    other.found()
    lab = scene.twin()
    key = lab.directory / "agent/host.key"
    before = key.read_bytes()
    yield
    shutil.copy2(other.directory / "agent/host.key", key)
    ran = agent_ends(lab)
    key.write_bytes(before)
    yield ran
    lab.start_agent()
    scene.again = lambda: lab.strongroom("status")


@case(AGENT, "killed (-9) with a model mounted", 0, "", "serves again",
      "before it starts again readers get an error at once; after, nothing is mounted and the place serves a new lease")
def killed_mounted(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    lab.open(mount)
    yield
    lab.stop("strongroom-agent", signal.SIGKILL)
    ran = read_with_patience(mount / "model.safetensors")
    scene.must(ran.code not in (0, 137), f"a reader of the dead mount ended with {ran.code}")
    lab.start_agent()
    scene.must(not labs.mounts_beneath(mount), "the dead mount is still there after the restart")
    yield lab.strongroom("status")

    def again():
        closed = lab.close(lab.open(mount))
        return closed
    scene.again = again


@case(AGENT, "killed with a command running in a lease", 0, "", "serves", "once it has started again, the command has been killed")
def killed_with_consumer(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    ready = scene.place / "ready"
    proposal = lab.propose(mount, confined=True)
    lab.approve(proposal)
    child = lab.begin("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount, "--",
                      "sh", "-c", f"echo $$ > {ready}; exec sleep 300")
    scene.must(labs.wait_until(lambda: ready.exists() and ready.read_text().strip()), "the command did not run")
    pid = int(ready.read_text())
    yield
    lab.stop("strongroom-agent", signal.SIGKILL)
    lab.start_agent()
    scene.must(labs.wait_until(lambda: labs.stat_of(pid)[1] != "R", 5), "the command runs on without its lease")
    ran = labs.finish(child, 30)
    scene.must(ran.code != 0, f"open ended with {ran.code}")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    yield lab.strongroom("status")


@case(AGENT, "stopped by SIGTERM with a model mounted", 0, "", "serves again", "the lease is ended, in the log too, and nothing is mounted")
def stopped_mounted(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    lab.open(mount)
    yield
    code = lab.stop("strongroom-agent")
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    status = lab.must("status")
    scene.must(status["open"] == 0, f"the log does not say that it ended: {status}")
    yield labs.Ran(code, "", "")
    lab.start_agent()
    scene.again = lambda: lab.close(lab.open(mount))


@case(AGENT, "killed while its mountpoint's directory is removed", 0, "", "serves", "it starts all the same")
def killed_mountpoint_gone(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    lab.open(mount)
    yield
    lab.stop("strongroom-agent", signal.SIGKILL)
    subprocess.run(["umount", "-l", str(mount)], check=True)
    mount.rmdir()
    lab.start_agent()
    yield lab.strongroom("status")


@case(AGENT, "stopped (SIGSTOP) with a model mounted, and a reader waiting", 0, "", "serves", "the reader gets its bytes when it goes on")
def frozen_agent(scene):
    need_fuse()
    lab = scene.twin(agent=True)
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    child = lab.children["strongroom-agent"]
    yield
    child.send_signal(signal.SIGSTOP)
    reader = labs.Around().start(["cat", mount / "model.safetensors"])
    time.sleep(0.3)
    scene.must(reader.poll() is None, "it read what was not served")
    child.send_signal(signal.SIGCONT)
    yield labs.finish(reader, 20)
    scene.must(lab.close(proposal).code == 0, "it cannot be closed")


# The server dies in the middle of a release

def fixed(scene: Scene) -> tuple[labs.Lab, tuple[str, str]]:
    """A strongroom whose server comes back where it was."""
    lab = scene.twin(server=False)
    where = ("--listen", f"127.0.0.1:{fakes.free_port()}")
    return lab, where


def begin_server(lab: labs.Lab, where) -> None:
    ready = lab.server_dir / "server.json"
    ready.unlink(missing_ok=True)
    lab.children["strongroom-server"] = lab.launch("strongroom-server", *where)
    if not labs.wait_until(ready.exists):
        raise labs.Trouble(lab.log_of("strongroom-server"))


@case(AGENT, "whose server is killed (-9) between the request and the last approval", 0, "", "serves", "the release goes on once the server is back")
def server_killed_waiting(scene):
    need_fuse()
    lab, where = fixed(scene)
    begin_server(lab, where)
    lab.start_agent()
    mount = scene.folder("mount")
    proposal = lab.propose(mount)
    lab.approve(proposal, "alice")
    yield
    lab.stop("strongroom-server", signal.SIGKILL)
    time.sleep(0.3)
    begin_server(lab, where)
    lab.approve(proposal, "bob")
    yield lab.strongroom("open", "--proposal", proposal, "--agent", lab.socket, "--mount", mount)
    scene.must((mount / "config.json").read_text(), "it is not mounted")
    scene.must(lab.close(proposal).code == 0, "it cannot be closed")


@case(AGENT, "whose server is killed again and again while it redeems", 0, "", "serves", "it is redeemed once, or asked for anew; the verifier passes")
def server_killed_redeeming(scene):
    need_fuse()
    lab, where = fixed(scene)
    begin_server(lab, where)
    lab.start_agent()
    yield
    for delay in (0.0, 0.02, 0.05, 0.1):
        mount = scene.folder(f"mount{delay}")
        proposal = lab.propose(mount)
        lab.approve(proposal, "alice")
        lab.approve(proposal, "bob")
        time.sleep(delay)
        lab.stop("strongroom-server", signal.SIGKILL)
        begin_server(lab, where)
        ended = labs.wait_until(lambda: lab.phase_of(proposal) in ("mounted", "failed", "ended"), 20)
        scene.must(ended, f"killed after {delay} s: the lease is {lab.phase_of(proposal)}")
        lab.close(proposal)
        scene.must(not labs.mounts_beneath(mount), "still mounted")
    yield labs.run([lab.programs / "strongroom-verify", lab.server_dir / "public", "--demonstration", "--id", lab.id])


@case(AGENT, "whose server is gone when a lease is closed", 0, "", "", "the lease ends all the same, and nothing is mounted")
def close_without_server(scene):
    need_fuse()
    lab, where = fixed(scene)
    begin_server(lab, where)
    lab.start_agent()
    mount = scene.folder("mount")
    proposal = lab.open(mount)
    yield
    lab.stop("strongroom-server", signal.SIGKILL)
    plain = proposal.removeprefix("demo-")
    yield labs.run(["curl", "-s", "-m", "50", "-X", "POST", "-d", "{}", "--unix-socket", lab.socket,
                    f"http://agent/v1/leases/{plain}/close"])
    scene.must(not labs.mounts_beneath(mount), "still mounted")
    begin_server(lab, where)
