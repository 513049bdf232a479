// The Merkle tree of RFC 6962 section 2.1. Sizes and indices are BigInt, since checkpoints count up to 2^63.

import { join, same } from "./bytes.js";
import { sha256 } from "./hash.js";

/** Hash of a leaf. @param {Uint8Array} data */
export const leafHash = (data) => sha256(join([0], data));

/** Hash of an inner node. @param {Uint8Array} left @param {Uint8Array} right */
export const nodeHash = (left, right) => sha256(join([1], left, right));

/** Root of the tree without leaves. */
export const emptyRoot = () => sha256(new Uint8Array());

/**
 * Whether the leaf hash stands at `index` in the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2).
 * @param {Uint8Array} leaf
 * @param {bigint} index
 * @param {bigint} size
 * @param {Uint8Array} root
 * @param {Uint8Array[]} path
 */
export async function included(leaf, index, size, root, path) {
  if (index < 0n || index >= size || [leaf, ...path].some((value) => value.length !== 32)) return false;
  const [result] = (await fold([leaf], index, size - 1n, path)) ?? [];
  return result !== undefined && same(result, root);
}

/**
 * Whether the first `oldSize` leaves of the new tree are the old tree (RFC 9162 section 2.1.4.2). From size 0, and
 * from a size to itself, the empty path holds if the roots do.
 * @param {bigint} oldSize
 * @param {bigint} newSize
 * @param {Uint8Array} oldRoot
 * @param {Uint8Array} newRoot
 * @param {Uint8Array[]} path
 */
export async function consistent(oldSize, newSize, oldRoot, newRoot, path) {
  if (oldSize < 0n || oldSize > newSize) return false;
  if ([oldRoot, newRoot, ...path].some((value) => value.length !== 32)) return false;
  if (oldSize === 0n || oldSize === newSize) {
    return path.length === 0 && same(oldRoot, oldSize ? newRoot : await emptyRoot());
  }
  // The path leaves out the old root where the old tree is one perfect subtree: the verifier has it.
  const [seed, ...rest] = oldSize & (oldSize - 1n) ? path : [oldRoot, ...path];
  if (seed === undefined) return false;
  let [position, last] = [oldSize - 1n, newSize - 1n];
  while (position & 1n) [position, last] = [position >> 1n, last >> 1n];
  const [first, second] = (await fold([seed, seed], position, last, rest)) ?? [];
  return first !== undefined && same(first, oldRoot) && same(second, newRoot);
}

/**
 * The roots that a path leads to: of the tree up to the leaf where two are given, and of the whole tree. Undefined
 * where the path's length does not fit.
 */
async function fold(seeds, position, last, path) {
  let roots = seeds;
  for (const sibling of path) {
    if (last === 0n) return undefined;
    if (position & 1n || position === last) {
      roots = await Promise.all(roots.map((root) => nodeHash(sibling, root)));
      while (position && !(position & 1n)) [position, last] = [position >> 1n, last >> 1n];
    } else {
      roots = [...roots.slice(0, -1), await nodeHash(roots[roots.length - 1], sibling)];
    }
    [position, last] = [position >> 1n, last >> 1n];
  }
  return last ? undefined : roots;
}

/**
 * The path that proves that the tree of `oldSize` leaves is the beginning of that of `newSize` (RFC 6962 section 2.1.2).
 * @param {(level: number, index: bigint) => Promise<Uint8Array>} reader hash of a perfect subtree
 * @param {bigint} oldSize
 * @param {bigint} newSize
 * @returns {Promise<Uint8Array[]>}
 */
export async function consistencyPath(reader, oldSize, newSize) {
  if (oldSize === 0n || oldSize === newSize) return [];
  let [start, end, whole] = [0n, newSize, true];
  const path = [];
  while (end !== oldSize) {
    const middle = start + split(end - start);
    if (oldSize <= middle) {
      path.unshift(await range(reader, middle, end));
      end = middle;
    } else {
      path.unshift(await range(reader, start, middle));
      [start, whole] = [middle, false];
    }
  }
  return whole ? path : [await range(reader, start, end), ...path];
}

/** The largest power of two below a count (RFC 6962's k). */
function split(count) {
  return 1n << BigInt((count - 1n).toString(2).length - 1);
}

async function range(reader, start, end) {
  const count = end - start;
  if ((count & (count - 1n)) === 0n) {
    const level = count.toString(2).length - 1;
    return reader(level, start >> BigInt(level));
  }
  const middle = start + split(count);
  return nodeHash(await range(reader, start, middle), await range(reader, middle, end));
}
