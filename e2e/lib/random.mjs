// Seeded randomness: the same seed breaks the same bytes and kills at the same moments.

/** A generator of numbers in [0, 1) (mulberry32), with the helpers that tests want. */
export function seeded(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    next,
    /** A whole number in [0, n). */
    below,
    /** A whole number in [from, to]. */
    between: (from, to) => from + below(to - from + 1),
    pick: (list) => list[below(list.length)],
    chance: (p) => next() < p,
  };
}
