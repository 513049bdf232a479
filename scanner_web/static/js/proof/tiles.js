// The log's tree as files (C2SP tlog-tiles), read over a fetch function.

import { Fault } from "./fault.js";
import { nodeHash } from "./merkle.js";

const WIDTH = 256n;

/**
 * The path of a tile below the log's prefix.
 * @param {number} level
 * @param {bigint} index
 * @param {bigint} width
 */
export function tilePath(level, index, width) {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.../g);
  const name = groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join("/");
  return `tile/${level}/${name}${width === WIDTH ? "" : `.p/${width}`}`;
}

/**
 * A reader of perfect subtrees of a tree of `size` leaves. What it reads is worth nothing until a root has been
 * compared. Throws Fault tile_malformed, and what `get` throws; a partial tile may be gone once the full one exists.
 * @param {(path: string) => Promise<Uint8Array | undefined>} get the file, undefined where there is none
 * @param {(path: string) => Error} missing what to throw when there is no such tile
 * @param {bigint} size
 */
export function tileReader(get, missing, size) {
  const kept = new Map();

  async function load(level, index) {
    const there = (size >> BigInt(8 * level)) - index * WIDTH;
    const width = there < WIDTH ? there : WIDTH;
    const path = tilePath(level, index, width);
    let [data, found] = [await get(path), width];
    if (!data && width < WIDTH) [data, found] = [await get(tilePath(level, index, WIDTH)), WIDTH];
    if (!data) throw missing(path);
    if (BigInt(data.length) !== found * 32n) throw new Fault("tile_malformed", { length: data.length });
    return data;
  }

  return async (level, index) => {
    const [tileLevel, height] = [Math.floor(level / 8), level % 8];
    const first = index << BigInt(height);
    const name = `${tileLevel}/${first / WIDTH}`;
    if (!kept.has(name)) kept.set(name, load(tileLevel, first / WIDTH));
    const hashes = await kept.get(name);
    const start = Number(first % WIDTH) * 32;
    let layer = Array.from({ length: 2 ** height }, (_, at) => hashes.slice(start + at * 32, start + at * 32 + 32));
    while (layer.length > 1) {
      const pairs = layer.filter((_, at) => at % 2 === 0).map((left, at) => nodeHash(left, layer[2 * at + 1]));
      layer = await Promise.all(pairs);
    }
    return layer[0];
  };
}
