/* The answer as a page: the verdict first, then the device's facts, what is proved and what is not, and the result itself. */

function answerOf({ result, trust, leaves }, file) {
  const verdict = VERDICTS[result.outcome];
  const parts = [verdictBox(verdict, result)];
  if (result.outcome !== "refused") {
    const statements = new Map(leaves.map(({ leaf, fact }) => [leaf, fact]));
    const said = { result, statements, called: organisationNames(result, leaves) };
    parts.push(deviceSection(said), provedSection(said), restSection(said));
  }
  parts.push(notProvedSection(result, trust), fileSection(result, file));
  return parts;
}

function section(id, heading, ...children) {
  return element("section", { "aria-labelledby": id }, element("h2", { id }, heading), ...children);
}

function list(items, name = "ul") {
  return element(name, null, ...items.map((item) => element("li", null, ...[item].flat())));
}

function verdictBox({ tone, word, meaning }, { message, part }) {
  const why = message ? element("p", null, `${sentence(message)} This was the check of ${PARTS[part]}.`) : null;
  return element(
    "div",
    { class: `verdict ${tone}` },
    symbol(tone),
    element("div", null, element("h2", { id: "verdict" }, element("span", { class: "word" }, `${word}.`), ` ${meaning}.`), why),
  );
}

/** What organisations are called, by their ids, as far as the pack says. */
function organisationNames({ names }, leaves) {
  const found = new Map();
  for (const { entry, fact } of leaves) {
    const name = fact.predicate.organisation?.name;
    if (fact.kind === "registration" && Object.hasOwn(names, name)) found.set(entry.about, names[name]);
  }
  return found;
}

function deviceSection(said) {
  const { result, statements } = said;
  const facts = result.facts.filter((fact) => fact.about === result.device);
  const outside = [...result.witnesses, ...result.stamps];
  return section(
    "device",
    "What the log says about the device",
    element("p", null, "Device ", fingerprint(result.device), ...namesOf(facts, statements, result)),
    timeline(facts, outside),
    list(facts.map((fact) => factItem(fact, said)), "ol"),
  );
}

/** What the device's serial numbers and asset tags are, as far as they have not been erased. */
function namesOf(facts, statements, { names }) {
  const identifiers = facts.flatMap((fact) => statements.get(fact.leaf).predicate.device?.identifiers ?? []);
  const shown = new Map(identifiers.filter(({ digest }) => Object.hasOwn(names, digest)).map((one) => [one.digest, one.scheme]));
  return [...shown].flatMap(([digest, scheme]) => [`; ${code(scheme)} `, chosen(names[digest])]);
}

function factItem(fact, { statements, called }) {
  const grade = fact.grade ? ` (${GRADES[fact.grade]})` : "";
  const flags = [];
  if (fact.retracted_by !== null) flags.push(`Withdrawn later, by leaf ${shownNumber(fact.retracted_by)}.`);
  if (fact.key_compromised !== null) flags.push(`Its key was reported compromised at leaf ${shownNumber(fact.key_compromised)}.`);
  return element(
    "div",
    { class: fact.retracted_by === null ? "fact" : "fact withdrawn" },
    element("p", { class: "what" }, element("strong", null, says(statements.get(fact.leaf))), grade),
    element("p", null, `Stated as true at ${shownTime(fact.true_at)}; in the log at ${shownTime(fact.known_at)} by its clock.`),
    element("p", null, "Stated by ", ...signerOf(fact, called), ". ", loggedSentence(fact)),
    flags.length ? element("p", { class: "flag" }, flags.join(" ")) : null,
  );
}

/** Who signed, in words. The organisation's name stands there where it is in the pack. */
function signerOf({ organisation, relation, role, signer, spoken_for: person }, called, begins = false) {
  const name = called.has(organisation) ? [" (", chosen(called.get(organisation)), ")"] : [];
  const standing = relation ? RELATIONS[relation] : "an organisation that nobody registered";
  const one = role === "register" ? "the" : /^[aeiou]/.test(role) ? "an" : "a";
  const article = begins ? `${one.slice(0, 1).toUpperCase()}${one.slice(1)}` : one;
  return [`${article} ${role} of ${standing}`, ...name, ", key ", fingerprint(signer.slice(0, 16)), forWhom(role, person)];
}

/** For whom it was stated. A register's word is never its own, so what it says for nobody by name says that too. */
function forWhom(role, spokenFor) {
  if (!spokenFor) return role === "register" ? ", which does not say for whom" : "";
  const whom = spokenFor.person ? shownPerson(spokenFor.person) : "somebody whom it does not name";
  return `, for ${whom}, ${AUTHENTICATED[spokenFor.authenticated]}`;
}

function loggedSentence({ logged_before: logged }) {
  if (!logged) return "Nobody outside says when the log had it.";
  const by = /^[0-9a-f]{64}$/.test(logged.by) ? `the time-stamp authority ${grouped(logged.by.slice(0, 16))}` : printable(logged.by);
  return `In the log by ${shownTime(logged.at)} at the latest, by the word of ${by}.`;
}

function provedSection({ result, called }) {
  const reach = (size) => `${shownNumber(size)} of its ${shownLeaves(result.size)}`;
  const items = [
    "Each fact was signed by a key that was enrolled for it, and has not been changed since.",
    "Each fact is in the log, at its place, in the tree that the log signed.",
    `By the log's word, these were all the facts about the device up to ${shownTime(result.complete_to)}.`,
    ...result.replayed.map(({ leaf, size, known_at: at }) => [
      ...signerOf(result.facts.find((fact) => fact.leaf === leaf), called, true),
      `, states that it replayed all of the log to ${reach(size)} (${shownTime(at)}).`,
    ]),
    ...result.witnesses.map(({ name, at, size }) => [chosen(name), ` saw the log to ${reach(size)} at ${shownTime(at)}.`]),
    ...result.stamps.map(({ authority, at, size }) => [
      "The time-stamp authority ",
      fingerprint(authority.slice(0, 16)),
      ` had the log to ${reach(size)} by ${shownTime(at)}.`,
    ]),
  ];
  if (result.since !== null && result.outcome !== "incomplete") {
    items.push(`Since the checkpoint that you gave, of ${shownLeaves(result.since)}, the log has only grown.`);
  }
  const heading = result.outcome === "self_consistent" ? "What would be proved, if the log's key is the right one" : "What is proved";
  return section("proved", heading, list(items));
}

function notProvedSection({ not_proved: codes, outcome }, trust) {
  const unread = (trust?.unread ?? []).map((name) => [
    "That ",
    chosen(name),
    " witnessed anything: it signs with ML-DSA-44, which this browser cannot check. It counts as not having signed.",
  ]);
  const nothing = "Anything. One failed check is enough: what else the file says was not shown.";
  const items = outcome === "refused" ? [nothing] : codes.map((one) => NOT_PROVED[one]);
  return section("not-proved", "What is not proved", list([...items, ...unread]));
}

/** The facts about the log, keys and organisations, on which the others rest. */
function restSection(said) {
  const { result } = said;
  const facts = result.facts.filter((fact) => fact.about !== result.device);
  return section(
    "rest",
    "Who may speak",
    element(
      "details",
      null,
      element("summary", null, `${shownNumber(facts.length)} facts about the log, keys and organisations`),
      list(facts.map((fact) => factItem(fact, said)), "ol"),
    ),
  );
}

function fileSection(result, file) {
  const pairs = [
    ["File", [chosen(file.name), ` (${shownNumber(file.size)} bytes)`]],
    ["SHA-256 of the file", [fingerprint(file.digest)]],
  ];
  if (result.outcome !== "refused") {
    pairs.push(
      ["Log", [result.origin]],
      ["Key of the log", [fingerprint(result.log_key)]],
      ["Size of the log", [shownLeaves(result.size)]],
      ["Root of the log", [fingerprint(result.root)]],
    );
    const earlier = result.earlier_log;
    if (earlier) {
      pairs.push(
        ["Took over from the log", [earlier.origin]],
        ["Size of that log", [shownLeaves(earlier.size)]],
        ["Root of that log", [fingerprint(earlier.root)]],
      );
    }
  }
  return section(
    "file",
    "Fingerprints, to compare by telephone",
    element("dl", null, ...pairs.map(([name, value]) => element("div", null, element("dt", null, name), element("dd", null, ...value)))),
    element(
      "details",
      null,
      element("summary", null, "The result as JSON, for programs"),
      element("pre", { id: "result", tabindex: "0" }, printedResult(result)),
    ),
  );
}

/** JSON in ASCII, so that copying it changes nothing. */
function printedResult(result) {
  return JSON.stringify(result, null, 2).replace(/[\u007f-\uffff]/g, (one) => quoted(one).slice(1, -1));
}
