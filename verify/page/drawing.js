/* Elements made by hand. Text is always a text node, so nothing that was read can become part of the page's structure. */

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

function drawn(name, attributes, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Text that somebody chose, kept apart so that its direction of writing cannot reorder what is around it. */
function chosen(text) {
  return element("bdi", null, printable(text));
}

function fingerprint(text) {
  return element("code", { class: "print" }, grouped(text));
}

function symbol(tone) {
  const shapes = {
    exposed: [
      drawn("path", { d: "M32 4 L61 58 H3 Z", class: "shape" }),
      drawn("path", { d: "M32 24 V40 M32 47 V51", class: "sign" }),
    ],
    doubt: [
      drawn("circle", { cx: 32, cy: 32, r: 29, class: "shape" }),
      drawn("path", { d: "M23 25 C23 13 41 13 41 24 C41 32 32 31 32 39 M32 46 V50", class: "sign" }),
    ],
    safe: [
      drawn("circle", { cx: 32, cy: 32, r: 29, class: "shape" }),
      drawn("path", { d: "M18 33 L28 43 L46 22", class: "sign" }),
    ],
  };
  return drawn("svg", { viewBox: "0 0 64 64", class: "symbol", "aria-hidden": "true", focusable: "false" }, ...shapes[tone]);
}

/** The device's facts on a line of time, and above them the moments at which an outsider had seen the log. */
function timeline(facts, outside) {
  const times = [...facts.map((fact) => fact.known_at), ...outside.map((one) => one.at)].map((text) => Date.parse(text));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const place = (text) => `${(last === first ? 50 : 2 + (96 * (Date.parse(text) - first)) / (last - first)).toFixed(2)}%`;
  const [from, to] = [first, last].map((at) => shownTime(new Date(at).toISOString()));
  const label = `${facts.length} facts about the device and ${outside.length} outside times, from ${from} to ${to}`;
  const line = drawn(
    "svg",
    { class: "line", role: "img", "aria-label": label },
    drawn("line", { x1: "0", x2: "100%", y1: 44, y2: 44, class: "axis" }),
    ...outside.map(({ at }) => drawn("line", { x1: place(at), x2: place(at), y1: 6, y2: 44, class: "outside" })),
    ...facts.map((fact) => dot(fact, place(fact.known_at))),
  );
  const caption = [
    `${from} to ${to}. Each dot is a fact about the device, hollow where it was withdrawn.`,
    " Each upright line is a moment at which somebody outside had seen the log.",
  ];
  return element("figure", null, line, element("figcaption", null, ...caption));
}

function dot({ retracted_by: withdrawn }, cx) {
  return drawn("circle", { cx, cy: 44, r: 7, class: withdrawn === null ? "dot" : "dot withdrawn" });
}
