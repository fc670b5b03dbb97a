// Other people's readers of weights beside ours: prints as JSON what they make of a file.
//   node read.mjs gguf FILE | node read.mjs safetensors FILE
// (of safetensors only files without __metadata__: npm's reader takes none)
//   -> [{name, dtype, shape, offset}]: shape outermost first, offset from the file's beginning
// With --time N: reads it N times and prints how long each took, {ms: […]}. KIND header is JSON.parse alone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

async function gguf(path) {
  const { gguf: read, GGMLQuantizationType } = require("@huggingface/gguf");
  const { tensorInfos, tensorDataOffset } = await read(path, { allowLocalFile: true });
  return tensorInfos.map((tensor) => ({
    name: tensor.name,
    dtype: GGMLQuantizationType[tensor.dtype],
    shape: tensor.shape.map(Number).reverse(),
    offset: Number(tensorDataOffset + tensor.offset),
  }));
}

function safetensors(path) {
  const { SafeTensor } = require("safetensors");
  const file = new SafeTensor(new Uint8Array(readFileSync(path)));
  return [...file.metadata].map(([name, tensor]) => ({
    name, dtype: tensor.dtype, shape: tensor.shape, offset: tensor.data_offsets[0],
  }));
}

// What the header alone takes, without looking at what it says.
function header(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE(0));
  return Object.entries(JSON.parse(bytes.toString("utf8", 8, 8 + length)));
}

const readers = { gguf, safetensors, header };
const [kind, path, flag, count] = process.argv.slice(2);
if (flag === "--time") {
  const ms = [];
  for (let run = 0; run < Number(count); ++run) {
    const begin = process.hrtime.bigint();
    const tensors = await readers[kind](path);
    ms.push(Number(process.hrtime.bigint() - begin) / 1e6);
    if (tensors.length === 0) throw new Error("nothing was read");
  }
  console.log(JSON.stringify({ ms }));
} else {
  console.log(JSON.stringify(await readers[kind](path)));
}
