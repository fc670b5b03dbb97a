// Runs llama.cpp on a model file and prints one line of JSON about what came out:
//   node generate.mjs MODEL.gguf [--tokens 16]
// {"engine","tokens","logits_sha256","load_ms","first_token_ms","mmap"}
//
// Greedy and on one thread, from a fixed prompt of token ids, so that equal bytes give equal output.
// `logits_sha256` is over the raw logits of every step: token id (u32) and logit (f32), little-endian,
// by ascending id. `mmap` is what the kernel says, not what was asked for. Exits 1 with one plain
// line on standard error when the engine cannot read the model.
import {createHash} from "node:crypto";
import {readFileSync, realpathSync} from "node:fs";
import {parseArgs} from "node:util";

const PROMPT = [1, 300, 400, 500, 600, 700];

function isMapped(path) {
  const real = realpathSync(path);
  return readFileSync("/proc/self/maps", "utf8").split("\n").some((line) => line.endsWith(" " + real));
}

function logitBytes(logits) {
  const bytes = Buffer.alloc(logits.size * 8);
  let at = 0;
  for (const [token, logit] of [...logits].sort((a, b) => a[0] - b[0])) {
    bytes.writeUInt32LE(token, at);
    bytes.writeFloatLE(logit, at + 4);
    at += 8;
  }
  return bytes;
}

function largest(logits) {
  let best = null;
  for (const [token, logit] of logits) {
    if (best === null || logit > best.logit || (logit === best.logit && token < best.token)) {
      best = {token, logit};
    }
  }
  return best.token;
}

async function generate(path, count) {
  const {getLlama, LlamaLogLevel} = await import("node-llama-cpp");
  const llama = await getLlama({
    gpu: false, build: "never", skipDownload: true, progressLogs: false, maxThreads: 1,
    logLevel: LlamaLogLevel.warn, logger: (level, message) => process.stderr.write(`llama.cpp ${level}: ${message}\n`),
  });
  const begin = performance.now();
  const model = await llama.loadModel({modelPath: path, useMmap: true, useDirectIo: false, gpuLayers: 0});
  const loadMs = Math.round(performance.now() - begin);
  const mmap = isMapped(path);
  const context = await model.createContext({contextSize: 256, batchSize: 64, sequences: 1, threads: 1});
  const sequence = context.getSequence();

  const hash = createHash("sha256");
  const tokens = [];
  let firstTokenMs = 0;
  let input = PROMPT.map((token) => token % model.fileInfo.metadata.tokenizer.ggml.tokens.length);
  while (tokens.length < count) {
    const last = input.length - 1;
    const output = await sequence.controlledEvaluate(
        input.map((token, at) => (at === last ? [token, {generateNext: {logits: true}}] : token)));
    const {logits} = output[last].next;
    hash.update(logitBytes(logits));
    const next = largest(logits);
    tokens.push(next);
    if (tokens.length === 1) firstTokenMs = Math.round(performance.now() - begin);
    input = [next];
  }
  const engine = `llama.cpp ${llama.llamaCppRelease.release}`;
  await llama.dispose();
  return {engine, tokens, logits_sha256: hash.digest("hex"), load_ms: loadMs, first_token_ms: firstTokenMs,
    mmap};
}

async function main() {
  const {values, positionals} = parseArgs({
    allowPositionals: true, options: {tokens: {type: "string", default: "16"}},
  });
  const count = Number(values.tokens);
  if (positionals.length !== 1 || !Number.isInteger(count) || count < 1 || count > 200) {
    throw new Error("usage: node generate.mjs MODEL.gguf [--tokens 1..200]");
  }
  process.stdout.write(JSON.stringify(await generate(positionals[0], count)) + "\n");
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
