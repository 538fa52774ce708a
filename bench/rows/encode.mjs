// A clip by Subclip, and the same clip encoded anew.
import { join } from 'node:path';
import { scratch } from '../../e2e/lib/paths.mjs';
import { timed } from '../lib/programs.mjs';
import { accuracy, end, start } from '../lib/seventy.mjs';
import { atLeast, fact, median, note } from '../lib/stats.mjs';

export const name = 'encode';
export const title = 'Against encoding the clip anew, 70 s clip';
export const how =
  'The same 70 s of a 10 min source, in turns: a clip asked of the server until it is ready; ' +
  '`ffmpeg -ss … -t 70 -c:v libx264 -preset veryfast -c:a copy` with all cores; `ffmpeg -ss … -t 70 -c copy`, which ' +
  'can only begin at a key frame. The server has made a first clip of the source, and makes each of these anew.';

export async function measure(scene) {
  const file = await scene.tenMinutes();
  const folder = scratch('bench');
  const { api, asset } = await scene.serverWith(file);
  await api.clip(asset.id, 1, 11);
  const out = (kind) => join(folder, `${kind}.mp4`);
  const cut = (kind, ...codec) =>
    timed('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-ss', start, '-i', file, '-t', '70', ...codec,
      '-movflags', '+faststart', out(kind)]);
  const ms = { subclip: [], encoded: [], copied: [] };
  let clip;
  for (let round = 0; round < scene.sizes.rounds; round++) {
    // A frame further each time, so that no edge is at hand from the round before.
    const shift = (round + 1) / 30;
    clip = await api.clip(asset.id, Number(start) + shift, Number(end) + shift);
    ms.subclip.push(clip.readyMs);
    ms.encoded.push((await cut('encoded', '-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'copy')).ms);
    ms.copied.push((await cut('copied', '-c', 'copy')).ms);
  }
  clip = await api.clip(asset.id, Number(start), Number(end));
  const [ours, encoded, copied] = await Promise.all([clip.asset.links.mp4, out('encoded'), out('copied')].map(accuracy));
  return {
    facts: [
      fact('Subclip: request to ready', ms.subclip, 'ms'),
      fact('ffmpeg, x264 veryfast', ms.encoded, 'ms'),
      fact('ffmpeg -c copy', ms.copied, 'ms'),
      note('Subclip\'s frames', ours),
      note('x264 veryfast\'s frames', encoded),
      note('-c copy\'s frames', copied),
    ],
    verdicts: [atLeast('x264 veryfast against Subclip, medians', 100, median(ms.encoded) / median(ms.subclip), 'times')],
  };
}
