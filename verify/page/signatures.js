/* Public keys and signatures, all by WebCrypto: Ed25519 (RFC 8032), and ML-DSA-44 (FIPS 204) where the browser has it. */

const ED25519_BYTES = 32;
const SIGNATURE_BYTES = 64;
const FIELD = 2n ** 255n - 19n;
const ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f9017den;
const SMALL_ORDER = [0n, 1n, FIELD - 1n, ORDER_8, FIELD - ORDER_8];
const PEM = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]+)\n-----END PUBLIC KEY-----\n$/;
const KEY_INFO = unhex("302a300506032b6570032100"); // SubjectPublicKeyInfo of Ed25519 (RFC 8410), up to the 32 bytes

/** Return if these can be an honest signer's raw public key. A signature by one of the points whose order divides 8 holds for
    many messages, so its owner could deny what it signed. */
function checkPublicKey(bytes) {
  need(bytes.length === ED25519_BYTES, "a public key is not 32 bytes long");
  const number = BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`) & (2n ** 255n - 1n);
  need(number < FIELD && !SMALL_ORDER.includes(number), "a public key is not an Ed25519 signer's");
}

/** The raw key in a PEM file that is written in its one way. */
function readPem(bytes) {
  const match = PEM.exec(readOctets(bytes));
  need(match, "a public key is not in PEM as this format writes it");
  const info = readBase64(match[1], "a public key");
  need(info.length === KEY_INFO.length + ED25519_BYTES, "a public key is not one of Ed25519");
  need(same(info.subarray(0, KEY_INFO.length), KEY_INFO), "a public key is not one of Ed25519");
  const raw = info.slice(KEY_INFO.length);
  checkPublicKey(raw);
  return raw;
}

const imported = new Map();

async function importEd25519(raw) {
  const name = hex(raw);
  if (!imported.has(name)) imported.set(name, crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]));
  return imported.get(name);
}

/** Whether the signature over the message holds. */
async function holdsEd25519(raw, signature, message) {
  if (signature.length !== SIGNATURE_BYTES) return false;
  let key;
  try {
    key = await importEd25519(raw);
  } catch {
    return false; // not a point of the curve: nobody can have signed with it
  }
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

const ML_DSA_44 = { name: "ML-DSA-44" };

/** The ML-DSA-44 key for verifying, or null where this browser does not know that algorithm. */
async function importMlDsa44(raw) {
  try {
    return await crypto.subtle.importKey("raw-public", raw, ML_DSA_44, false, ["verify"]);
  } catch {
    return null;
  }
}

/** Whether this browser can do what every pack needs. */
async function canVerify() {
  if (!globalThis.crypto?.subtle) return false;
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}
