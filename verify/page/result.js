/* The result as one JSON object (evidence-pack.md, "The result"). */

const EMPTY = {
  outcome: null, part: null, message: null, device: null, origin: null, size: null, root: null, log_key: null, complete_to: null,
  replayed: [], witnesses: [], stamps: [], independent: false, earlier_log: null, since: null, facts: [], names: {},
  not_proved: [],
};

function refused({ part, message }) {
  return { ...EMPTY, outcome: "refused", part, message };
}

function resultOf(evidence) {
  const { checkpoint, trust, sinceIsOpen } = evidence;
  const witnesses = witnessesOf(evidence);
  const stamps = evidence.stamps.map(({ at, authority, size }) => ({ at: moment(at), authority, size })).sort(bySize);
  const logKey = evidence.manifestEnvelope.keyid;
  const facts = factsOf(evidence, [
    ...witnesses.map(({ at, name, size }) => ({ at, by: name, size })),
    ...stamps.map(({ at, authority, size }) => ({ at, by: authority, size })),
  ]);
  const result = {
    ...EMPTY,
    outcome: sinceIsOpen ? "incomplete" : trust ? "verified" : "self_consistent",
    part: sinceIsOpen ? "since" : null,
    message: sinceIsOpen ? "the pack holds no proof from the checkpoint that you gave" : null,
    device: evidence.device,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: hex(checkpoint.root),
    log_key: logKey,
    complete_to: evidence.tail.at(-1).known_at,
    replayed: replaysOf(evidence, facts),
    witnesses,
    stamps,
    independent: facts.every(({ about, logged_before: logged }) => about !== evidence.device || logged !== null),
    earlier_log: evidence.leaves[0].fact.predicate.earlier,
    since: evidence.sinceSize ?? null,
    facts,
    names: Object.fromEntries(evidence.names.map(({ digest, value }) => [digest, value])),
  };
  return { ...result, not_proved: notProved(evidence, result) };
}

/** RFC 3339 in UTC, to the second. */
function moment(seconds) {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}

function compare(left, right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

function bySize(left, right) {
  return left.size - right.size || compare(left.at, right.at) || compare(left.name ?? left.authority, right.name ?? right.authority);
}

function witnessesOf({ witnessed }) {
  const found = new Map();
  for (const { witness, at, size } of witnessed) {
    if (at !== null) found.set(`${size} ${at} ${witness.name}`, { at: moment(at), name: witness.name, size });
  }
  return [...found.values()].sort(bySize);
}

function factsOf({ leaves, standing, retractions }, outside) {
  return leaves.map(({ leaf, entry, fact }) => ({
    about: entry.about,
    grade: fact.standing.grade,
    key_compromised: standing.compromisedSince(fact.signer),
    kind: fact.kind,
    known_at: entry.known_at,
    leaf,
    logged_before: loggedBefore(leaf, outside),
    organisation: fact.standing.organisation,
    relation: fact.standing.relation,
    retracted_by: retractedBy(fact, retractions),
    role: fact.standing.role,
    signer: fact.signer,
    spoken_for: spokenFor(fact),
    true_at: fact.predicate.true_at,
  }));
}

/** For whom the fact was stated, by its signer's word; null where it speaks for nobody. */
function spokenFor({ predicate: { authenticated = null, by } }) {
  return authenticated === null ? null : { authenticated, person: by };
}

/** The earliest outside time on a checkpoint that covers the leaf. */
function loggedBefore(leaf, outside) {
  const covering = outside.filter(({ size }) => leaf < size);
  covering.sort((left, right) => compare(left.at, right.at) || compare(left.by, right.by));
  return covering.length ? { at: covering[0].at, by: covering[0].by } : null;
}

/** The first retraction, which step 14 has checked, of the fact. */
function retractedBy({ digest }, retractions) {
  return retractions.find((one) => one.predicate.envelope === digest)?.leaf ?? null;
}

/** The replays of the whole log that nobody has withdrawn, and whose root was compared. */
function replaysOf({ leaves }, facts) {
  const log = leaves[0].entry.about;
  return leaves
    .filter(({ entry, fact }, at) => entry.about === log && fact.compared && facts[at].retracted_by === null)
    .map(({ leaf, entry, fact }) => ({ known_at: entry.known_at, leaf, signer: fact.signer, size: fact.predicate.size }));
}

function notProved({ trust, heads, tokens, given, stampsNotTrusted }, { independent, earlier_log: earlier, replayed, facts }) {
  const codes = {
    earlier_log: earlier !== null,
    no_policy: !trust,
    // Only a replay of the heads leaf itself says that it told the truth.
    not_replayed: !replayed.some(({ size }) => size > heads),
    not_witnessed: !independent,
    page: true,
    spoken_for: facts.some((fact) => fact.spoken_for !== null),
    stamp_not_trusted: stampsNotTrusted.length > 0,
    stamps_not_checked: tokens.length > 0 && given.length === 0,
    truth_of_statements: true,
  };
  return Object.keys(codes).filter((code) => codes[code]);
}
