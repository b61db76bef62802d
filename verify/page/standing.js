/* Who may say what: keys are enrolled, ended and compromised by facts, in the order of the log (evidence-pack.md, step 14). */

const DEVICE_SIGNERS = ["owner", "inspector", "agent", "importer", "auditor"];

/** The roles whose keys may state this fact. */
function signersOf({ kind, predicate }) {
  return kind === "registration" && predicate.device !== null ? DEVICE_SIGNERS : KINDS[kind].signers;
}

/** What is known of keys and organisations up to a place in the log. */
class Standing {
  #keys = new Map(); // fingerprint -> {subjects, organisation, role}
  #relations = new Map(); // organisation -> relation
  #ended = new Set(); // fingerprints
  #compromised = new Map(); // fingerprint -> leaf

  /** Take in leaf 0, which enrols the first owner's key. */
  begin(fact, checkpoint, logKey) {
    const { predicate, kind } = fact;
    need(kind === "genesis" && predicate.origin === checkpoint.origin, "the first fact of the log is of another log");
    need(predicate.log_key === hex(logKey), "the first fact of the log names another log key");
    need(fact.signer === fact.keys.owner, "the first fact of the log is not signed by its owner");
    this.#relations.set(predicate.organisation, "controller");
    this.#enrol(fact.keys.owner, [predicate.owner], predicate.organisation, "owner");
  }

  /** Take in a later fact, if its signer may state it. `targets` gives the earlier facts about its subjects. */
  admit(fact, targets) {
    const key = this.#keys.get(fact.signer);
    need(key, "a fact is signed by a key that was not enrolled before");
    need(!this.#ended.has(fact.signer), "a fact is signed by a key whose use had ended");
    need(!this.#compromised.has(fact.signer), "a fact is signed by a key that was reported compromised before");
    need(signersOf(fact).includes(key.role), "a fact is signed by a key whose role may not state it");
    const take = { registration: this.#register, compromise: this.#compromise, retraction: this.#checkRetraction }[fact.kind];
    take?.call(this, fact, key, targets);
  }

  #register(fact) {
    const { action, organisation, key } = fact.predicate;
    for (const subject of fact.subjects) {
      if (organisation) this.#relations.set(subject, organisation.relation);
      if (action === "ended") this.#end(subject);
    }
    if (key) this.#enrol(fact.keys.enrolled, [...fact.subjects], key.organisation, key.role);
  }

  #enrol(fingerprint, subjects, organisation, role) {
    const before = this.#keys.get(fingerprint)?.subjects ?? [];
    this.#keys.set(fingerprint, { subjects: [...before, ...subjects], organisation, role });
  }

  #end(subject) {
    for (const [fingerprint, key] of this.#keys) if (key.subjects.includes(subject)) this.#ended.add(fingerprint);
  }

  #compromise(fact) {
    const { fingerprint } = fact.predicate;
    if (!this.#compromised.has(fingerprint)) this.#compromised.set(fingerprint, fact.leaf);
  }

  #checkRetraction(fact, key, targets) {
    const target = targets().find((one) => one.digest === fact.predicate.envelope);
    need(target, "a retraction is of no earlier fact about the same subject");
    need(target.signer === fact.signer || key.role === "decider", "a retraction is neither by who signed its target nor by a decider");
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
  if (role === "importer") return "imported";
  const mayObserve = role === "auditor" || (relation === "controller" && ["inspector", "agent"].includes(role));
  if (!mayObserve) return "claimed";
  if (method === "reported") return "imported";
  return role === "auditor" && method === "examined" ? "examined" : "observed";
}
