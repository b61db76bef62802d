/* Trust policies (C2SP tlog-policy): which log, which witnesses, and how many of them are enough. The one that counts is given
   by whoever verifies; the pack's own is never read. */

/** {logs: keys, witnesses: [{name, key}], suffices(set of keys), unread: names of witnesses that this browser cannot check}. */
async function readPolicy(bytes) {
  need(bytes.length <= MOST_SMALL_BYTES, "the trust policy is larger than 1 MiB");
  // Comments may hold any octets; the rest is UTF-8. So lines are taken apart first, a character an octet.
  const text = readOctets(bytes);
  need(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), "the trust policy holds a control character");
  const policy = { logs: [], witnesses: [], unread: [], names: new Map(), members: new Set(), quorum: null };
  for (const line of text.split("\n")) {
    const octets = line.replace(/^[ \t]+|[ \t]+$/g, "");
    if (octets === "" || octets.startsWith("#")) continue;
    const words = readUtf8(octetsOf(octets), "the trust policy").split(/[ \t]+/);
    need(Object.hasOwn(POLICY_LINES, words[0]), "the trust policy has a line of an unknown kind");
    await POLICY_LINES[words[0]](policy, words.slice(1));
  }
  need(policy.quorum, "the trust policy has no quorum line");
  return { logs: policy.logs, witnesses: policy.witnesses, unread: policy.unread, suffices: policy.quorum };
}

const POLICY_LINES = {
  async log(policy, words) {
    need(words.length === 1 || words.length === 2, "a log line of the trust policy is not a key and perhaps an address");
    const key = await readUsableKey(words[0]);
    need(key.algorithm !== COSIGNER_ED25519, "a log in the trust policy has a key that logs do not sign with");
    needNewKey(policy, key);
    policy.logs.push(key);
  },

  async witness(policy, words) {
    need(words.length === 2 || words.length === 3, "a witness line of the trust policy is not a name, a key and perhaps an address");
    const key = await readUsableKey(words[1]);
    need(key.algorithm !== LOG_ED25519, "a witness in the trust policy has a key that witnesses do not sign with");
    needNewKey(policy, key);
    policy.witnesses.push({ name: words[0], key });
    if (!key.usable) policy.unread.push(words[0]);
    define(policy, words[0], (signers) => signers.has(key));
  },

  group(policy, words) {
    need(words.length >= 3, "a group line of the trust policy has no members");
    const [name, rule, ...members] = words;
    const checks = members.map((member) => {
      need(!policy.members.has(member), "the trust policy has a name in two groups");
      policy.members.add(member);
      return defined(policy, member);
    });
    const wanted = threshold(rule, members.length);
    define(policy, name, (signers) => checks.filter((check) => check(signers)).length >= wanted);
  },

  quorum(policy, words) {
    need(words.length === 1 && !policy.quorum, "the trust policy has not exactly one quorum");
    policy.quorum = words[0] === "none" ? () => true : defined(policy, words[0]);
  },
};

/** A key, and whether this browser can check what it signs. */
async function readUsableKey(text) {
  const key = await readNoteKey(text);
  if (key.algorithm === COSIGNER_ML_DSA_44) key.imported = await importMlDsa44(key.raw);
  return Object.assign(key, { usable: key.imported !== null });
}

function threshold(rule, count) {
  if (rule === "all") return count;
  if (rule === "any") return 1;
  const wanted = readDecimal(rule, "the number of a group in the trust policy");
  need(1 <= wanted && wanted <= count, "a group in the trust policy wants more members than it has, or none");
  return wanted;
}

function define(policy, name, check) {
  need(name !== "none" && !policy.names.has(name), "the trust policy defines a name twice");
  policy.names.set(name, check);
}

function defined(policy, name) {
  need(policy.names.has(name), "the trust policy uses a name before it is defined");
  return policy.names.get(name);
}

/** A log does not witness itself, and nobody counts twice. */
function needNewKey(policy, key) {
  const others = [...policy.logs, ...policy.witnesses.map((witness) => witness.key)];
  need(!others.some((one) => same(one.raw, key.raw)), "the trust policy has a key twice");
}
