/* Plain words for people. Nothing here decides anything: it says what the result holds. */

const MONTHS = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
];

/** An RFC 3339 time in UTC as people write it. */
function shownTime(text) {
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  return `${day} ${MONTHS[month - 1]} ${year}, ${text.slice(11, 16)} UTC`;
}

/** A digest or id in groups of four, as it is read out. */
function grouped(text) {
  return text.match(/.{1,4}/g).join(" ");
}

function shownNumber(number) {
  return String(number).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");
}

function shownLeaves(number) {
  return `${shownNumber(number)} ${number === 1 ? "leaf" : "leaves"}`;
}

/** Text that somebody chose, with every character that cannot be seen, or that turns the direction of writing, made visible. */
function printable(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

function sentence(text) {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function code(text) {
  return text.replaceAll("_", " ");
}

/** Outcome: the symbol's and colour's tone, the word, and what it means. */
const VERDICTS = {
  verified: {
    tone: "safe",
    word: "Verified",
    meaning: "Everything in this pack holds, by the trust policy that you gave",
  },
  self_consistent: {
    tone: "doubt",
    word: "Consistent, but not verified",
    meaning: "Everything in this pack fits together. You gave no trust policy, so nothing shows who made it",
  },
  incomplete: {
    tone: "doubt",
    word: "Incomplete",
    meaning: "What is in this pack holds, but not everything that you asked for is in it",
  },
  refused: { tone: "exposed", word: "Refused", meaning: "A check failed. Do not rely on anything in this file" },
};

const PARTS = {
  container: "the file as a whole",
  manifest: "the list of the members",
  checkpoint: "the log's checkpoint",
  quorum: "the witnesses' signatures",
  earlier: "the earlier checkpoints",
  since: "the checkpoint that you gave",
  tail: "the newest entries",
  entry: "the entries",
  proof: "the proofs that entries are in the log",
  envelope: "the signed facts",
  keys: "the public keys",
  heads: "the proofs of the last entry about each subject",
  chain: "that nothing was left out",
  time: "the times",
  key: "who may state what",
  names: "the names",
};

const NOT_PROVED = {
  no_policy: "Who made this pack. You gave no trust policy, so the log's key is known by the pack's own word alone.",
  not_witnessed:
    "When all of this was recorded: not independently witnessed. Of at least one fact about the device, nobody outside the log says " +
    "when the log had it, so that its time is the log's own word.",
  stamps_not_checked: "The time stamps in the pack. They were not checked, because you gave no authority's certificate.",
  stamp_not_trusted: "A time stamp in the pack: it does not hold by the certificates that you gave.",
  not_replayed:
    "That the log's own index, from which it is known what came last about each subject, leaves nothing out. Nobody states in this " +
    "pack that they replayed the whole log as far as that.",
  earlier_log:
    "What came before this log. It took over from an earlier one: what that one knew and this one was not given is not here.",
  spoken_for:
    "Who it was for whom a fact was stated. How it knew them is its signer's word, most often a register's.",
  truth_of_statements: "That what was stated was true. A proof shows who stated what, and by when.",
  page: "The page for people inside the pack (page.html). It is its maker's own words, and was not read.",
};

const RELATIONS = { controller: "the controller", processor: "a processor", auditor: "an auditor", regulator: "a regulator" };
const AUTHENTICATED = {
  link: "who had a one-time link",
  password: "who gave a password",
  totp: "who gave a password and a one-time code",
  passkey: "who used a passkey",
  sign_on: "whom another system signed in",
  key: "who used a signing key",
};
const DUTIES = {
  governance_lead: "governance lead", it: "IT", staff: "staff", contractor: "contractor", auditor: "auditor", regulator: "regulator",
};
const GRADES = {
  claimed: "claimed: nobody on the controller's side saw it",
  imported: "imported: another system said so",
  observed: "observed: its own bytes were read",
  examined: "examined: taken apart by an expert",
};
const COMPROMISED = { lost: "lost", stolen: "stolen", copied: "copied", misused: "misused" };
const EXPOSED = { true: "a finder could read it", false: "a finder could not read it", null: "not shown to be safe" };

const EVENTS = {
  offered: "offered", accepted: "accepted", declined: "declined", returned: "given back", restocked: "put back into stock",
  transferred: "passed on", sighted: "seen", missing: "reported missing", found: "found",
  quarantined: "set aside to be looked at", wiped: "wiped", destroyed: "destroyed",
};

/** A person by the beginning of their random id, enough to tell them apart. */
function shownPerson(id) {
  return `person ${id.slice(0, 8)}`;
}

function whose({ person }) {
  return person ? `, of ${shownPerson(person)}` : "";
}

function excepted({ device, until, approver, reason }) {
  const handedOver = `device ${device.slice(0, 8)} may be handed over without fresh proof until ${shownTime(until)}`;
  return `${handedOver}, by leave of ${shownPerson(approver)} (${code(reason)})`;
}

/** What a fact says, in one line. A kind without words here is called by its name. */
const SAYS = {
  genesis: ({ earlier }) => `The log began${earlier ? `, and took over from an earlier one of ${shownLeaves(earlier.size)}` : ""}`,
  registration: ({ action, ...things }) => {
    if (action === "ended") return "Registration ended";
    const changed = action === "changed" ? " (changed)" : "";
    if (things.device) return `Registered as a device: ${code(things.device.kind)}${changed}`;
    if (things.key) return `Key enrolled for the role ${things.key.role}${whose(things.key)}${changed}`;
    if (things.organisation) return `Organisation registered: ${RELATIONS[things.organisation.relation]}${changed}`;
    if (things.person) return `Person registered: ${things.person.duties.map((duty) => DUTIES[duty]).join(", ")}${changed}`;
    if (things.exception) return `Exception registered: ${excepted(things.exception)}${changed}`;
    return `Recipient of sealed lists registered${changed}`;
  },
  inspection: ({ shown, layers }) => `Inspected; its signer graded it ${shown}${layers.length ? ` (${schemes(layers)})` : ""}`,
  holding: ({ people, raw, exposed }) => {
    // Those in files, and those in what no file claims.
    const [low, point, high] = ["low", "point", "high"].map((end) => shownNumber(people[end] + raw[end]));
    return `Personal data counted: ${point} people (between ${low} and ${high}); ${EXPOSED[exposed]}`;
  },
  retraction: ({ reason }) => `An earlier fact was withdrawn: ${code(reason)}`,
  compromise: ({ reason }) => `A key was reported ${COMPROMISED[reason] ?? code(reason)}`,
  custody: ({ event, to, reason, proof, exception }) => {
    const receiver = to ? `, to ${shownPerson(to)}` : "";
    const passed = `${proof ? "; let go on the proof of an inspection" : ""}${exception ? "; let go by an exception" : ""}`;
    return `Custody: ${EVENTS[event]}${receiver}${reason ? ` (${code(reason)})` : ""}${passed}`;
  },
  request: ({ ask, due_at: due, outcome }) => {
    const asked = ask === "encrypt" ? "Somebody asked for the device to be encrypted" : "Somebody reported that the device does not encrypt";
    return asked + (outcome ? `, and was answered: ${code(outcome)}` : `; an answer is due by ${shownTime(due)}`);
  },
  policy: ({ version, effective_at: from }) => `The rules: version ${shownNumber(version)} applies from ${shownTime(from)}`,
  replay: ({ size }) => `The whole log was replayed, to ${shownLeaves(size)}`,
};

function says({ kind, predicate }) {
  return SAYS[kind]?.(predicate) ?? sentence(code(kind)).slice(0, -1);
}

function schemes(layers) {
  return [...new Set(layers.map((layer) => code(layer.scheme)))].join(", ");
}
