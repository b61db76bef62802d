/* Who may say what: keys are enrolled, ended and compromised by facts, in the order of the log (evidence-pack.md, step 14).
   Everything about a key is about one subject, which its fingerprint gives, so that one chain shows all of it. */

const DEVICE_SIGNERS = ["owner", "inspector", "agent", "importer", "auditor"];

/** The roles whose keys may state this fact. */
function signersOf({ kind, predicate }) {
  return kind === "registration" && predicate.device !== null ? DEVICE_SIGNERS : KINDS[kind].signers;
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
  #keys = new Map(); // fingerprint -> {organisation, role}
  #relations = new Map(); // organisation -> relation
  #ended = new Set(); // fingerprints
  #compromised = new Map(); // fingerprint -> leaf

  /** Take in leaf 0, which enrols the first owner's key. */
  begin(fact, checkpoint, logKey) {
    const { predicate, kind } = fact;
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

  #register(fact) {
    const { action, organisation, key } = fact.predicate;
    need(fact.subjects.size === 1, "a registration is about several subjects");
    const [subject] = fact.subjects;
    if (organisation) this.#relate(subject, organisation.relation);
    if (key) this.#enrol(fact, key);
    if (action === "ended") this.#end(subject);
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

  #end(subject) {
    for (const fingerprint of this.#keys.keys()) if (keySubject(fingerprint) === subject) this.#ended.add(fingerprint);
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
  if (role === "importer") return "imported";
  const mayObserve = role === "auditor" || (relation === "controller" && ["inspector", "agent"].includes(role));
  if (!mayObserve) return "claimed";
  if (method === "reported") return "imported";
  return role === "auditor" && method === "examined" ? "examined" : "observed";
}
