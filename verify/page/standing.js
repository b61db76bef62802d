/* Who may say what: keys are enrolled, ended and compromised by facts, in the order of the log (evidence-pack.md, step 14).
   Everything about a key is about one subject, which its fingerprint gives, so that one chain shows all of it. */

const LOOKERS = ["inspector", "agent", "importer", "auditor"];
/** The roles of the keys that a register enrols and ends. */
const ENROLLED_BY_REGISTERS = ["agent", "inspector", "importer"];

/** The roles whose keys may state this fact. */
function signersOf({ kind, predicate }) {
  const signers = [...KINDS[kind].signers];
  if (kind === "registration") {
    const { device, key, recipient } = predicate;
    if (device) signers.push(...LOOKERS);
    if (!recipient && (!key || ENROLLED_BY_REGISTERS.includes(key.role))) signers.push("register");
  }
  // What another system reported, a register may pass on.
  if (predicate.method === "reported") signers.push("register");
  return signers;
}

/** The subject of the key with this fingerprint. */
function keySubject(fingerprint) {
  return fingerprint.slice(0, 32);
}

function isAbout({ subjects }, subject) {
  return subjects.size === 1 && subjects.has(subject);
}

/** What is known of keys and organisations up to a place in the log. */
class Standing {
  #log = null; // the log's own subject
  #keys = new Map(); // fingerprint -> {organisation, role}
  #relations = new Map(); // organisation -> relation
  #ended = new Set(); // fingerprints
  #compromised = new Map(); // fingerprint -> leaf

  /** Take in leaf 0, about the log, which enrols the first owner's key. */
  begin(fact, log, checkpoint, logKey) {
    const { predicate, kind } = fact;
    this.#log = log;
    need(kind === "genesis" && predicate.origin === checkpoint.origin, "the first fact of the log is of another log");
    need(predicate.log_key === hex(logKey), "the first fact of the log names another log key");
    need(fact.signer === fact.keys.owner, "the first fact of the log is not signed by its owner");
    need(predicate.owner === keySubject(fact.signer), "the first fact of the log gives its owner's key another subject");
    this.#relations.set(predicate.organisation, "controller");
    this.#keys.set(fact.signer, { organisation: predicate.organisation, role: "owner" });
  }

  /** Take in a later fact, if its signer may state it. `targets` gives the earlier facts about its subjects. */
  admit(fact, targets) {
    const key = this.#keys.get(fact.signer);
    need(key, "a fact is signed by a key that was not enrolled before");
    need(!this.#ended.has(fact.signer), "a fact is signed by a key whose use had ended");
    need(!this.#compromised.has(fact.signer), "a fact is signed by a key that was reported compromised before");
    need(signersOf(fact).includes(key.role), "a fact is signed by a key whose role may not state it");
    const take = { registration: this.#register, compromise: this.#compromise, retraction: this.#retract }[fact.kind];
    take?.call(this, fact, key, targets);
  }

  #register(fact, by) {
    const { action, organisation, key } = fact.predicate;
    need(fact.subjects.size === 1, "a registration is about several subjects");
    const [subject] = fact.subjects;
    need(by.role !== "register" || !this.#isOwners(fact.predicate, subject), "a register states what only an owner may");
    if (organisation) this.#relate(subject, organisation.relation);
    if (key) this.#enrol(fact, key);
    if (action === "ended") for (const [fingerprint] of this.#keysOf(subject)) this.#ended.add(fingerprint);
  }

  #relate(subject, relation) {
    const before = this.#relations.get(subject) ?? relation;
    need(before === relation, "an organisation's relation to the controller was changed");
    this.#relations.set(subject, relation);
  }

  #enrol(fact, { organisation, role }) {
    const fingerprint = fact.keys.enrolled;
    need(!this.#keys.has(fingerprint), "a key is enrolled a second time");
    need(isAbout(fact, keySubject(fingerprint)), "a key is enrolled under another subject than its own");
    this.#keys.set(fingerprint, { organisation, role });
  }

  #keysOf(subject) {
    return [...this.#keys].filter(([fingerprint]) => keySubject(fingerprint) === subject);
  }

  /** Whether it says who the controller is, or ends it, the log's own subject, or a key that no register enrols. */
  #isOwners({ action, organisation }, subject) {
    if (organisation) return organisation.relation === "controller";
    if (action !== "ended") return false;
    const high = this.#keysOf(subject).some(([, { role }]) => !ENROLLED_BY_REGISTERS.includes(role));
    return high || subject === this.#log || this.#relations.get(subject) === "controller";
  }

  #compromise(fact) {
    const { fingerprint } = fact.predicate;
    need(isAbout(fact, keySubject(fingerprint)), "a compromise of a key is not filed under the key's own subject alone");
    if (!this.#compromised.has(fingerprint)) this.#compromised.set(fingerprint, fact.leaf);
  }

  #retract(fact, key, targets) {
    const target = targets().find((one) => one.digest === fact.predicate.envelope);
    need(target, "a retraction is of no earlier fact about the same subject");
    need(target.signer === fact.signer || key.role === "decider", "a retraction is neither by who signed its target nor by a decider");
    // Whoever withdraws an enrolment ends the key, for good.
    if (target.keys.enrolled) this.#ended.add(target.keys.enrolled);
  }

  /** How the fact's signer stood when it was stated. */
  of(fact) {
    const { organisation, role } = this.#keys.get(fact.signer);
    const relation = this.#relations.get(organisation) ?? null;
    return { organisation, role, relation, grade: gradeOf(fact, role, relation) };
  }

  compromisedSince(fingerprint) {
    return this.#compromised.get(fingerprint) ?? null;
  }
}

/** How good a word is (facts.md, "Grades"; its rules in their order): by whose key signed and how it was found out, never by
    what it says of itself. Of an organisation that nothing here registers, it is the least. */
function gradeOf({ kind, predicate: { method } }, role, relation) {
  if (kind !== "inspection" && kind !== "holding") return null;
  if (relation === null || relation === "processor") return "claimed";
  if (role === "importer" || role === "register") return "imported";
  const mayObserve = role === "auditor" || (relation === "controller" && ["inspector", "agent"].includes(role));
  if (!mayObserve) return "claimed";
  if (method === "reported") return "imported";
  return role === "auditor" && method === "examined" ? "examined" : "observed";
}
