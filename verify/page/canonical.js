/* Canonical JSON (RFC 8785; here always ASCII, and no numbers but whole ones) and the shapes of what it may hold.

   One spelling: what is read must be what would be written, byte for byte, so that nothing can hide in a field that is not
   known, in a key that stands twice, or in white space. */

const DEEPEST = 32;

/** The value in `bytes`, which have the one canonical spelling and the shape. */
function readCanonical(bytes, shape, what) {
  need(
    bytes.every((byte) => byte < 0x80),
    `${what} is not ASCII`,
  );
  const text = readOctets(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed(`${what} is not JSON`);
  }
  need(canonical(value, what) === text, `${what} is not canonical JSON`);
  need(fits(shape, value), `${what} is not of its shape`);
  return value;
}

function canonical(value, what, depth = 0) {
  need(depth <= DEEPEST, `${what} is nested too deep`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") {
    need(Number.isSafeInteger(value) && !Object.is(value, -0), `${what} holds a number that is not whole`);
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, what, depth + 1)).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${quoted(key)}:${canonical(value[key], what, depth + 1)}`).join(",")}}`;
}

/** A JSON string in ASCII. `JSON.stringify` escapes controls as RFC 8785 wants; all others become \uXXXX here. */
function quoted(text) {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/* A shape is one of
     {text: pattern} or {moment: pattern}, the latter also a real date and time; {number: [low, high, step, exact]}; {flag: true};
     {only: value}; {any: true}; {either: shapes}; {list: shape}; {map: [shape of keys, shape of values]};
     {record: {name: shape}}; {maybe: shape}, which may be null; {is: name of a shape in SHAPES}. */

/** What a shape alone does not say, by the shape's name. */
const RULES = {
  Entry: ({ about, kind }) => (about === null) === (kind === "heads"),
  PeopleCount: ({ low, point, high }) => low <= point && point <= high,
  InspectionFact: ({ layers }) => nestWell(layers),
  // One thing, or where it ended none.
  Registration: ({ action, true_at: _, ...things }) =>
    Object.values(things).filter((thing) => thing !== null).length === (action === "ended" ? 0 : 1),
};

const DEEPEST_LAYER = 32;
const COARSE = 10_000;

/** Whether each layer stands behind the one around it, not too deep. */
function nestWell(layers) {
  const depths = [];
  for (const { parent } of layers) {
    if (parent !== null && parent >= depths.length) return false;
    depths.push(parent === null ? 0 : depths[parent] + 1);
  }
  return depths.every((depth) => depth <= DEEPEST_LAYER);
}

const CHECKS = {
  text: (pattern, value) => typeof value === "string" && wholly(pattern).test(value),
  moment: (pattern, value) => typeof value === "string" && wholly(pattern).test(value) && isMoment(value),
  // Above `exact` (where it is given) a count is rounded, so that it can be no date.
  number: ([low, high, step, exact = high], value) =>
    Number.isSafeInteger(value) && low <= value && value <= high && value % step === 0 && (value <= exact || value % COARSE === 0),
  flag: (_, value) => typeof value === "boolean",
  only: (wanted, value) => value === wanted,
  any: () => true,
  either: (shapes, value) => shapes.some((shape) => fits(shape, value)),
  list: (shape, value) => Array.isArray(value) && value.every((item) => fits(shape, item)),
  map: ([keys, values], value) =>
    isObject(value) && Object.entries(value).every(([key, item]) => fits(keys, key) && fits(values, item)),
  record: (fields, value) =>
    isObject(value) &&
    Object.keys(value).length === Object.keys(fields).length &&
    Object.entries(fields).every(([name, shape]) => Object.hasOwn(value, name) && fits(shape, value[name])),
  maybe: (shape, value) => value === null || fits(shape, value),
  is: (name, value) => fits(SHAPES[name], value) && (RULES[name]?.(value) ?? true),
};

function fits(shape, value) {
  const [[check, rule]] = Object.entries(shape);
  return CHECKS[check](rule, value);
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const patterns = new Map();

function wholly(pattern) {
  if (!patterns.has(pattern)) patterns.set(pattern, new RegExp(`^(?:${pattern})$`));
  return patterns.get(pattern);
}

/** Whether an RFC 3339 time in UTC is one that the calendar and the clock have: no 30 February, no hour 24. */
function isMoment(text) {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && at.toISOString().slice(0, 19) === text.slice(0, 19);
}
