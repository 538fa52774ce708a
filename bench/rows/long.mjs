// Whether a clip's length matters.
import { atMost, fact, median } from '../lib/stats.mjs';
import { clipTimes } from '../lib/times.mjs';

export const name = 'long';
export const title = 'The same for a 2 h clip against a 10 s clip';
export const how =
  'Both of one 2 h source, in turns; the long clip lacks only some seconds at either end. Counted as above, after a first clip.';

export async function measure(scene) {
  const { twoHours, pairs } = scene.sizes;
  const { api, asset } = await scene.serverWith(await scene.twoHours());
  const short = clipTimes(twoHours, 10);
  const long = clipTimes(twoHours, twoHours - 20);
  await api.clip(asset.id, ...short());
  const shortMs = [];
  const longMs = [];
  for (let i = 0; i < pairs; i++) {
    shortMs.push((await api.clip(asset.id, ...short())).readyMs);
    longMs.push((await api.clip(asset.id, ...long())).readyMs);
  }
  return {
    facts: [fact('10 s clip', shortMs, 'ms'), fact('2 h clip', longMs, 'ms')],
    verdicts: [atMost('2 h against 10 s, medians', 1.2, median(longMs) / median(shortMs), 'times')],
  };
}
