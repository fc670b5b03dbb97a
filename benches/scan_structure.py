"""What is in a file of weights: the header of a safetensors file of ten thousand tensors, read and checked."""
import json
import pathlib
import statistics
import struct
from collections.abc import Iterator

from frame import ROOT, Bench, Line, Unavailable, compare, interleave, warm

NAME = "scan.structure"
UNIT = "ms"
ABOUT = "a safetensors header of 10,000 tensors, from opening the file to a checked list of them"
TENSORS = 10_000
READS = 20  # in one process; its median is a run's figure
PEERS = ROOT / "tests/interop/weights"


def make_file(path: pathlib.Path) -> int:
    """Names and shapes as a large language model has them; gives the header's bytes."""
    parts = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj",
             "mlp.up_proj", "mlp.down_proj", "input_layernorm", "post_attention_layernorm", "mlp.router"]
    header, at = {}, 0  # npm's reader takes no file with __metadata__
    for number in range(TENSORS):
        name = f"model.layers.{number // len(parts)}.{parts[number % len(parts)]}.weight"
        header[name] = {"dtype": "BF16", "shape": [1], "data_offsets": [at, at + 2]}
        at += 2
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(at))
    return len(text)


def measure(bench: Bench) -> Iterator[Line]:
    path = bench.folder("scan-structure") / "model.safetensors"
    header_bytes = make_file(path)
    warm(path)
    node = bench.need("node")
    if not (PEERS / "node_modules/safetensors").exists():
        raise Unavailable("npm's safetensors is not installed: run tests/interop/install.sh")
    middle = lambda command: statistics.median(bench.answer(command, 1)["ms"])
    figures = interleave({
        "ours": lambda: middle(bench.ours("read-structure", path=path, times=READS)),
        "npm safetensors": lambda: middle([node, PEERS / "read.mjs", "safetensors", path, "--time", READS]),
        "JSON.parse": lambda: middle([node, PEERS / "read.mjs", "header", path, "--time", READS]),
    }, bench.pick(3, 7))
    yield from compare(figures, NAME, UNIT, 1, bench.note(
        f"{TENSORS} tensors, a header of {header_bytes} bytes in the page cache",
        f"medians of {READS} reads in one process, started anew for each run",
        "the two peers check nothing"))
