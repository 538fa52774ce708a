// How long after its last byte an upload is ready.
import { statSync } from 'node:fs';
import { atMost, fact, median, note } from '../lib/stats.mjs';

export const name = 'index';
export const title = 'Indexing a conforming 2 h MP4, from uploaded to ready';
export const how =
  'A 2 h MP4 sent by one PUT of the direct upload. Counted from the moment the socket took the last byte to the first ' +
  'answer that says ready. Before the PUT is answered, the last bytes are made durable: that part depends on the disk ' +
  'and is shown alone.';

export async function measure(scene) {
  const file = await scene.twoHours();
  const { api } = await scene.server();
  const seen = { answered: [], ready: [], after: [] };
  for (let round = 0; round < scene.sizes.rounds; round++) {
    const { asset, answeredMs, readyMs } = await api.take(file);
    seen.answered.push(answeredMs);
    seen.ready.push(readyMs);
    seen.after.push(readyMs - answeredMs);
    await api.call('DELETE', `/assets/${asset.id}`);
  }
  return {
    facts: [
      note('size of the file', `${Math.round(statSync(file).size / 1e6)} MB`),
      fact('last byte to ready', seen.ready, 'ms'),
      fact('of it until the PUT is answered', seen.answered, 'ms'),
      fact('of it after the answer', seen.after, 'ms'),
    ],
    verdicts: [atMost('last byte to ready, median', 1000, median(seen.ready), 'ms')],
  };
}
