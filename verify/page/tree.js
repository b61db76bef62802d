/* The Merkle tree of the log: RFC 6962 section 2.1 with SHA-256; the checks of proofs as in RFC 9162 sections 2.1.3.2 and
   2.1.4.2. Sizes are below 2^30, so that bit operations on them are exact. */

async function leafHash(entry) {
  return sha256(joined(Uint8Array.of(0), entry));
}

async function nodeHash(left, right) {
  return sha256(joined(Uint8Array.of(1), left, right));
}

/** Return if the leaf hash stands at `index` in the tree of `size` leaves with this root. */
async function verifyInclusion(leaf, index, size, proof, root) {
  need(index < size, "a proof is of a leaf that its tree does not have");
  let at = index;
  let last = size - 1;
  let value = leaf;
  for (const sibling of proof) {
    need(last !== 0, "an inclusion proof is too long");
    if (at & 1 || at === last) {
      value = await nodeHash(sibling, value);
      while (!(at & 1) && at) [at, last] = [at >>> 1, last >>> 1];
    } else {
      value = await nodeHash(value, sibling);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  need(last === 0, "an inclusion proof is too short");
  need(same(value, root), "an inclusion proof does not lead to the root");
}

/** Return if the tree of `oldSize` leaves, at least one, is the beginning of the tree of `newSize` leaves. */
async function verifyConsistency(oldSize, oldRoot, newSize, newRoot, proof) {
  if (oldSize === newSize) {
    need(proof.length === 0, "a consistency proof is too long");
    need(same(oldRoot, newRoot), "two checkpoints of one size have different roots");
    return;
  }
  let at = oldSize - 1;
  let last = newSize - 1;
  while (at & 1) [at, last] = [at >>> 1, last >>> 1];
  // An old tree that is a complete subtree of the new one is its own first hash.
  const path = at === 0 ? [oldRoot, ...proof] : proof;
  need(path.length > 0, "a consistency proof is too short");
  let older = path[0];
  let newer = path[0];
  for (const value of path.slice(1)) {
    need(last !== 0, "a consistency proof is too long");
    if (at & 1 || at === last) {
      [older, newer] = await Promise.all([nodeHash(value, older), nodeHash(value, newer)]);
      while (!(at & 1) && at) [at, last] = [at >>> 1, last >>> 1];
    } else {
      newer = await nodeHash(newer, value);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  need(last === 0, "a consistency proof is too short");
  need(same(older, oldRoot), "the log was rewritten: a consistency proof does not lead to the earlier root");
  need(same(newer, newRoot), "the log was rewritten: a consistency proof does not lead to the root");
}

/** The root of the tree of `size` leaves with these peaks (its largest perfect subtrees, largest first), after the leaf
    hashes are added. Level by level, so that the hashes of a level are made side by side. */
async function rootAfter(size, peaks, leaves) {
  const spare = [...peaks];
  const kept = [];
  let before = size;
  let nodes = leaves;
  while (nodes.length) {
    const row = before & 1 ? [spare.pop(), ...nodes] : nodes;
    // With an odd row, the last node waits for its sibling: it is a peak of the new tree.
    if (row.length & 1) kept.push(row.at(-1));
    const pairs = Array.from({ length: row.length >>> 1 }, (_, place) => nodeHash(row[2 * place], row[2 * place + 1]));
    nodes = await Promise.all(pairs);
    before >>>= 1;
  }
  return rootOfPeaks([...spare, ...kept.reverse()]);
}

async function rootOfPeaks(peaks) {
  let root = peaks.at(-1);
  for (const peak of peaks.slice(0, -1).reverse()) root = await nodeHash(peak, root);
  return root;
}

/** The roots at those of the `sizes` that lie between the tree of `size` leaves with these peaks and the one after all leaf
    hashes are added, by size. One pass over the leaves, however many sizes. */
async function rootsAfter(size, peaks, leaves, sizes) {
  const found = new Map();
  const growing = [...peaks];
  const last = Math.max(...[...sizes].filter((one) => one <= size + leaves.length));
  for (let count = size; count <= last; count += 1) {
    if (sizes.has(count)) found.set(count, await rootOfPeaks(growing));
    if (count === last) break;
    let node = leaves[count - size];
    for (let rest = count; rest & 1; rest >>>= 1) node = await nodeHash(growing.pop(), node);
    growing.push(node);
  }
  return found;
}

/** How many perfect subtrees make up a tree: one for every bit of its size. */
function peakCount(size) {
  return size.toString(2).replaceAll("0", "").length;
}
