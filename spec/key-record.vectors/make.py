#!/usr/bin/env python3
"""Makes the vectors beside it and in ../payload.vectors from the text of the specifications alone, with
Python's hashlib, hmac and the cryptography package. Shares no code with src/."""
import hashlib
import hmac
import pathlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def number(value):
    return value.to_bytes(8, "big")


def joined(*fields):
    return b"".join(number(len(f)) + f for f in fields)


def hkdf_sha384(secret, info, length):
    key = hmac.new(bytes(48), secret, hashlib.sha384).digest()
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac.new(key, block + info + bytes([i]), hashlib.sha384).digest()
        out, i = out + block, i + 1
    return out[:length]


def layer(secret, label, plaintext, ctx):
    okm = hkdf_sha384(secret, joined(label, ctx), 80)
    return okm[32:] + AESGCM(okm[:32]).encrypt(bytes(12), plaintext, ctx)


def secret(start):
    return bytes((start + i) % 256 for i in range(32))


def write(path, why, fields):
    lines = ["expect: valid", "source: made by make.py from spec/key-record.md and spec/payload.md", "why: " + why]
    lines += [f"{name}: {value.hex() if isinstance(value, bytes) else value}"
              for name, value in fields.items()]
    path.write_text("\n".join(lines) + "\n")


here = pathlib.Path(__file__).parent
strongroom, object_id, policy = secret(1), secret(50), secret(100)
q, t, dk = secret(0x10), secret(0x60), secret(0xA0)
for suite, group, epoch in (("development-x25519", 0, 0), ("classical-p256", 3, 7)):
    ctx = joined(strongroom, object_id, number(group), number(epoch), suite.encode(), policy)
    fields = {"strongroom": strongroom, "object": object_id, "group": group, "epoch": epoch,
              "suite": suite, "policy": policy, "quorum": q, "site": t, "data_key": dk,
              "context": ctx,
              "wrapped": layer(t, b"outer", layer(q, b"inner", dk, ctx), ctx)}
    write(here / f"wrap-{suite}.txt", "two layers, commitment first", fields)

for name, kind, group, index, length, suite in (
        ("file", "file", 2, 17, 3_145_733, "floe-1m-blake3"),
        ("names", "names", 0, 0, 61, "floe-1m-sha256")):
    associated = hashlib.sha256(joined(b"payload", strongroom, object_id, number(group),
                                       kind.encode(), number(index), number(length),
                                       suite.encode())).digest()
    write(here.parent / "payload.vectors" / f"associated-{name}.txt",
          "what a stream is bound to",
          {"strongroom": strongroom, "object": object_id, "group": group, "kind": kind,
           "index": index, "bytes": length, "suite": suite, "associated": associated})
