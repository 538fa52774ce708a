// Waiting, in one place: nothing in these tests waits in any other way.
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks `look` again and again until it answers with something truthy, and gives that answer.
 * Fails after `withinMs` with a sentence that names `what` and the last thing seen.
 */
export async function until(what, look, { withinMs = 60_000, everyMs = 250, seen = () => '' } = {}) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not so after ${withinMs} ms ${seen()}`.trim());
    await pause(everyMs);
  }
}

/** A pause that is itself the thing tested: the moment of a crash, the pace of a slow network. */
export { pause };

/** Runs `work` over `items`, at most `width` at a time, and gives the results in the order of the items. */
export async function inParallel(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
