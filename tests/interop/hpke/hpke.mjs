// An independent HPKE beside ours: reads a JSON list of requests from standard input and answers
// each with what @hpke/core makes of it. Bytes are in hexadecimal.
//   {op: "seal", kem, recipient, info, associated, plaintext} -> {encapsulated, ciphertext}
//   {op: "open", kem, secret, encapsulated, info, associated, ciphertext} -> {plaintext}
//   {op: "generate", kem} -> {secret, recipient}
// A request that fails is answered with {error}.
import {
  Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, DhkemX25519HkdfSha256, HkdfSha384,
} from "@hpke/core";

const kems = { 0x10: DhkemP256HkdfSha256, 0x20: DhkemX25519HkdfSha256 };
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (buffer) => Buffer.from(buffer).toString("hex");

async function answer(request) {
  const suite = new CipherSuite({
    kem: new kems[request.kem](), kdf: new HkdfSha384(), aead: new Aes256Gcm(),
  });
  if (request.op === "generate") {
    const pair = await suite.kem.generateKeyPair();
    return {
      secret: hex(await suite.kem.serializePrivateKey(pair.privateKey)),
      recipient: hex(await suite.kem.serializePublicKey(pair.publicKey)),
    };
  }
  const info = bytes(request.info);
  const associated = bytes(request.associated);
  if (request.op === "seal") {
    const recipientPublicKey = await suite.kem.deserializePublicKey(bytes(request.recipient));
    const sealed = await suite.seal(
      { recipientPublicKey, info }, bytes(request.plaintext), associated);
    return { encapsulated: hex(sealed.enc), ciphertext: hex(sealed.ct) };
  }
  const recipientKey = await suite.kem.deserializePrivateKey(bytes(request.secret));
  const plaintext = await suite.open(
    { recipientKey, enc: bytes(request.encapsulated), info }, bytes(request.ciphertext),
    associated);
  return { plaintext: hex(plaintext) };
}

let text = "";
for await (const piece of process.stdin) text += piece;
const answers = [];
for (const request of JSON.parse(text)) {
  answers.push(await answer(request).catch((error) => ({ error: String(error) })));
}
process.stdout.write(JSON.stringify(answers));
