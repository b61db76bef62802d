/* Signed notes (C2SP signed-note), checkpoints (C2SP tlog-checkpoint) and cosignatures (C2SP tlog-cosignature). */

const LOG_ED25519 = 0x01;
const COSIGNER_ED25519 = 0x04;
const COSIGNER_ML_DSA_44 = 0x06;
const KEY_BYTES = { [LOG_ED25519]: ED25519_BYTES, [COSIGNER_ED25519]: ED25519_BYTES, [COSIGNER_ML_DSA_44]: 1312 };
const KEY_ID_BYTES = 4;
const TIME_BYTES = 8;
const MOST_SIGNATURES = 100;
const CONTROLS = /[\u0000-\u0009\u000b-\u001f]/;
const NAME_FORBIDS = /[^\S\ufeff]|[\u0000-\u001f\u0085+]/; // white space, controls, the plus sign
const YEAR_10000 = 253402300800; // POSIX seconds: from here on RFC 3339 has no way to write a time

/** A key as notes know it: a name, one use, and an id that with the name tells which key made a signature. */
async function noteKey(name, algorithm, raw) {
  need(name && !NAME_FORBIDS.test(name), "a key name is empty, or holds a space or a plus sign");
  need(KEY_BYTES[algorithm] === raw.length, "a verifier key is of a kind that this page does not know, or has a wrong length");
  if (algorithm !== COSIGNER_ML_DSA_44) checkPublicKey(raw);
  const id = await sha256(joined(utf8(`${name}\n`), Uint8Array.of(algorithm), raw));
  return { name, algorithm, raw, id: hex(id.subarray(0, KEY_ID_BYTES)) };
}

/** The key in `name+id+base64(algorithm, key)`. Base64 may hold a plus sign; a name and an id may not. */
async function readNoteKey(text) {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  need(match, "a verifier key is not a name, an id and a key, joined by plus signs");
  const bytes = readBase64(match[3], "a verifier key");
  need(bytes.length, "a verifier key is empty");
  const key = await noteKey(match[1], bytes[0], bytes.slice(1));
  need(key.id === match[2], "the id of a verifier key is not its own");
  return key;
}

/** A note taken apart, nothing verified: its text with the last line feed, and the signatures. */
function readNote(bytes) {
  need(bytes.length <= MOST_SMALL_BYTES, "a checkpoint is longer than 1 MiB");
  const whole = readUtf8(bytes, "a checkpoint");
  need(!CONTROLS.test(whole), "a checkpoint holds a control character");
  // The text may hold empty lines of its own: the last one separates.
  const at = whole.lastIndexOf("\n\n");
  need(at >= 0 && whole.endsWith("\n") && at + 2 < whole.length, "a checkpoint is not a text, an empty line and signatures");
  const lines = whole.slice(at + 2, -1).split("\n");
  need(lines.length <= MOST_SIGNATURES, "a checkpoint has more than 100 signatures");
  return { text: whole.slice(0, at + 1), signatures: lines.map(readSignatureLine) };
}

function readSignatureLine(line) {
  const match = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line);
  need(match && !NAME_FORBIDS.test(match[1]), "a signature line is not a dash, a key name and a signature");
  const bytes = readBase64(match[2], "a signature");
  need(bytes.length > KEY_ID_BYTES, "a signature is empty");
  return { name: match[1], id: hex(bytes.subarray(0, KEY_ID_BYTES)), signature: bytes.subarray(KEY_ID_BYTES) };
}

/** A checkpoint, nothing verified: origin, size and root of a log's tree, and the note that says so. */
function readCheckpoint(bytes) {
  const note = readNote(bytes);
  const lines = note.text.split("\n");
  need(lines.length === 4 && lines[0] && !NAME_FORBIDS.test(lines[0]), "a checkpoint is not an origin, a size and a root");
  const size = readDecimal(lines[1], "the size in a checkpoint");
  return { bytes, note, origin: lines[0], size, root: readHash(lines[2], "the root in a checkpoint") };
}

/** The signatures by `keys` on a checkpoint, all of which hold: one that does not refuses the whole note. Signatures by keys
    that are not known are passed over, as the specification wants. `at` is a cosigner's time, or null where it states none. */
async function signaturesBy(keys, checkpoint) {
  const found = [];
  for (const { name, id, signature } of checkpoint.note.signatures) {
    const key = keys.find((one) => one.name === name && one.id === id);
    if (key) found.push({ key, at: await VERIFY_NOTE[key.algorithm](key, checkpoint, signature) });
  }
  return found;
}

const VERIFY_NOTE = {
  async [LOG_ED25519](key, { note }, signature) {
    need(await holdsEd25519(key.raw, signature, utf8(note.text)), "the log's signature on a checkpoint does not hold");
    return null;
  },
  async [COSIGNER_ED25519](key, { note }, signature) {
    const at = statedTime(signature);
    const message = utf8(`cosignature/v1\ntime ${at}\n${note.text}`);
    need(await holdsEd25519(key.raw, signature.subarray(TIME_BYTES), message), "a witness's signature does not hold");
    return dated(at);
  },
  async [COSIGNER_ML_DSA_44](key, checkpoint, signature) {
    const at = statedTime(signature);
    const message = subtreeMessage(key.name, checkpoint, at);
    const holds = await crypto.subtle.verify(ML_DSA_44, key.imported, signature.subarray(TIME_BYTES), message);
    need(holds, "a witness's signature does not hold");
    return dated(at);
  },
};

/** What an ML-DSA-44 cosigner signs: the whole tree, as a subtree that begins at leaf 0. */
function subtreeMessage(name, { origin, size, root }, at) {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, at);
  return joined(utf8("subtree/v1\n\0"), short(name), time, short(origin), uint64(0), uint64(size), root);
}

function short(text) {
  const bytes = utf8(text);
  need(bytes.length <= 255, "a name in a cosignature is longer than 255 bytes");
  return joined(Uint8Array.of(bytes.length), bytes);
}

/** The POSIX time in front of a cosignature, as a BigInt below 2^63. */
function statedTime(signature) {
  need(signature.length > TIME_BYTES, "a cosignature has no time");
  const at = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  need(at < 2n ** 63n, "a cosignature has a time that cannot be");
  return at;
}

function dated(at) {
  return at > 0n && at < BigInt(YEAR_10000) ? Number(at) : null;
}
