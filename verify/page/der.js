/* DER (X.690), as far as time stamps and certificates need it: definite lengths in their shortest form, tags of one byte. */

const TAG = {
  boolean: 0x01, integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, set: 0x31,
};

/** The elements side by side in `bytes`: {tag, content, whole}. */
function readElements(bytes) {
  const elements = [];
  let at = 0;
  while (at < bytes.length) {
    const element = readElement(bytes, at);
    elements.push(element);
    at += element.whole.length;
  }
  return elements;
}

function readElement(bytes, start) {
  need(start + 2 <= bytes.length && (bytes[start] & 0x1f) !== 0x1f, "DER is cut short, or has a long tag");
  let at = start + 2;
  let size = bytes[start + 1];
  if (size >= 0x80) {
    const digits = size & 0x7f;
    need(1 <= digits && digits <= 3 && at + digits <= bytes.length, "DER has a length that it should not have");
    size = bytes.subarray(at, at + digits).reduce((sum, byte) => sum * 256 + byte, 0);
    need(size >= 0x80 && size >= 256 ** (digits - 1), "DER has a length that is not in its shortest form");
    at += digits;
  }
  need(at + size <= bytes.length, "DER is cut short");
  return { tag: bytes[start], content: bytes.subarray(at, at + size), whole: bytes.subarray(start, at + size) };
}

/** The one element that `bytes` are, with this tag. */
function readOnly(bytes, tag) {
  const elements = readElements(bytes);
  need(elements.length === 1 && elements[0].tag === tag, "DER holds something else than it should");
  return elements[0];
}

/** Takes elements off a list in their order. */
class Fields {
  #elements;

  constructor(element, tag = TAG.sequence) {
    need(element?.tag === tag, "DER holds something else than it should");
    this.#elements = readElements(element.content);
  }

  /** The next element, which has this tag. */
  take(tag) {
    const element = this.#elements.shift();
    need(element?.tag === tag, "DER holds something else than it should");
    return element;
  }

  /** The next element if it has this tag, else null. */
  maybe(tag) {
    return this.#elements[0]?.tag === tag ? this.#elements.shift() : null;
  }

  rest() {
    return this.#elements.splice(0);
  }

  end() {
    need(this.#elements.length === 0, "DER holds more than it should");
  }
}

/** An object identifier in dotted decimal. */
function readOid(element) {
  need(element?.tag === TAG.oid && element.content.length, "DER holds something else than an object identifier");
  const numbers = [];
  let value = 0;
  for (const byte of element.content) {
    value = value * 128 + (byte & 0x7f);
    need(Number.isSafeInteger(value), "an object identifier has a number that is too large");
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  need(element.content.at(-1) < 0x80, "an object identifier is cut short");
  const first = Math.min(Math.floor(numbers[0] / 40), 2);
  return [first, numbers[0] - 40 * first, ...numbers.slice(1)].join(".");
}

/** An integer that is not negative and below 2^53. */
function readSmall(element) {
  need(element?.tag === TAG.integer && element.content.length, "DER holds something else than a number");
  return numberIn(element.content);
}

function numberIn(content) {
  need(content.length && content.length <= 6 && content[0] < 0x80, "DER holds a number that is too large");
  return content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** The parts of an AlgorithmIdentifier: {oid, parameters}, the latter an element or null. */
function readAlgorithm(element) {
  const fields = new Fields(element);
  const oid = readOid(fields.take(TAG.oid));
  const [parameters = null] = fields.rest();
  return { oid, parameters };
}

/** The bytes of a BIT STRING without unused bits. */
function readBits(element) {
  need(element?.tag === TAG.bits && element.content[0] === 0, "DER holds something else than a string of whole bytes");
  return element.content.subarray(1);
}

/** A UTCTime or GeneralizedTime in UTC, as milliseconds since 1970; parts of a second are kept to the microsecond. */
function readTime(element) {
  const text = readOctets(element.content);
  const pattern = element.tag === TAG.utcTime ? /^(\d\d)(\d{4})(\d{6})()Z$/ : /^(\d{4})(\d{4})(\d{6})(\.\d{1,9})?Z$/;
  const match = pattern.exec(text);
  need(match && [TAG.utcTime, TAG.generalizedTime].includes(element.tag), "DER holds something else than a time in UTC");
  const [, written, date, clock, fraction] = match;
  // A year of two digits is from 1950 to 2049 (RFC 5280 section 4.1.2.5.1).
  const year = written.length === 4 ? written : `${written < "50" ? "20" : "19"}${written}`;
  const moment = `${year}-${date.slice(0, 2)}-${date.slice(2)}T${clock.slice(0, 2)}:${clock.slice(2, 4)}:${clock.slice(4)}Z`;
  need(isMoment(moment), "DER holds a time that cannot be");
  return Date.parse(moment) + (fraction ? Number(fraction) * 1000 : 0);
}
