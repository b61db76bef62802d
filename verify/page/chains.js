/* Completeness: for every subject that is relied on, all leaves about it are here, and nothing else is (evidence-pack.md,
   "What must be in it" and step 12). */

/** The leaves relied on, by index: [{leaf, entry, fact}]. `evidence` has the pack's device, its entries before the heads leaf,
    the tail, the facts by their envelopes' digests, and by subject the last leaf before the heads leaf. */
function followChains(evidence) {
  const { entries, facts, last, device } = evidence;
  const first = entries.get(0);
  need(facts.get(first?.digest)?.kind === "genesis", "the first leaf of the log is missing, or is no genesis");
  const enrolled = subjectsOfKeys(facts);
  const wanted = new Set([device, first.about]);
  const reached = new Map();
  // What is added to the set on the way is followed too: the keys that signed, those that enrolled these, the exceptions that
  // let a device go, and so on.
  for (const subject of wanted) {
    for (const leaf of leavesAbout(subject, evidence)) {
      const entry = entries.get(leaf) ?? evidence.tailEntry(leaf);
      const fact = facts.get(entry.digest);
      need(fact?.subjects.has(subject), "the fact of a leaf is missing, or is about something else");
      reached.set(leaf, { leaf, entry, fact });
      for (const one of enrolled.get(fact.signer) ?? []) wanted.add(one);
      if (fact.kind === "custody" && fact.predicate.exception) wanted.add(fact.predicate.exception);
    }
  }
  const leaves = [...reached.values()].sort((left, right) => left.leaf - right.leaf);
  checkLeavesOfFacts(leaves, facts, wanted);
  const used = new Set(leaves.map(({ fact }) => fact.digest));
  need([...entries.keys()].every((leaf) => reached.has(leaf)), "the pack holds an entry that nothing leads to");
  need([...facts.keys()].every((digest) => used.has(digest)), "the pack holds a fact that nothing leads to");
  need([...last.keys()].every((subject) => wanted.has(subject)), "the pack holds a heads proof that nothing leads to");
  need(leaves.some(({ entry }) => entry.about === device), "the log says nothing about the device");
  return leaves;
}

/** Return if every fact has one leaf, and not two, about each of its subjects that is relied on. */
function checkLeavesOfFacts(leaves, facts, wanted) {
  const logged = new Set(leaves.map(({ entry }) => `${entry.digest} ${entry.about}`));
  need(logged.size === leaves.length, "a fact was logged twice about one subject");
  for (const { digest, subjects } of facts.values()) {
    for (const one of subjects) {
      need(!wanted.has(one) || logged.has(`${digest} ${one}`), "a fact was not logged about one of its subjects that is relied on");
    }
  }
}

/** By the fingerprint of each key that is enrolled here: the subjects that relying on it means to rely on. */
function subjectsOfKeys(facts) {
  const found = new Map();
  const add = (fingerprint, subjects) => found.set(fingerprint, [...(found.get(fingerprint) ?? []), ...subjects]);
  for (const { predicate, subjects, keys } of facts.values()) {
    if (keys.owner) add(keys.owner, [predicate.owner, predicate.organisation]);
    if (keys.enrolled) add(keys.enrolled, [...subjects, predicate.key.organisation]);
  }
  return found;
}

/** Every leaf about a subject in ascending order: backwards from the last before the heads leaf, then those of the tail. */
function leavesAbout(subject, { entries, tail, heads, last }) {
  need(last.has(subject), "the heads proof of a subject that is relied on is missing");
  const leaves = [];
  let limit = heads;
  for (let leaf = last.get(subject); leaf !== null; leaf = entries.get(leaf).previous) {
    const entry = entries.get(leaf);
    need(leaf < limit && entry?.about === subject, "a fact about a subject that is relied on was left out");
    leaves.push(leaf);
    limit = leaf;
  }
  leaves.reverse();
  tail.forEach((entry, place) => {
    if (entry.about !== subject) return;
    need(entry.previous === (leaves.at(-1) ?? null), "a fact about a subject that is relied on was left out");
    leaves.push(heads + place);
  });
  return leaves;
}

/** The last leaf about the subject of a heads proof, or null where it shows that there is none. */
async function lastLeaf(proof, subject, count, heads, root) {
  need(proof.subject === subject, "a heads proof is about another subject");
  need(proof.count === count, "the heads proofs are of different trees");
  if (proof.last !== null) {
    await verifyHead(proof, count, heads, root);
    return proof.last;
  }
  const { left, right } = proof;
  need(left || right, "a heads proof shows nothing");
  need((left ? left.position + 1 : 0) === (right ? right.position : count), "the neighbours in a heads proof do not adjoin");
  need(!left || left.subject < subject, "a subject is not between its neighbours in a heads proof");
  need(!right || subject < right.subject, "a subject is not between its neighbours in a heads proof");
  for (const neighbour of [left, right]) if (neighbour) await verifyHead(neighbour, count, heads, root);
  return null;
}

async function verifyHead({ subject, last, position, path }, count, heads, root) {
  need(last < heads, "a heads proof names a leaf behind the heads leaf");
  need(position < count, "a heads proof has a place that its tree does not have");
  const leaf = await leafHash(joined(unhex(subject), uint64(last)));
  await verifyInclusion(leaf, position, count, path.map(unhex), root);
}
