/* The forms of what the members hold: envelopes and statements, entries, proofs, the manifest (evidence-pack.md, "The members"). */

const IN_TOTO = "application/vnd.in-toto+json";
const MANIFEST_TYPE = "application/vnd.lossproof.manifest+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const MOST_SUBJECTS = 16;
const MOST_LEAVES = 999_999_999;
const ENVELOPE = new RegExp(
  '^\\{"payload":"([A-Za-z0-9+/]+={0,2})","payloadType":"([a-z0-9.+/-]+)",' +
    '"signatures":\\[\\{"keyid":"([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{86}==)"\\}\\]\\}$',
);

/** A DSSE envelope in its one spelling, not yet verified. */
function readEnvelope(bytes, type) {
  const match = ENVELOPE.exec(readOctets(bytes));
  need(match, "an envelope is not in its canonical form, with one signature");
  need(match[2] === type, "an envelope holds another type of payload");
  return {
    payload: readBase64(match[1], "the payload of an envelope"),
    type,
    keyid: match[3],
    signature: readBase64(match[4], "the signature of an envelope"),
  };
}

/** Return if the key signed the envelope. What is signed is its DSSE pre-authentication encoding. */
async function verifyEnvelope(envelope, raw) {
  need(envelope.keyid === (await digestOf(raw)), "an envelope names another key than the one that should have signed it");
  const { payload, type } = envelope;
  const signed = joined(utf8(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload);
  need(await holdsEd25519(raw, envelope.signature, signed), "the signature of an envelope does not hold");
}

const INDEX = { number: [0, MOST_LEAVES, 1] };
const DIGEST = { text: "[0-9a-f]{64}" };
const RANDOM_ID = { text: "[0-9a-f]{32}" };

const STATEMENT = {
  record: {
    _type: { only: STATEMENT_TYPE },
    predicate: { map: [{ text: "[a-z_0-9]+" }, { any: true }] },
    predicateType: { text: "urn:lossproof:[a-z_0-9]+:v1" },
    subject: { list: { record: { digest: { record: { sha256: DIGEST } }, name: RANDOM_ID } } },
  },
};

/** The fact in an envelope's payload: its kind, its predicate and the ids of its subjects. */
function readStatement(payload) {
  need(payload.length <= MOST_SMALL_BYTES, "a statement is larger than 1 MiB");
  const statement = readCanonical(payload, STATEMENT, "a statement");
  const kind = statement.predicateType.split(":")[2];
  need(Object.hasOwn(KINDS, kind), "a statement is of a kind that this page does not know");
  const { predicate } = statement;
  need(fits(KINDS[kind].shape, predicate), "a statement is not of its kind's shape");
  const subjects = new Set(statement.subject.map((subject) => subject.name));
  const count = statement.subject.length;
  need(1 <= count && count <= MOST_SUBJECTS && subjects.size === count, "a statement has no subject, one twice, or too many");
  return { kind, predicate, subjects };
}

/** An entry of the log, with the time at which it became known in milliseconds. */
function readEntry(bytes) {
  const entry = readCanonical(bytes, { is: "Entry" }, "an entry");
  return { ...entry, known: Date.parse(entry.known_at), bytes };
}

const MANIFEST = {
  record: {
    device: RANDOM_ID,
    heads: { number: [1, MOST_LEAVES, 1] },
    made_at: { moment: "20[2-9]\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ" },
    members: { list: { record: { name: { text: "[ -~]{1,100}" }, sha256: DIGEST, size: { number: [0, MOST_PACK_BYTES, 1] } } } },
    origin: { text: "lossproof/[0-9a-f]{32}" },
    size: { number: [2, MOST_LEAVES, 1] },
    tool: { text: "lossproof \\d{1,3}\\.\\d{1,3}\\.\\d{1,3}" },
    v: { only: 1 },
  },
};

function readManifest(envelope) {
  const manifest = readCanonical(envelope.payload, MANIFEST, "the manifest");
  need(manifest.heads < manifest.size, "the manifest has its heads leaf outside the log");
  return manifest;
}

const HEAD = { last: INDEX, path: { list: DIGEST }, position: { number: [0, MOST_LEAVES, 1] }, subject: RANDOM_ID };
const COUNT = { number: [1, MOST_LEAVES, 1] };
const PRESENT = { record: { ...HEAD, count: COUNT } };
const NEIGHBOUR = { maybe: { record: HEAD } };
const ABSENT = { record: { count: COUNT, last: { only: null }, left: NEIGHBOUR, right: NEIGHBOUR, subject: RANDOM_ID } };

/** The proof of the last leaf about a subject, or that there is none. */
function readHeadsProof(bytes) {
  return readCanonical(bytes, { either: [PRESENT, ABSENT] }, "a heads proof");
}

const NAMES = {
  list: { record: { digest: DIGEST, kind: { text: "organisation|serial|asset_tag" }, salt: RANDOM_ID, value: { any: true } } },
};

function readNames(bytes) {
  need(bytes.length <= MOST_SMALL_BYTES, "the names are larger than 1 MiB");
  const names = readCanonical(bytes, NAMES, "the list of names");
  need(
    names.every(({ value }) => typeof value === "string" && value.isWellFormed()),
    "a name is not text",
  );
  need(
    names.every(({ digest }, at) => at === 0 || names[at - 1].digest < digest),
    "the names are not in the order of their digests",
  );
  return names;
}

const TAIL = { record: { from: { number: [1, MOST_LEAVES, 1] }, peaks: { list: DIGEST } } };

/** The entries of the tail: each behind its length, a big-endian uint16 (the entry bundle of C2SP tlog-tiles). */
function readTail(bytes) {
  const entries = [];
  let at = 0;
  while (at < bytes.length) {
    need(at + 2 <= bytes.length, "the tail is cut short");
    const end = at + 2 + bytes[at] * 256 + bytes[at + 1];
    need(end <= bytes.length, "the tail is cut short");
    entries.push(readEntry(bytes.subarray(at + 2, end)));
    at = end;
  }
  return entries;
}

const PROOF_HEADER = "c2sp.org/tlog-proof@v1";
const MOST_HASHES = 63;

/** An inclusion proof of a leaf (C2SP tlog-proof, without `extra`). */
function readProof(bytes) {
  const text = readOctets(bytes);
  const gap = text.indexOf("\n\n");
  need(gap >= 0, "a proof has no checkpoint");
  const [start, index, ...hashes] = text.slice(0, gap).split("\n");
  need(start === PROOF_HEADER && index?.startsWith("index "), "a proof does not begin as one, or has extra data");
  return { index: readDecimal(index.slice(6), "the index of a proof"), path: readHashes(hashes), checkpoint: bytes.subarray(gap + 2) };
}

function readHashes(lines) {
  need(lines.length <= MOST_HASHES, "a proof has too many hashes");
  return lines.map((line) => readHash(line, "a hash of a proof"));
}

/** A consistency proof: base64 hashes, each with its line feed. */
function readConsistencyProof(bytes) {
  const text = readOctets(bytes);
  need(text === "" || text.endsWith("\n"), "a consistency proof is cut short");
  return readHashes(text === "" ? [] : text.slice(0, -1).split("\n"));
}
