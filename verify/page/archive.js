/* The file: a ZIP archive without compression and with one possible spelling (evidence-pack.md, "The file"). */

const MOST_PACK_BYTES = 64 << 20;
const MOST_MEMBERS = 65_000;
const MOST_NAME_BYTES = 100;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;
const VERSION = 20;
const FIRST_OF_1980 = 33;

const SINGLE_MEMBERS = ["checkpoint", "manifest.json", "names.json", "page.html", "policy", "tail", "tail.json"];
const FAMILIES = {
  earlier: /^earlier\/([0-9]{9})\.(checkpoint|proof|tsr)$/,
  entries: /^entries\/([0-9]{9})\.json$/,
  envelopes: /^envelopes\/([0-9a-f]{64})\.json$/,
  heads: /^heads\/([0-9a-f]{32})\.json$/,
  keys: /^keys\/([0-9a-f]{64})\.pem$/,
  proofs: /^proofs\/([0-9]{9})\.tlog-proof$/,
};

/** The members by name, in the order of the file. They are taken out by their local headers; then the whole archive is
    written again from them and every byte compared, so that no byte of it is free. */
function readArchive(pack) {
  need(pack.length <= MOST_PACK_BYTES, "the file is larger than 64 MiB");
  const members = takeOut(pack);
  let before = "";
  for (const name of members.keys()) {
    need(before < name, "the members are not in the order of their names");
    need(isMemberName(name), "the file holds a member that no evidence pack has");
    before = name;
  }
  need(same(writeArchive(members), pack), "the archive is not in its one spelling");
  for (const name of SINGLE_MEMBERS) need(members.has(name), `the member ${name} is missing`);
  return members;
}

function isMemberName(name) {
  return SINGLE_MEMBERS.includes(name) || Object.values(FAMILIES).some((pattern) => pattern.test(name));
}

function takeOut(pack) {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.length);
  const members = new Map();
  let at = 0;
  while (at + LOCAL_BYTES <= pack.length && view.getUint32(at, true) === LOCAL) {
    const size = view.getUint32(at + 18, true);
    const nameSize = view.getUint16(at + 26, true);
    const start = at + LOCAL_BYTES + nameSize;
    need(nameSize <= MOST_NAME_BYTES && start + size <= pack.length, "the archive is cut short");
    const name = readOctets(pack.subarray(at + LOCAL_BYTES, start));
    need(!members.has(name), "the archive has a member twice");
    members.set(name, pack.subarray(start, start + size));
    need(members.size <= MOST_MEMBERS, "the archive has more than 65,000 members");
    at = start + size;
  }
  need(members.size > 0, "the file is not an evidence pack");
  return members;
}

function writeArchive(members) {
  const locals = [];
  const directory = [];
  let offset = 0;
  for (const [name, content] of members) {
    const local = joined(header(LOCAL, LOCAL_BYTES, 4, [VERSION, 0, 0, 0, FIRST_OF_1980]), utf8(name));
    const central = joined(header(CENTRAL, CENTRAL_BYTES, 4, [VERSION, VERSION, 0, 0, 0, FIRST_OF_1980]), utf8(name));
    const sum = crc32(content);
    fillSizes(local, 14, sum, content.length, name.length);
    fillSizes(central, 16, sum, content.length, name.length);
    new DataView(central.buffer).setUint32(42, offset, true);
    locals.push(local, content);
    directory.push(central);
    offset += local.length + content.length;
  }
  const central = joined(...directory);
  const end = header(END, END_BYTES, 8, [members.size, members.size]);
  new DataView(end.buffer).setUint32(12, central.length, true);
  new DataView(end.buffer).setUint32(16, offset, true);
  return joined(...locals, central, end);
}

/** A header of zeros with its signature, and some 16-bit fields from an offset on. */
function header(signature, size, at, fields) {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  fields.forEach((field, place) => view.setUint16(at + 2 * place, field, true));
  return bytes;
}

function fillSizes(bytes, at, sum, size, nameSize) {
  const view = new DataView(bytes.buffer);
  view.setUint32(at, sum, true);
  view.setUint32(at + 4, size, true);
  view.setUint32(at + 8, size, true);
  view.setUint16(at + 12, nameSize, true);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as ZIP has it. It guards against nothing here but a second spelling: digests and signatures do the rest. */
function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
