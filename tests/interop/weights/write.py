#!/usr/bin/python3
"""Writes files of weights with the tools that people use, and with two small writers of our own, and says what
is in them: by those tools' own account, never by our readers'.

    write.py FOLDER -> {"files": [{"file", "kind", "tensors": [{"name", "dtype", "shape", "bytes", "strides"?}]}],
                        "absent": {"torch": why}}

"bytes" is in hexadecimal, as they lie in the file; null where they are packed."""
import json
import pathlib
import struct
import sys

DTYPES = {"float16": "F16", "float32": "F32", "float64": "F64", "int8": "I8", "uint8": "U8", "int16": "I16",
          "uint16": "U16", "int32": "I32", "uint32": "U32", "int64": "I64", "uint64": "U64", "bool": "BOOL",
          "complex64": "C64", "complex128": "C128", "bfloat16": "BF16"}


def said(name, dtype, shape, raw, strides=None):
    tensor = {"name": name, "dtype": dtype, "shape": list(shape), "bytes": None if raw is None else raw.hex()}
    if strides is not None:
        tensor["strides"] = list(strides)
    return tensor


def plain_bytes(count):
    return bytes((7 * i + 3) % 256 for i in range(count))


# Writers of our own, from the formats' pages alone.

def write_safetensors(folder):
    tensors = [said("model.embed.weight", "BF16", [3, 4], plain_bytes(24)),
               said("scalar", "F64", [], plain_bytes(8)),
               said("empty", "F32", [0, 5], b""),
               said("naïve \"quoted\" \U0001f600", "I64", [2], plain_bytes(16)),
               said("nibbles", "F4", [2, 3], plain_bytes(3)),
               said("eight", "F8_E4M3", [5], plain_bytes(5))]
    for file, beside in (("own.safetensors", {"__metadata__": {"format": "pt", "by": "hand"}}),
                         ("plain.safetensors", {})):
        header, data = dict(beside), b""
        for tensor in reversed(tensors):
            raw = bytes.fromhex(tensor["bytes"])
            header[tensor["name"]] = {"dtype": tensor["dtype"], "shape": tensor["shape"],
                                      "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        (folder / file).write_bytes(struct.pack("<Q", len(text)) + text + data)
    return [{"file": file, "kind": "safetensors", "tensors": tensors}
            for file in ("own.safetensors", "plain.safetensors")]


GGML = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q5_0": (6, 32, 22),
        "Q5_1": (7, 32, 24), "Q8_0": (8, 32, 34), "Q8_1": (9, 32, 36), "Q2_K": (10, 256, 84),
        "Q3_K": (11, 256, 110), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176), "Q6_K": (14, 256, 210),
        "Q8_K": (15, 256, 292), "IQ2_XXS": (16, 256, 66), "IQ2_XS": (17, 256, 74), "IQ3_XXS": (18, 256, 98),
        "IQ1_S": (19, 256, 50), "IQ4_NL": (20, 32, 18), "IQ3_S": (21, 256, 110), "IQ2_S": (22, 256, 82),
        "IQ4_XS": (23, 256, 136), "I8": (24, 1, 1), "I16": (25, 1, 2), "I32": (26, 1, 4), "I64": (27, 1, 8),
        "F64": (28, 1, 8), "IQ1_M": (29, 256, 56), "BF16": (30, 1, 2), "TQ1_0": (34, 256, 54),
        "TQ2_0": (35, 256, 66), "MXFP4": (39, 32, 17), "NVFP4": (40, 64, 36), "Q1_0": (41, 128, 18),
        "Q2_0": (42, 64, 18)}


def write_gguf(folder, name, version, alignment):
    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    def key(name, kind, packed):
        return text(name) + struct.pack("<I", kind) + packed

    keys = [key("general.architecture", 8, text("llama")), key("general.alignment", 4, struct.pack("<I", alignment)),
            key("some.numbers", 9, struct.pack("<IQ3f", 6, 3, 1, 2, 3)),
            key("some.texts", 9, struct.pack("<IQ", 8, 2) + text("a") + text("")),
            key("some.i64", 11, struct.pack("<q", -5)), key("some.bool", 7, b"\x01")]
    infos, data, tensors = b"", b"", []
    for dtype, (number, elements, size) in GGML.items():
        data += b"\0" * (-len(data) % alignment)
        shape = [2, 3, 2 * elements]  # outermost first
        raw = plain_bytes(12 * size)
        infos += (text(f"blk.{dtype}") + struct.pack("<I3QIQ", 3, *reversed(shape), number, len(data)))
        tensors.append(said(f"blk.{dtype}", dtype, shape, raw))
        data += raw
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys) + infos
    head += b"\0" * (-len(head) % alignment)
    (folder / name).write_bytes(head + data)
    return [{"file": name, "kind": "gguf", "tensors": tensors}]


# Writers of others.

def write_numpy(folder):
    import numpy

    files, arrays = [], {}
    for dtype in ["float16", "float32", "float64", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
                  "uint64", "bool", "complex64", "complex128"]:
        array = (numpy.arange(12) % 5).astype(dtype).reshape(3, 4)
        arrays[dtype] = array
        numpy.save(folder / f"{dtype}.npy", array)
        files.append({"file": f"{dtype}.npy", "kind": "npy",
                      "tensors": [said("array", DTYPES[dtype], array.shape, array.tobytes())]})
    fortran = numpy.asfortranarray(numpy.arange(24, dtype="<f4").reshape(2, 3, 4))
    scalar = numpy.float32(7)
    swapped = numpy.arange(4, dtype=">i4")
    records = numpy.zeros(2, dtype=[("a", "<f4"), ("b", "u1", (2, 2))])
    for name, array, dtype, shape, strides in [
            ("fortran", fortran, "F32", fortran.shape, [s // 4 for s in fortran.strides]),
            ("scalar", scalar, "F32", (), None), ("swapped", swapped, "U8", (4, 4), None),
            ("records", records, "U8", (2, 8), None)]:
        numpy.save(folder / f"{name}.npy", array)
        files.append({"file": f"{name}.npy", "kind": "npy",
                      "tensors": [said("array", dtype, shape, numpy.asarray(array).tobytes("A"), strides)]})
    with open(folder / "version3.npy", "wb") as file:
        numpy.lib.format.write_array(file, arrays["float32"], version=(3, 0))
    files.append({"file": "version3.npy", "kind": "npy",
                  "tensors": [said("array", "F32", (3, 4), arrays["float32"].tobytes())]})
    numpy.savez(folder / "stored.npz", **arrays)
    numpy.savez_compressed(folder / "deflated.npz", **arrays)
    for name, packed in [("stored.npz", False), ("deflated.npz", True)]:
        files.append({"file": name, "kind": "npz",
                      "tensors": [said(key, DTYPES[key], array.shape, None if packed else array.tobytes())
                                  for key, array in arrays.items()]})
    return files


def write_onnx(folder):
    import numpy
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    arrays = {"weights": numpy.arange(400, dtype="<f4").reshape(20, 20), "half": numpy.ones(7, dtype="<f2"),
              "counts": numpy.arange(5, dtype="<i8"), "flags": numpy.array([True, False])}

    def model():
        initializers = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
        typed = helper.make_tensor("typed", TensorProto.FLOAT, [3], [1.0, 2.0, 3.0])
        ints = helper.make_tensor("ints", TensorProto.INT32, [3], [-1, 2, 300])
        value = helper.make_tensor("", TensorProto.DOUBLE, [2], [1.0, 2.0])
        branch = helper.make_graph([helper.make_node("Identity", ["inner"], ["b"])], "branch", [],
                                   [helper.make_tensor_value_info("b", TensorProto.FLOAT, [2])],
                                   [numpy_helper.from_array(numpy.ones(2, dtype="<f4"), "inner")])
        nodes = [helper.make_node("Constant", [], ["c"], value=value),
                 helper.make_node("If", ["flag"], ["y"], then_branch=branch, else_branch=branch)]
        graph = helper.make_graph(
            nodes, "graph", [helper.make_tensor_value_info("flag", TensorProto.BOOL, [])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])], initializers + [typed, ints])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])

    onnx.save(model(), str(folder / "inside.onnx"))
    onnx.save(model(), str(folder / "beside.onnx"), save_as_external_data=True, all_tensors_to_one_file=True,
              location="beside.bin", size_threshold=8)
    files = []
    for name in ("inside.onnx", "beside.onnx"):
        tensors = []
        for tensor in onnx.load(str(folder / name)).graph.initializer:
            array = numpy_helper.to_array(tensor)
            packed = tensor.name == "ints"  # varints in the file, which no tool moves
            tensors.append(said(tensor.name, DTYPES[str(array.dtype)], array.shape,
                                None if packed else array.tobytes()))
        files.append({"file": name, "kind": "onnx", "tensors": tensors})
    return files


def write_torch(folder):
    import torch

    state = {"embed.weight": torch.arange(12, dtype=torch.float32).reshape(3, 4),
             "norm": torch.ones(5, dtype=torch.bfloat16), "half": torch.ones(3, dtype=torch.float16),
             "ids": torch.arange(4), "mask": torch.tensor([True, False]), "scalar": torch.tensor(2.5),
             "double": torch.arange(3, dtype=torch.float64), "bytes": torch.arange(3, dtype=torch.uint8)}
    state["turned"] = state["embed.weight"].t()
    state["part"] = state["embed.weight"][1:, :2]
    files = []
    for name, kind, zipped in [("zip.pt", "pytorch-zip", True), ("legacy.pt", "pickle", False)]:
        torch.save(state, folder / name, _use_new_zipfile_serialization=zipped)
        tensors = []
        for key, tensor in torch.load(folder / name).items():
            dtype = DTYPES[str(tensor.dtype).removeprefix("torch.")]
            raw = None
            if tensor.is_contiguous():
                flat = tensor.reshape(-1)
                raw = bytes(flat.view(torch.uint8).tolist() if tensor.dim() else
                            tensor.reshape(1).view(torch.uint8).tolist())
            tensors.append(said(key, dtype, tensor.shape, raw,
                                None if tensor.is_contiguous() else tensor.stride()))
        files.append({"file": name, "kind": kind, "tensors": tensors})
    return files


def main():
    folder = pathlib.Path(sys.argv[1])
    files = write_safetensors(folder) + write_gguf(folder, "own.gguf", 3, 32)
    files += write_gguf(folder, "version2.gguf", 2, 256)
    absent = {}
    for tool, write in [("numpy", write_numpy), ("onnx", write_onnx), ("torch", write_torch)]:
        try:
            files += write(folder)
        except ImportError as missing:
            absent[tool] = str(missing)
    print(json.dumps({"files": files, "absent": absent}))


if __name__ == "__main__":
    main()
