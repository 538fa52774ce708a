// Where clips are cut: anywhere, the same in every run.
import { seeded } from '../../e2e/lib/random.mjs';

/** A generator of clips `[start, end]` of `seconds` (or of `[least, most]` seconds) within a source, in whole ms. */
export function clipTimes(sourceSeconds, seconds, seed = 11) {
  const random = seeded(seed);
  const [least, most] = Array.isArray(seconds) ? seconds : [seconds, seconds];
  return () => {
    const length = random.between(least * 1000, most * 1000);
    const start = random.between(1000, sourceSeconds * 1000 - length - 1000);
    return [start / 1000, (start + length) / 1000];
  };
}
