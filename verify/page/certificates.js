/* X.509 certificates (RFC 5280), as far as the chain of a time stamp needs them, and the signatures in such chains. Left out:
   revocation, name constraints and policies (a certificate whose critical extensions this page does not know is not used). */

const OID = {
  keyUsage: "2.5.29.15",
  basicConstraints: "2.5.29.19",
  certificatePolicies: "2.5.29.32",
  extendedKeyUsage: "2.5.29.37",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  rsa: "1.2.840.113549.1.1.1",
  rsaPss: "1.2.840.113549.1.1.10",
  ecKey: "1.2.840.10045.2.1",
  ed25519: "1.3.101.112",
};
const KNOWN_EXTENSIONS = [OID.keyUsage, OID.basicConstraints, OID.certificatePolicies, OID.extendedKeyUsage];
const HASHES = {
  "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384",
  "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const RSA_WITH = {
  "1.2.840.113549.1.1.11": "SHA-256",
  "1.2.840.113549.1.1.12": "SHA-384",
  "1.2.840.113549.1.1.13": "SHA-512",
};
const ECDSA_WITH = {
  "1.2.840.10045.4.3.2": "SHA-256",
  "1.2.840.10045.4.3.3": "SHA-384",
  "1.2.840.10045.4.3.4": "SHA-512",
};
const CURVES = {
  "1.2.840.10045.3.1.7": { name: "P-256", size: 32 },
  "1.3.132.0.34": { name: "P-384", size: 48 },
  "1.3.132.0.35": { name: "P-521", size: 66 },
};
const SIGNS_CERTIFICATES = 0x04; // keyCertSign in the first byte of a KeyUsage

function readCertificate(bytes) {
  const certificate = new Fields(readOnly(bytes, TAG.sequence));
  const signed = certificate.take(TAG.sequence);
  const algorithm = readAlgorithm(certificate.take(TAG.sequence));
  const signature = readBits(certificate.take(TAG.bits));
  certificate.end();
  const fields = new Fields(signed);
  fields.maybe(0xa0); // version
  const serial = fields.take(TAG.integer).content;
  fields.take(TAG.sequence); // the algorithm again
  const issuer = fields.take(TAG.sequence).whole;
  const [from, until] = new Fields(fields.take(TAG.sequence)).rest();
  need(from && until, "a certificate has no time of validity");
  const subject = fields.take(TAG.sequence).whole;
  const keyInfo = fields.take(TAG.sequence).whole;
  fields.maybe(0x81);
  fields.maybe(0x82);
  const extensions = fields.maybe(0xa3);
  fields.end();
  return {
    bytes, signed: signed.whole, algorithm, signature, serial, issuer, subject, keyInfo,
    from: readTime(from), until: readTime(until), extensions: extensions ? readExtensions(extensions) : new Map(),
  };
}

/** By object identifier: {critical, content}. */
function readExtensions(element) {
  const extensions = new Map();
  for (const one of new Fields(readOnly(element.content, TAG.sequence)).rest()) {
    const fields = new Fields(one);
    const oid = readOid(fields.take(TAG.oid));
    const critical = fields.maybe(TAG.boolean)?.content[0] === 0xff;
    need(!extensions.has(oid), "a certificate has an extension twice");
    extensions.set(oid, { critical, content: fields.take(TAG.octets).content });
    fields.end();
  }
  return extensions;
}

/** The certificates in a file: one in DER, or any number in PEM. */
function readCertificates(bytes) {
  if (bytes[0] === TAG.sequence) return [readCertificate(bytes)];
  const blocks = readOctets(bytes).matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g);
  const found = Array.from(blocks, (block) => readCertificate(readBase64(block[1].replace(/\s+/g, ""), "a certificate")));
  need(found.length, "a file is not the certificate of a time-stamp authority");
  return found;
}

function understood({ extensions }) {
  return [...extensions].every(([oid, { critical }]) => !critical || KNOWN_EXTENSIONS.includes(oid));
}

function isValidAt({ from, until }, at) {
  return from <= at && at <= until;
}

/** Whether this certificate may sign others. */
function isAuthority({ extensions }) {
  const constraints = extensions.get(OID.basicConstraints);
  const usage = extensions.get(OID.keyUsage);
  if (!constraints) return false;
  const authority = new Fields(readOnly(constraints.content, TAG.sequence)).maybe(TAG.boolean)?.content[0] === 0xff;
  return authority && (!usage || (readOnly(usage.content, TAG.bits).content[1] & SIGNS_CERTIFICATES) !== 0);
}

/** Whether this certificate is for time stamps and nothing else, and says so as RFC 3161 section 2.3 wants it. */
function isForTimeStamps({ extensions }) {
  const usage = extensions.get(OID.extendedKeyUsage);
  if (!usage?.critical) return false;
  const purposes = new Fields(readOnly(usage.content, TAG.sequence)).rest().map(readOid);
  return purposes.length === 1 && purposes[0] === OID.timeStamping;
}

function isSelfIssued({ issuer, subject }) {
  return same(issuer, subject);
}

/** The root among `roots` that a chain of certificates, all valid at `at`, leads to from `certificate`; or null. Each is looked at
    once, so that certificates which sign each other crosswise cost no more than others. */
async function rootOf(certificate, others, roots, at, seen = new Set()) {
  if (seen.has(certificate) || !understood(certificate) || !isValidAt(certificate, at)) return null;
  seen.add(certificate);
  const itself = roots.find((root) => same(root.bytes, certificate.bytes));
  if (itself) return itself;
  for (const issuer of [...roots, ...others]) {
    if (!same(issuer.subject, certificate.issuer) || same(issuer.bytes, certificate.bytes) || !isAuthority(issuer)) continue;
    if (!(await holds(issuer.keyInfo, certificate.algorithm, certificate.signature, certificate.signed))) continue;
    const root = await rootOf(issuer, others, roots, at, seen);
    if (root) return root;
  }
  return null;
}

/** Whether a signature by the key in a SubjectPublicKeyInfo holds. `digest` is the hash that CMS names apart, where it does. */
async function holds(keyInfo, algorithm, signature, message, digest = null) {
  const key = readAlgorithm(new Fields(readOnly(keyInfo, TAG.sequence)).take(TAG.sequence));
  const scheme = schemeOf(key, algorithm, digest);
  if (!scheme) return false;
  const raw = scheme.size ? plainSignature(signature, scheme.size) : signature;
  try {
    const imported = await crypto.subtle.importKey("spki", keyInfo, scheme.key, false, ["verify"]);
    return await crypto.subtle.verify(scheme.verify, imported, raw, message);
  } catch {
    return false; // a key or parameters that the browser refuses
  }
}

/** What WebCrypto calls the key and the way of signing, or null where this page does not know them. SHA-1 is never accepted. */
function schemeOf(key, { oid, parameters }, digest) {
  if (key.oid === OID.ed25519 && oid === OID.ed25519) return { key: "Ed25519", verify: "Ed25519" };
  if (key.oid === OID.rsa && oid === OID.rsaPss) return pssScheme(parameters);
  if (key.oid === OID.rsa) {
    const hash = RSA_WITH[oid] ?? (oid === OID.rsa ? digest : null);
    return hash && { key: { name: "RSASSA-PKCS1-v1_5", hash }, verify: "RSASSA-PKCS1-v1_5" };
  }
  const hash = ECDSA_WITH[oid] ?? (oid === OID.ecKey ? digest : null);
  const curve = key.oid === OID.ecKey && key.parameters?.tag === TAG.oid ? CURVES[readOid(key.parameters)] : null;
  if (!hash || !curve) return null;
  return { key: { name: "ECDSA", namedCurve: curve.name }, verify: { name: "ECDSA", hash }, size: curve.size };
}

/** RSASSA-PSS-params (RFC 4055 section 3.1): the hash, and the length of the salt. */
function pssScheme(parameters) {
  const fields = new Fields(parameters);
  const named = fields.maybe(0xa0);
  fields.maybe(0xa1); // the mask generation function: WebCrypto takes the same hash, or the signature does not hold
  const salt = fields.maybe(0xa2);
  const hash = named && HASHES[readAlgorithm(readOnly(named.content, TAG.sequence)).oid];
  if (!hash || !salt) return null;
  const saltLength = readSmall(readOnly(salt.content, TAG.integer));
  return { key: { name: "RSA-PSS", hash }, verify: { name: "RSA-PSS", saltLength } };
}

/** An ECDSA signature as WebCrypto wants it: r and s side by side, each as long as the curve's numbers. */
function plainSignature(signature, size) {
  const numbers = new Fields(readOnly(signature, TAG.sequence));
  return joined(...[numbers.take(TAG.integer), numbers.take(TAG.integer)].map(({ content }) => padded(content, size)));
}

function padded(content, size) {
  const digits = content.subarray(content.findIndex((byte) => byte !== 0));
  need(digits.length <= size, "a signature has a number that is too large");
  return joined(new Uint8Array(size - digits.length), digits);
}
