"""Is a bill of materials one, by the published schema of CycloneDX 1.6? What the tests here and those of scans share."""
import os
import subprocess
import unittest

VECTORS = os.environ.get("STRONGROOM_VECTORS", "")
PYTHON = "/usr/bin/python3"  # where the distribution puts its jsonschema
VALIDATOR = """
import json, pathlib, sys
import jsonschema
folder = pathlib.Path(sys.argv[1])
schemas = {path.name: json.loads(path.read_text()) for path in folder.glob("*.schema.json")}
schema = schemas["bom-1.6.schema.json"]
store = {each["$id"]: each for each in schemas.values()}
resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
jsonschema.Draft7Validator(schema, resolver=resolver).validate(json.load(sys.stdin))
"""


def skip_unless_checkable() -> None:
    if not VECTORS:
        raise unittest.SkipTest("STRONGROOM_VECTORS is not set")
    if subprocess.run([PYTHON, "-c", "import jsonschema"], capture_output=True, check=False).returncode != 0:
        raise unittest.SkipTest(f"{PYTHON} has no jsonschema (apt-get install python3-jsonschema)")


def complaint_about(bill: str) -> str:
    """What is wrong with it; empty: it is valid."""
    done = subprocess.run([PYTHON, "-c", VALIDATOR, f"{VECTORS}/cyclonedx/schema"], input=bill, capture_output=True,
                          text=True, check=False)
    return "" if done.returncode == 0 else done.stderr[-2_000:]
