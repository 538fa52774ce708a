// What many measurements of one thing come to.

/** The value below which the share `q` of all lies: the nearest rank, so always one that was seen. */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** `samples` in `unit`, as a fact of the table. */
export const fact = (what, samples, unit) => ({ what, samples, unit });

/** Something seen that is no number. */
export const note = (what, text) => ({ what, text });

/** A target and what was measured: `{ what, target, value, unit }`, where `target` is the most (`atMost`) or least allowed. */
export const atMost = (what, target, value, unit) => ({ what, target, value, unit, most: true });
export const atLeast = (what, target, value, unit) => ({ what, target, value, unit, most: false });
