// Clips whose joins are known, of sources that make both kinds of them.
import { json } from './http.mjs';
import { aac, coded, x264 } from './media.mjs';
import { asking, clip, links, take } from './mux.mjs';
import { samples } from './samples.mjs';
import { token } from './token.mjs';

export const fps = 30;
// About 6 s that begin and end inside GOPs, whatever their length. Where the last frames can be copied as they are
// there is no second join, so the end is the first of these where they can't.
export const first = 47;
export const ends = [230, 229, 231, 228, 227];

/** VP9 must be encoded anew on the way in, so edges are made by the same encoder as the middle. */
export const normalised = () =>
  coded({ frames: 360, extension: 'webm', options: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1',
    '-b:v', '2M', '-g', '60', '-c:a', 'libopus', '-b:a', '96k'] });

/** Quantiser matrices of its own, which no edge takes over: its parameter sets stay foreign. */
export const foreign = () =>
  coded({ frames: 360, options: [...x264(60, '-bf', '3', '-x264-params', 'cqm=jvt:b-pyramid=normal'), ...aac, '-movflags', '+faststart'] });

/** A clip with two joins of a source made by `file`, from frame `from` on: `{ source, asset, from, count, joins, join, …links }`. */
export async function clipOf(site, file, from = first) {
  const source = await take(site.mux, await file());
  for (const end of ends) {
    const asset = await clip(site.mux, source.id, from / fps, end / fps);
    const joins = await joinsOf(site, source, asset);
    if (joins.length !== 2) continue;
    const { json: told } = await json('GET', `${site.url}/v1/assets/${asset.id}`, token);
    return { source, asset, from, count: end - from, joins, join: told.cut.join, ...links(site.server, asset) };
  }
  throw new Error('no clip of this source has two joins');
}

/** Something that is played, joined by discontinuity. */
export const apart = (played) => asking('?join=discontinuity', played);

/** Where new samples and those shared with the source meet, as frame positions in the clip. */
async function joinsOf(site, source, asset) {
  const old = new Set((await samples(links(site.server, source).mp4)).map((sample) => sample.hash));
  const shown = (await samples(links(site.server, asset).mp4)).sort((a, b) => a.pts - b.pts);
  const shared = shown.map((sample) => old.has(sample.hash));
  return shared.flatMap((own, i) => (i > 0 && own !== shared[i - 1] ? [i] : []));
}
