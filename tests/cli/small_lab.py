"""A small strongroom of the real programs, where levels bind: founded, joined and rehearsed."""
import datetime
import json
import tempfile
import pathlib

from lab import BINARIES, PASSPHRASE, Lab, cheap_keys, run

CUSTODIANS = ("alice", "bob", "carol")
RECOVERY_HOLDERS = ("rita", "remy")
TODAY = datetime.datetime.now(datetime.timezone.utc).date()
DOMAINS = ("cyber", "biology", "chemistry", "ai_development", "autonomy", "persuasion")


class SmallLab(Lab):
    """alice, bob and carol are custodians, any two of whom release; rita and remy can recover the site; dana seals and
    asks; gpu-1 is the host. What is not said to be a demonstration is held to its levels."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.kept = tempfile.TemporaryDirectory(prefix="strongroom-small-")
        self.path = pathlib.Path(self.kept.name)
        self.processes = {}
        try:
            self._found()
            self._rehearse()
        except BaseException:
            self.close()
            raise

    def words(self, who: str, *arguments) -> list[str]:
        return [str(word) for word in (arguments[0], "--home", self.home(who), *arguments[1:])]

    def ran(self, *words) -> dict:
        status, out, told = run(*words, "--json", passphrase=PASSPHRASE)
        assert status == 0, f"{words} ended with {status}: {told}{out}"
        return json.loads(out.splitlines()[-1])

    def introductions(self, *names) -> str:
        return ",".join(str(self.path / f"{name}.introduction") for name in names)

    def _found(self) -> None:
        for name in (*CUSTODIANS, *RECOVERY_HOLDERS, "dana"):
            self.ran("key", "new", "--home", self.home(name), "--name", name, "--out",
                     self.path / f"{name}.introduction")
        cheap_keys(self.path / "lab/people")
        founding = self.path / "lab"
        spoken = self.ran("init", "--profile", "small", "--data", founding, "--founders",
                          self.introductions(*CUSTODIANS), "--threshold", 2, "--recovery",
                          self.introductions(*RECOVERY_HOLDERS), "--recovery-threshold", 2, "--members",
                          self.introductions("dana"), "--host", "gpu-1")["spoken"]
        for name in CUSTODIANS:
            self.ran("sign", founding / "genesis.json", "--home", self.home(name), "--heard", spoken, "--out",
                     self.path / f"{name}.signature")
        signatures = ",".join(str(self.path / f"{name}.signature") for name in CUSTODIANS)
        self.id = self.ran("found", "--data", founding, "--signatures", signatures)["id"]
        self.start_server()
        self.url = json.loads((founding / "server/server.json").read_text())["url"]
        for name in (*CUSTODIANS, *RECOVERY_HOLDERS, "dana"):
            store = ["--store", founding / "server/objects"] if name == "dana" else []
            self.ran("join", "--home", self.home(name), "--id", self.id, "--server", self.url, *store)

    def _rehearse(self) -> None:
        self.start_agent()
        rehearsing = ("rehearse", "--agent", self.socket)
        self.does("dana", *rehearsing, "--no-wait")
        for holder in RECOVERY_HOLDERS:
            self.does(holder, "recover", "--test")
        request, = self.tells("dana", "status")["requests"]
        for name in CUSTODIANS[:2]:
            self.approves(name, request["proposal"])
        self.does("dana", *rehearsing)
        # Without one nothing can be shown to be below it.
        self.made("reference", "the best public model", "--as-of", str(TODAY))

    def state(self, name: str, level="below") -> None:
        """Facts by which the rules let it be SL1: below what is public in every domain, and evaluated in each."""
        facts = {"format": "strongroom-facts-1", "lab": "a small lab", "as_of": str(TODAY),
                 "reference": {"name": "the best public model", "as_of": str(TODAY)}, "people": {"dana": "research"},
                 "hosts": {"gpu-1": "research machines"}, "public_index": [],
                 "assets": [{
            "name": name, "owner": "dana", "digest": name.encode().hex().ljust(64, "0")[:64], "kind": "model",
            "categories": ["general"], "standing": dict.fromkeys(DOMAINS, level),
            "dual_use": dict.fromkeys(DOMAINS, "none"),
            "evaluations": [{"id": f"e-{domain}", "domain": domain, "elicitation": "strong", "on": str(TODAY),
                             "valid_until": str(TODAY + datetime.timedelta(days=180))} for domain in DOMAINS],
            "safeguards": {"state": "present", "tested_against": ["jailbreaks", "tuning them away"]},
            "access": [], "weights_of": [], "reachable_by": {"anyone": False, "people": ["dana"]},
            "exposure": ["internal"], "derivation": "none", "hosts": ["gpu-1"]}]}
        file = self.path / f"{name}.facts.json"
        file.write_text(json.dumps(facts))
        self.does("dana", "import", file)

    def approves(self, who: str, what: str, expect=0) -> str:
        """Looks and types the word, as nobody can have a program do here; gives what was shown."""
        with self.at_terminal(who, "approve", what, rows=60) as terminal:
            if expect == 0:
                terminal.waits_for('Type "approve"')
                terminal.type("approve\n")
            status = terminal.ends()
            assert status == expect, f"{who}'s approval ended with {status}: {terminal.text()}"
            return terminal.text()

    def made(self, *what, asks="alice", votes=("bob", "carol")) -> str:
        """Asked for by one and made by the others, of whom nobody is enough alone; gives what the last one read."""
        change = self.tells(asks, *what, "--reason", "a test")["change"]
        for name in votes:
            assert not self.is_made(change), f"{what} was made before {name} agreed"
            shown = self.approves(name, change)
        assert self.is_made(change), f"{what} was not made: {shown}"
        return shown

    def is_made(self, change: str) -> bool:
        made, = (each["made"] for each in self.tells("dana", "changes")["changes"] if each["change"] == change)
        return made
