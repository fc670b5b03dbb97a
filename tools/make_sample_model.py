#!/usr/bin/env python3
"""Makes a model directory to try things on: a llama-architecture GGUF with seeded random weights.

    tools/make_sample_model.py DIR [--size 16M] [--seed 1]

The same size and seed give the same bytes. An engine loads it and generates nonsense, which is all
that sealing, mounting and comparing need. Facts of the format: the GGUF page, keys of llama.cpp.
"""
import argparse
import json
import pathlib
import random
import struct
import sys

F32, F16 = 0, 1  # tensor types
U32, FLOAT, BOOL, STRING, ARRAY, I32 = 4, 6, 7, 8, 9, 5  # value types of keys
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # token types
ALIGNMENT_BYTES = 32
CHUNK_BYTES = 4 << 20
VOCABULARY = 1024
CONTEXT_TOKENS = 512
HEAD_WIDTH = 64
# Width of the model and of its feed-forward part, and the sizes from which each is used.
SHAPES = [(0, 256, 768), (64_000_000, 1024, 2816), (1_000_000_000, 2048, 5632),
          (8_000_000_000, 4096, 11264)]


def text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def key(name: str, kind: int, value) -> bytes:
    packed = {U32: lambda: struct.pack("<I", value), FLOAT: lambda: struct.pack("<f", value),
              BOOL: lambda: struct.pack("<?", value), STRING: lambda: text(value)}[kind]()
    return text(name) + struct.pack("<I", kind) + packed


def array(name: str, kind: int, values: list) -> bytes:
    packer = {STRING: text, FLOAT: lambda v: struct.pack("<f", v), I32: lambda v: struct.pack("<i", v)}
    return (text(name) + struct.pack("<IIQ", ARRAY, kind, len(values))
            + b"".join(map(packer[kind], values)))


def vocabulary(rng: random.Random) -> tuple[list[str], list[float], list[int]]:
    """Three special tokens, every byte, and made-up syllables, as sentencepiece models have them."""
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    types = [UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256
    syllables = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiou" for e in ("", "n", "r", "s", "t")]
    words = [space + syllable for syllable in syllables for space in ("", "\u2581")]
    words += ["\u2581" + a + b for a in syllables[:40] for b in syllables[40:60]]
    rng.shuffle(words)
    # Merges start from single letters; a space that has no token of its own would not come back.
    letters = ["\u2581"] + [chr(letter) for letter in range(ord("a"), ord("z") + 1)]
    words = (letters + words)[:VOCABULARY - len(tokens)]
    tokens += words
    types += [NORMAL] * len(words)
    scores = [0.0] * 259 + [-float(rank) for rank in range(len(words))]
    return tokens, scores, types


def tensors(width: int, inner: int, blocks: int) -> list[tuple[str, int, tuple[int, ...]]]:
    listed = [("token_embd.weight", F16, (width, VOCABULARY))]
    for block in range(blocks):
        listed += [(f"blk.{block}.{name}.weight", kind, shape) for name, kind, shape in (
            ("attn_norm", F32, (width,)),
            ("attn_q", F16, (width, width)), ("attn_k", F16, (width, width)),
            ("attn_v", F16, (width, width)), ("attn_output", F16, (width, width)),
            ("ffn_norm", F32, (width,)),
            ("ffn_gate", F16, (width, inner)), ("ffn_up", F16, (width, inner)),
            ("ffn_down", F16, (inner, width)))]
    return listed + [("output_norm.weight", F32, (width,)), ("output.weight", F16, (width, VOCABULARY))]


def byte_count(kind: int, shape: tuple[int, ...]) -> int:
    count = 4 if kind == F32 else 2
    for extent in shape:
        count *= extent
    return count


def aligned(count: int) -> int:
    return -(-count // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def header(width: int, inner: int, blocks: int, rng: random.Random) -> bytes:
    tokens, scores, types = vocabulary(rng)
    keys = [
        key("general.architecture", STRING, "llama"),
        key("general.name", STRING, "Strongroom sample"),
        key("general.file_type", U32, 1),
        key("general.alignment", U32, ALIGNMENT_BYTES),
        key("llama.block_count", U32, blocks),
        key("llama.context_length", U32, CONTEXT_TOKENS),
        key("llama.embedding_length", U32, width),
        key("llama.feed_forward_length", U32, inner),
        key("llama.attention.head_count", U32, width // HEAD_WIDTH),
        key("llama.attention.head_count_kv", U32, width // HEAD_WIDTH),
        key("llama.rope.dimension_count", U32, HEAD_WIDTH),
        key("llama.vocab_size", U32, VOCABULARY),
        key("llama.attention.layer_norm_rms_epsilon", FLOAT, 1e-5),
        key("tokenizer.ggml.model", STRING, "llama"),
        array("tokenizer.ggml.tokens", STRING, tokens),
        array("tokenizer.ggml.scores", FLOAT, scores),
        array("tokenizer.ggml.token_type", I32, types),
        key("tokenizer.ggml.unknown_token_id", U32, 0),
        key("tokenizer.ggml.bos_token_id", U32, 1),
        key("tokenizer.ggml.eos_token_id", U32, 2),
        key("tokenizer.ggml.add_space_prefix", BOOL, False),
    ]
    listed = tensors(width, inner, blocks)
    described, offset = [], 0
    for name, kind, shape in listed:
        described.append(text(name) + struct.pack("<I", len(shape))
                         + struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", kind, offset))
        offset += aligned(byte_count(kind, shape))
    made = (b"GGUF" + struct.pack("<IQQ", 3, len(listed), len(keys))
            + b"".join(keys) + b"".join(described))
    return made + bytes(aligned(len(made)) - len(made))


def half_floats(count: int, rng: random.Random) -> bytes:
    """`count` random F16 values between 2^-7 and 2^-4, of either sign."""
    exponents = (8, 9, 9, 10)
    upper = bytes((byte & 0x83) | (exponents[(byte >> 2) & 3] << 2) for byte in range(256))
    mixed = bytearray(2 * count)
    mixed[0::2] = rng.randbytes(count)
    mixed[1::2] = rng.randbytes(count).translate(upper)
    return bytes(mixed)


def write_tensor(out, kind: int, shape: tuple[int, ...], rng: random.Random) -> None:
    count = byte_count(kind, shape)
    if kind == F32:  # norms: one
        out.write(struct.pack("<f", 1.0) * (count // 4))
    else:
        for begin in range(0, count, CHUNK_BYTES):
            out.write(half_floats(min(CHUNK_BYTES, count - begin) // 2, rng))
    out.write(bytes(aligned(count) - count))


def plan(size: int) -> tuple[int, int, int]:
    """The shape whose file comes closest to `size` bytes."""
    width, inner = [(w, i) for least, w, i in SHAPES if size >= least][-1]
    block_bytes = 2 * (4 * width * width + 3 * width * inner)
    blocks = max(1, round((size - 4 * VOCABULARY * width) / block_bytes))
    return width, inner, blocks


def make(directory: pathlib.Path, size: int, seed: int) -> pathlib.Path:
    rng = random.Random(seed)
    width, inner, blocks = plan(size)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "sample.gguf"
    with open(path, "wb") as out:
        out.write(header(width, inner, blocks, rng))
        for _, kind, shape in tensors(width, inner, blocks):
            write_tensor(out, kind, shape, rng)
    (directory / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": width,
        "intermediate_size": inner, "num_hidden_layers": blocks,
        "num_attention_heads": width // HEAD_WIDTH, "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT_TOKENS, "torch_dtype": "float16"}, indent=2) + "\n")
    (directory / "README.md").write_text(
        "# Sample model\n\nRandom weights in the shape of a llama model, made by "
        f"tools/make_sample_model.py\nwith seed {seed}. It generates nonsense, always the same.\n")
    return path


def parse_size(value: str) -> int:
    units = {"K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    number, unit = (value[:-1], units[value[-1].upper()]) if value[-1:].upper() in units else (value, 1)
    size = int(float(number) * unit)
    if size <= 0:
        raise ValueError(value)
    return size


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Makes a model with random weights to try things on.")
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("--size", type=parse_size, default=parse_size("16M"),
                        help="about so many bytes; K, M, G, T are decimal (default 16M)")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    print(make(chosen.directory, chosen.size, chosen.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
