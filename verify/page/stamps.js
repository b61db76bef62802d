/* Time stamps (RFC 3161) over the text of a checkpoint: CMS SignedData (RFC 5652) around a TSTInfo. */

const MOST_STAMP_BYTES = 64 << 10;
const MOST_CERTIFICATES = 16;
const MOST_INACCURACY_MS = 86_400_000;
const CMS = {
  signedData: "1.2.840.113549.1.7.2",
  tstInfo: "1.2.840.113549.1.9.16.1.4",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingCertificate: "1.2.840.113549.1.9.16.2.12",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
};
const SHA256_OID = "2.16.840.1.101.3.4.2.1";
const GRANTED = 0;

/** The stamp of `message` in a TimeStampResp: {at, authority}, POSIX seconds at which it was there at the latest, and the
    SHA-256 of the self-signed certificate, of those given, that it leads to. */
async function verifyStamp(bytes, message, given) {
  const token = readToken(bytes);
  const { imprint, made, inaccuracy } = readStampInfo(token.content);
  need(same(imprint, await sha256(message)), "a time stamp is for another text");
  const matching = token.certificates.filter(
    (one) => same(one.issuer, token.signer.issuer) && same(one.serial, token.signer.serial),
  );
  need(matching.length === 1, "a time stamp does not hold the one certificate of its signer");
  const [signer] = matching;
  need(isForTimeStamps(signer), "a time stamp is signed with a certificate that is not for time stamps alone");
  await verifySigner(token, signer);
  const roots = given.filter(isSelfIssued);
  const others = [...given.filter((one) => !isSelfIssued(one)), ...token.certificates];
  const root = await rootOf(signer, others, roots, made);
  need(root, "a time stamp does not lead to an authority that was given");
  return { at: Math.ceil((made + inaccuracy) / 1000), authority: await digestOf(root.bytes) };
}

function readToken(bytes) {
  need(bytes.length <= MOST_STAMP_BYTES, "a time stamp is longer than 64 KiB");
  const response = new Fields(readOnly(bytes, TAG.sequence));
  const status = new Fields(response.take(TAG.sequence)).take(TAG.integer);
  need(readSmall(status) === GRANTED, "a time stamp was not granted");
  const outer = new Fields(response.take(TAG.sequence));
  response.end();
  need(readOid(outer.take(TAG.oid)) === CMS.signedData, "a time stamp is not signed data");
  const fields = new Fields(readOnly(outer.take(0xa0).content, TAG.sequence));
  outer.end();
  fields.take(TAG.integer);
  fields.take(TAG.set);
  const inner = new Fields(fields.take(TAG.sequence));
  need(readOid(inner.take(TAG.oid)) === CMS.tstInfo, "signed data is not a time stamp");
  const content = readOnly(inner.take(0xa0).content, TAG.octets).content;
  const certificates = readElements(fields.maybe(0xa0)?.content ?? new Uint8Array());
  need(certificates.length <= MOST_CERTIFICATES, "a time stamp holds too many certificates");
  fields.maybe(0xa1);
  const signer = readSigner(readOnly(fields.take(TAG.set).content, TAG.sequence));
  fields.end();
  return { content, certificates: certificates.map(({ whole }) => readCertificate(whole)), signer };
}

function readSigner(element) {
  const fields = new Fields(element);
  fields.take(TAG.integer);
  const [issuer, serial] = new Fields(fields.take(TAG.sequence)).rest();
  need(issuer && serial?.tag === TAG.integer, "a time stamp does not name its signer");
  const digest = HASHES[readAlgorithm(fields.take(TAG.sequence)).oid];
  need(digest, "a time stamp uses a hash that this page does not accept");
  const attributes = fields.take(0xa0);
  const algorithm = readAlgorithm(fields.take(TAG.sequence));
  const signature = fields.take(TAG.octets).content;
  return { issuer: issuer.whole, serial: serial.content, digest, attributes, algorithm, signature };
}

/** What the authority states: the digest that it was given, and when. */
function readStampInfo(content) {
  const fields = new Fields(readOnly(content, TAG.sequence));
  need(readSmall(fields.take(TAG.integer)) === 1, "a time stamp is of a version that is not known");
  fields.take(TAG.oid);
  const imprint = new Fields(fields.take(TAG.sequence));
  need(readAlgorithm(imprint.take(TAG.sequence)).oid === SHA256_OID, "a time stamp is not over a SHA-256 digest");
  const digest = imprint.take(TAG.octets).content;
  fields.take(TAG.integer);
  const made = readTime(fields.take(TAG.generalizedTime));
  const accuracy = fields.maybe(TAG.sequence);
  const inaccuracy = accuracy ? readAccuracy(accuracy) : 0;
  need(inaccuracy <= MOST_INACCURACY_MS, "a time stamp is not right to the day");
  return { imprint: digest, made, inaccuracy };
}

/** Seconds, thousandths and millionths, each where it is stated; in milliseconds. */
function readAccuracy(element) {
  const fields = new Fields(element);
  const [seconds, thousandths, millionths] = [TAG.integer, 0x80, 0x81].map((tag) => {
    const stated = fields.maybe(tag);
    return stated ? numberIn(stated.content) : 0;
  });
  fields.end();
  return seconds * 1000 + thousandths + millionths / 1000;
}

/** Return if the signer's certificate signed the attributes, and these name the content and that certificate. */
async function verifySigner({ content, signer }, certificate) {
  const { attributes, digest, algorithm, signature } = signer;
  const stated = readAttributes(attributes);
  need(readOid(stated.get(CMS.contentType)) === CMS.tstInfo, "a time stamp signs something else");
  const wanted = new Uint8Array(await crypto.subtle.digest(digest, content));
  const named = stated.get(CMS.messageDigest);
  need(named?.tag === TAG.octets && same(named.content, wanted), "a time stamp was changed after it was signed");
  need(await namesCertificate(stated, certificate), "a time stamp names another certificate than its signer's");
  // The attributes are signed as a SET, and stand in the message under another tag (RFC 5652 section 5.4).
  const message = joined(Uint8Array.of(TAG.set), attributes.whole.subarray(1));
  need(await holds(certificate.keyInfo, algorithm, signature, message, digest), "the signature of a time stamp does not hold");
}

/** By object identifier, the one value of each attribute. */
function readAttributes(element) {
  const stated = new Map();
  for (const one of readElements(element.content)) {
    const fields = new Fields(one);
    const oid = readOid(fields.take(TAG.oid));
    const values = readElements(fields.take(TAG.set).content);
    need(values.length === 1 && !stated.has(oid), "a time stamp has an attribute twice");
    stated.set(oid, values[0]);
  }
  return stated;
}

/** Whether the signing-certificate attribute (RFC 2634 by SHA-1, RFC 5035 by another hash) names this certificate first. */
async function namesCertificate(stated, { bytes }) {
  const newer = stated.get(CMS.signingCertificateV2);
  const attribute = newer ?? stated.get(CMS.signingCertificate);
  const first = new Fields(new Fields(attribute).take(TAG.sequence)).take(TAG.sequence);
  const fields = new Fields(first);
  const named = newer ? fields.maybe(TAG.sequence) : null;
  const hash = newer ? (named ? HASHES[readAlgorithm(named).oid] : "SHA-256") : "SHA-1";
  if (!hash) return false;
  return same(fields.take(TAG.octets).content, new Uint8Array(await crypto.subtle.digest(hash, bytes)));
}
