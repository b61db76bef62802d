/* Bytes, and the few ways in which this format writes them as text. Everything that can be wrong is a `Malformed`. */

/** Bytes that are not what they should be. The message has no full stop and holds no value that was read. */
class Malformed extends Error {}

function need(condition, message) {
  if (!condition) throw new Malformed(message);
}

const HASH_BYTES = 32;
const MOST_SMALL_BYTES = 1 << 20; // of a note, an envelope, a policy

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The bytes that an even number of hexadecimal digits stand for. The caller has checked the digits. */
function unhex(text) {
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => Number.parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

function utf8(text) {
  return new TextEncoder().encode(text);
}

function readUtf8(bytes, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed(`${what} is not text in UTF-8`);
  }
}

/** One character a byte, whatever the bytes: for formats whose other bytes have no meaning. */
function readOctets(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** The bytes of a text that has one character a byte. */
function octetsOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function same(left, right) {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** A number from 0 to 2^53 - 1 as eight bytes, the most significant first. */
function uint64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function base64(bytes) {
  return btoa(readOctets(bytes));
}

/** RFC 4648 section 4. Only what `base64` would write is read: padding is there, and the last bits are zero. */
function readBase64(text, what) {
  need(text.length % 4 === 0 && BASE64.test(text), `${what} is not base64`);
  const bytes = octetsOf(atob(text));
  need(base64(bytes.subarray(bytes.length - (bytes.length % 3 || 3))) === text.slice(-4), `${what} is not canonical base64`);
  return bytes;
}

function readHash(text, what) {
  const bytes = readBase64(text, what);
  need(bytes.length === HASH_BYTES, `${what} is not a hash of 32 bytes`);
  return bytes;
}

/** A decimal number without leading zeros. Larger than any size or time of a log that this page can show is malformed. */
function readDecimal(text, what) {
  need(/^(?:0|[1-9][0-9]{0,14})$/.test(text), `${what} is not a number that a log can have`);
  return Number(text);
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** SHA-256 in hexadecimal: of a public key it is the key's fingerprint. */
async function digestOf(bytes) {
  return hex(await sha256(bytes));
}
