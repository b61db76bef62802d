/* The check itself: the steps of evidence-pack.md, "How to verify", in their order. The first that fails ends it. */

const TEN_MINUTES = 600;

/** A check that failed: `part` names the step. */
class Refusal extends Error {
  constructor(part, message) {
    super(message);
    this.part = part;
  }
}

/** Do the work of a step; what is malformed or does not hold in it refuses the pack at that part. */
async function step(part, work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Malformed) throw new Refusal(part, error.message);
    throw error;
  }
}

/** Check a pack. `policy` and `since` are bytes or null; `authorities` the bytes of certificate files. What is wrong with the
    pack is in the result. What is wrong with the policy or a certificate is a `Malformed`: it says nothing about the pack. */
async function verify(pack, options = {}) {
  return (await examine(pack, options)).result;
}

/** `verify`, and beside the result what a page for people wants to say more about: the facts, and what could not be read. */
async function examine(pack, { policy = null, since = null, authorities = [] } = {}) {
  const trust = policy && (await readPolicy(policy));
  const given = authorities.flatMap(readCertificates);
  need(authorities.length === 0 || given.some(isSelfIssued), "no certificate given is an authority's own: a self-signed one");
  try {
    return await allSteps({ pack, trust, since, given });
  } catch (error) {
    if (error instanceof Refusal) return { result: refused(error), trust, leaves: [] };
    throw error;
  }
}

async function allSteps(evidence) {
  await checkContainer(evidence);
  await checkManifest(evidence);
  await checkCheckpoint(evidence);
  await checkManifestSignature(evidence);
  await checkQuorum(evidence);
  await checkEarlier(evidence);
  await checkSince(evidence);
  await checkTail(evidence);
  await checkEntries(evidence);
  await checkKeysAndEnvelopes(evidence);
  await checkHeads(evidence);
  await step("chain", async () => (evidence.leaves = followChains(evidence)));
  await checkTimes(evidence);
  await checkSigners(evidence);
  await checkNames(evidence);
  await checkStamps(evidence);
  return { result: resultOf(evidence), trust: evidence.trust, leaves: evidence.leaves };
}

async function checkContainer(evidence) {
  evidence.members = await step("container", async () => readArchive(evidence.pack));
}

/** The members of a family: the parts of the name that its pattern takes out, and the bytes. */
function family({ members }, name) {
  const found = [];
  for (const [path, bytes] of members) {
    const match = FAMILIES[name].exec(path);
    if (match) found.push({ name: match[1], suffix: match[2], bytes });
  }
  return found;
}

async function checkManifest(evidence) {
  await step("manifest", async () => {
    evidence.manifestEnvelope = readEnvelope(evidence.members.get("manifest.json"), MANIFEST_TYPE);
    const manifest = readManifest(evidence.manifestEnvelope);
    Object.assign(evidence, { manifest, device: manifest.device, heads: manifest.heads });
    const others = [...evidence.members].filter(([name]) => name !== "manifest.json");
    need(others.length === manifest.members.length, "the manifest lists other members than the file has");
    const digests = await Promise.all(others.map(([, bytes]) => digestOf(bytes)));
    manifest.members.forEach(({ name, sha256: digest, size }, at) => {
      need(name === others[at][0], "the manifest lists other members than the file has");
      need(size === others[at][1].length && digest === digests[at], "a member is not the one that the manifest lists");
    });
  });
}

async function checkCheckpoint(evidence) {
  await step("checkpoint", async () => {
    const checkpoint = readCheckpoint(evidence.members.get("checkpoint"));
    const { origin, size } = evidence.manifest;
    need(checkpoint.origin === origin, "the checkpoint is of another log than the manifest");
    need(checkpoint.size === size, "the checkpoint is of another size than the manifest");
    evidence.checkpoint = checkpoint;
    evidence.logKey = evidence.trust ? trustedLogKey(evidence) : await statedLogKey(evidence);
    await checkLogSignature(evidence, checkpoint);
  });
}

function trustedLogKey({ trust, checkpoint }) {
  const keys = trust.logs.filter((key) => key.algorithm === LOG_ED25519 && key.name === checkpoint.origin);
  need(keys.length > 0, "the trust policy does not know the log that this pack is from");
  need(keys.length === 1, "the trust policy has more than one key for the log that this pack is from");
  return keys[0];
}

/** Without a policy, the log's key by the pack's own word: that of the genesis fact. Step 14 checks that fact. */
async function statedLogKey({ members, checkpoint }) {
  const entry = members.get("entries/000000000.json");
  need(entry, "the first leaf of the log is missing");
  const envelope = members.get(`envelopes/${readEntry(entry).digest}.json`);
  need(envelope, "the first fact of the log is missing");
  const { kind, predicate } = readStatement(readEnvelope(envelope, IN_TOTO).payload);
  need(kind === "genesis", "the first fact of the log is no genesis");
  return noteKey(checkpoint.origin, LOG_ED25519, unhex(predicate.log_key));
}

/** The log signed it, and no other log that is trusted is named in vain. */
async function checkLogSignature({ trust, logKey }, checkpoint) {
  const others = (trust?.logs ?? []).filter((key) => key.usable && key !== logKey);
  const found = await signaturesBy([logKey, ...others], checkpoint);
  need(
    found.some(({ key }) => key === logKey),
    "a checkpoint is not signed by the log",
  );
}

async function checkManifestSignature({ manifestEnvelope, logKey }) {
  await step("manifest", () => verifyEnvelope(manifestEnvelope, logKey.raw));
}

async function checkQuorum(evidence) {
  await step("quorum", async () => {
    evidence.witnessed = await cosignatures(evidence, evidence.checkpoint);
    if (!evidence.trust) return;
    const signers = new Set(evidence.witnessed.map(({ witness }) => witness.key));
    need(evidence.trust.suffices(signers), "not enough witnesses of the trust policy have signed the checkpoint");
  });
}

/** The cosignatures by the policy's witnesses: {witness, at, size}, each witness once, with its earliest time. */
async function cosignatures({ trust }, checkpoint) {
  if (!trust) return [];
  const readable = trust.witnesses.filter(({ key }) => key.usable);
  const found = new Map();
  for (const { key, at } of await signaturesBy(readable.map((witness) => witness.key), checkpoint)) {
    const witness = readable.find((one) => one.key === key);
    const before = found.get(key)?.at ?? null;
    found.set(key, { witness, at: before === null || (at !== null && at < before) ? at : before, size: checkpoint.size });
  }
  return [...found.values()];
}

async function checkEarlier(evidence) {
  await step("earlier", async () => {
    evidence.earlier = new Map();
    const parts = family(evidence, "earlier");
    need(parts.every(({ bytes }) => bytes.length <= MOST_SMALL_BYTES), "a part of an earlier checkpoint is larger than 1 MiB");
    const named = (suffix) => parts.filter((part) => part.suffix === suffix);
    const proofs = new Map(named("proof").map(({ name, bytes }) => [name, bytes]));
    for (const { name, bytes } of named("checkpoint")) await checkEarlierOne(evidence, name, bytes, proofs.get(name));
    for (const { name } of parts) need(evidence.earlier.has(Number(name)), "a part of an earlier checkpoint is missing");
    evidence.tokens = named("tsr").map(({ name, bytes }) => ({ size: Number(name), bytes }));
  });
}

async function checkEarlierOne(evidence, name, bytes, proof) {
  const earlier = readCheckpoint(bytes);
  const { checkpoint } = evidence;
  need(earlier.origin === checkpoint.origin, "an earlier checkpoint is of another log");
  need(earlier.size === Number(name), "an earlier checkpoint is of another size than its name says");
  need(1 <= earlier.size && earlier.size <= checkpoint.size, "an earlier checkpoint is of a size that the log does not have");
  await checkLogSignature(evidence, earlier);
  evidence.witnessed.push(...(await cosignatures(evidence, earlier)));
  need(proof, "the proof for an earlier checkpoint is missing");
  await verifyConsistency(earlier.size, earlier.root, checkpoint.size, checkpoint.root, readConsistencyProof(proof));
  evidence.earlier.set(earlier.size, earlier);
}

async function checkSince(evidence) {
  if (!evidence.since) return;
  await step("since", async () => {
    const { checkpoint, earlier } = evidence;
    const since = readCheckpoint(evidence.since);
    need(since.origin === checkpoint.origin, "the checkpoint that you gave is of another log");
    await checkLogSignature(evidence, since);
    need(since.size <= checkpoint.size, "the log went back: the checkpoint that you gave is of a larger log than this pack");
    evidence.sinceSize = since.size;
    const known = since.size === checkpoint.size ? checkpoint : earlier.get(since.size);
    evidence.sinceIsOpen = !known;
    need(!known || same(known.root, since.root), "the log was forked: the checkpoint that you gave has another root at the same size");
  });
}

async function checkTail(evidence) {
  await step("tail", async () => {
    const { members, checkpoint, heads } = evidence;
    const { from, peaks } = readCanonical(members.get("tail.json"), TAIL, "the start of the tail");
    need(from === heads, "the tail begins at another leaf than the manifest says");
    need(peaks.length === peakCount(from), "the tail does not have the peaks of its size");
    const tail = readTail(members.get("tail"));
    need(tail.length === checkpoint.size - from, "the tail has not as many entries as the log");
    tail.forEach(({ kind }, at) => need((kind === "heads") === (at === 0), "the tail does not begin at the last heads leaf"));
    const hashes = await Promise.all(tail.map((entry) => leafHash(entry.bytes)));
    evidence.peaks = peaks.map(unhex);
    evidence.tailHashes = hashes;
    const root = await rootAfter(from, evidence.peaks, hashes);
    need(same(root, checkpoint.root), "the tail does not lead to the root of the checkpoint");
    evidence.tail = tail;
    evidence.tailEntry = (leaf) => tail[leaf - from];
  });
}

async function checkEntries(evidence) {
  evidence.entries = new Map();
  await step("entry", async () => {
    for (const { name, bytes } of family(evidence, "entries")) {
      need(Number(name) < evidence.heads, "an entry stands behind the heads leaf");
      evidence.entries.set(Number(name), readEntry(bytes));
    }
  });
  await step("proof", async () => {
    const proofs = family(evidence, "proofs");
    await Promise.all(proofs.map(({ name, bytes }) => checkProof(evidence, Number(name), readProof(bytes))));
    need(proofs.length === evidence.entries.size, "an entry has no proof");
  });
}

async function checkProof({ entries, checkpoint }, index, proof) {
  need(proof.index === index, "a proof is of another leaf than its name says");
  need(same(proof.checkpoint, checkpoint.bytes), "a proof is for another checkpoint");
  need(entries.has(index), "a proof has no entry");
  await verifyInclusion(await leafHash(entries.get(index).bytes), index, checkpoint.size, proof.path, checkpoint.root);
}

async function checkKeysAndEnvelopes(evidence) {
  const keys = new Map();
  await step("keys", async () => {
    for (const { name, bytes } of family(evidence, "keys")) {
      keys.set(name, readPem(bytes));
      need((await digestOf(keys.get(name))) === name, "a key is not the one that its name says");
    }
  });
  await step("envelope", async () => {
    const read = family(evidence, "envelopes").map(({ name, bytes }) => readFact(name, bytes, keys));
    evidence.facts = new Map((await Promise.all(read)).map((fact) => [fact.digest, fact]));
  });
  await step("keys", async () => {
    const wanted = new Set([...evidence.facts.values()].map((fact) => fact.signer));
    wanted.add(await digestOf(evidence.logKey.raw));
    need(keys.size === wanted.size && [...keys.keys()].every((name) => wanted.has(name)), "the keys are not the log's and the signers'");
  });
}

/** The fact in an envelope, its signature verified. `keys` are the fingerprints of the keys that it speaks of. */
async function readFact(name, bytes, keys) {
  need(bytes.length <= MOST_SMALL_BYTES, "an envelope is larger than 1 MiB");
  need((await digestOf(bytes)) === name, "an envelope is not the one that its name says");
  const envelope = readEnvelope(bytes, IN_TOTO);
  const statement = readStatement(envelope.payload);
  need(keys.has(envelope.keyid), "the key that signed a fact is missing");
  await verifyEnvelope(envelope, keys.get(envelope.keyid));
  const { owner_key: owner = null, key = null } = statement.predicate;
  const spoken = {
    owner: owner && (await digestOf(unhex(owner))),
    enrolled: key && (await digestOf(unhex(key.public_key))),
  };
  return { digest: name, signer: envelope.keyid, ...statement, keys: spoken };
}

async function checkHeads(evidence) {
  await step("heads", async () => {
    const { heads, tail } = evidence;
    const root = unhex(tail[0].digest);
    const proofs = family(evidence, "heads").map(({ name, bytes }) => ({ subject: name, proof: readHeadsProof(bytes) }));
    const count = proofs[0]?.proof.count;
    evidence.last = new Map();
    for (const { subject, proof } of proofs) {
      evidence.last.set(subject, await lastLeaf(proof, subject, count, heads, root));
    }
  });
}

/** All entries here in order of index: {leaf, entry}. */
function allEntries({ entries, tail, heads }) {
  const before = [...entries].map(([leaf, entry]) => ({ leaf, entry })).sort((left, right) => left.leaf - right.leaf);
  return [...before, ...tail.map((entry, place) => ({ leaf: heads + place, entry }))];
}

async function checkTimes(evidence) {
  await step("time", async () => {
    let before = 0;
    for (const { entry } of allEntries(evidence)) {
      need(before <= entry.known, "the log's clock went back");
      before = entry.known;
    }
    for (const { entry, fact } of evidence.leaves) {
      const stated = Date.parse(fact.predicate.true_at);
      need(stated <= entry.known + TEN_MINUTES * 1000, "a fact is said to be true after the log knew it");
    }
  });
}

async function checkSigners(evidence) {
  await step("key", async () => {
    const roots = await rootsOfReplays(evidence);
    const standing = new Standing();
    evidence.standing = standing;
    evidence.retractions = [];
    for (const leaf of evidence.leaves) {
      const { fact } = leaf;
      if (fact.leaf !== undefined) continue; // an envelope about several subjects speaks once
      fact.leaf = leaf.leaf;
      if (leaf.leaf === 0) standing.begin(fact, leaf.entry.about, evidence.checkpoint, evidence.logKey.raw);
      else standing.admit(fact, () => factsBefore(evidence, fact));
      if (fact.kind === "retraction") evidence.retractions.push(fact);
      if (isReplayOfLog(evidence, fact)) checkReplay(fact, roots);
      fact.standing = standing.of(fact);
    }
  });
}

function isReplayOfLog({ leaves }, { kind, subjects }) {
  return kind === "replay" && subjects.has(leaves[0].entry.about);
}

/** By size, the roots of the log that can be known here: from the heads leaf on by the tail where a replay is of that size,
    before it by the earlier checkpoints. */
async function rootsOfReplays(evidence) {
  const { leaves, heads, peaks, tailHashes, earlier } = evidence;
  const replays = leaves.filter(({ fact }) => isReplayOfLog(evidence, fact));
  const sizes = new Set(replays.map(({ fact }) => fact.predicate.size));
  const roots = await rootsAfter(heads, peaks, tailHashes, sizes);
  for (const [size, { root }] of earlier) if (size < heads) roots.set(size, root);
  return roots;
}

/** Compare the root of a replay of this log, where it can be; `fact.compared` says that it was. */
function checkReplay(fact, roots) {
  const { size, root } = fact.predicate;
  need(size <= fact.leaf, "a replay is of more leaves than the log had before it");
  fact.compared = roots.has(size);
  need(!fact.compared || hex(roots.get(size)) === root, "a replay is of a log with another root at the same size");
}

/** The facts of earlier leaves about the subjects of a fact. */
function factsBefore({ leaves }, { leaf, subjects }) {
  return leaves.filter((one) => one.leaf < leaf && subjects.has(one.entry.about)).map((one) => one.fact);
}

async function checkNames(evidence) {
  await step("names", async () => {
    evidence.names = readNames(evidence.members.get("names.json"));
    const registered = registeredDigests(evidence);
    for (const { digest, kind, salt, value } of evidence.names) {
      need((await digestOf(joined(unhex(salt), utf8(value)))) === digest, "a name is not what was recorded");
      need(registered.has(`${kind} ${digest}`), "a name is of nothing that is registered in the pack");
    }
  });
}

function registeredDigests({ facts }) {
  const found = new Set();
  for (const { kind, predicate } of facts.values()) {
    if (kind !== "registration") continue;
    found.add(`organisation ${predicate.organisation?.name}`);
    for (const { scheme, digest } of predicate.device?.identifiers ?? []) found.add(`${scheme} ${digest}`);
  }
  return found;
}

async function checkStamps(evidence) {
  const { tokens, given, earlier } = evidence;
  evidence.stamps = [];
  evidence.stampsNotTrusted = [];
  for (const { size, bytes } of given.length ? tokens : []) {
    try {
      const stamp = await verifyStamp(bytes, utf8(earlier.get(size).note.text), given);
      evidence.stamps.push({ ...stamp, size });
    } catch (error) {
      // A stamp that does not hold proves nothing, and refuses nothing.
      if (!(error instanceof Malformed)) throw error;
      evidence.stampsNotTrusted.push(error.message);
    }
  }
  const outside = [...evidence.witnessed.filter(({ at }) => at !== null), ...evidence.stamps];
  await step("time", async () => {
    const entries = allEntries(evidence);
    for (const { at, size } of outside) {
      const covered = entries.filter(({ leaf }) => leaf < size).at(-1);
      const known = covered?.entry.known ?? 0;
      need((at + TEN_MINUTES) * 1000 >= known, "the log's clock was more than ten minutes ahead of an outside one");
    }
  });
}
