// Other people's readers of weights beside ours: prints as JSON what they make of a file.
//   node read.mjs gguf FILE | node read.mjs safetensors FILE
// (of safetensors only files without __metadata__: npm's reader takes none)
//   -> [{name, dtype, shape, offset}]: shape outermost first, offset from the file's beginning
// With --time N: how many milliseconds the header takes, N times, on one line each.
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

const [kind, path, flag, count] = process.argv.slice(2);
const read = kind === "gguf" ? gguf : safetensors;
if (flag === "--time") {
  const { SafeTensor } = require("safetensors");
  for (let run = 0; run < Number(count); ++run) {
    const begin = process.hrtime.bigint();
    const file = new SafeTensor(new Uint8Array(readFileSync(path)));
    const took = process.hrtime.bigint() - begin;
    if (file.metadata.size === 0) throw new Error("nothing was read");
    console.log(Number(took) / 1e6);
  }
} else {
  console.log(JSON.stringify(await read(path)));
}
