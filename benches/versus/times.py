"""What the last real run of ./test noted of its times."""
import json

from frame import ROOT, Unavailable

NOTED = ROOT / "build/times.json"


def noted() -> dict:
    try:
        return json.loads(NOTED.read_text())
    except (OSError, ValueError):
        raise Unavailable("no run of ./test has noted its times here: run ./test, then this again") from None
