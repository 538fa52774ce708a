// A lower quality that nobody has asked for before: how soon its first segment comes, how long a segment takes to make, and
// what encoding piece by piece costs against one long encode.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../../e2e/lib/http.mjs';
import { scratch } from '../../e2e/lib/paths.mjs';
import { quality, rung, top } from '../lib/download.mjs';
import { timed } from '../lib/programs.mjs';
import { fact, median, note } from '../lib/stats.mjs';

export const name = 'ladder';
export const title = 'The 480p rung of a 1080p source';
export const how =
  'First segment: the multivariant playlist, the rung\'s playlist, its init and its first segment, one after the other, each until ' +
  'its last byte, of a server that was just started and whose cache was wiped. Making: segments far apart, so that none was ' +
  'made ahead, against their length. In turn: the first 18 segments, one after the other, as the first viewer would who watches at once, ' +
  'against one `ffmpeg` of the same pictures with the same preset, size, quality and bounds.';

export async function measure(scene) {
  const { rounds } = scene.sizes;
  const file = await scene.tenMinutes();
  const { server, asset } = await scene.serverWith(file);
  const wipe = async () => {
    await server.stop();
    rmSync(join(server.data, 'cache'), { recursive: true, force: true });
    await server.restart();
  };

  const first = [];
  const ofTop = [];
  for (let round = 0; round < rounds; round++) {
    await wipe();
    first.push(await chain(asset.links.hls, rung));
    await wipe();
    ofTop.push(await chain(asset.links.hls, top));
  }

  await wipe();
  const { segments } = (await quality(asset.links.hls, rung)).video;
  const making = [];
  for (let at = 10; at < segments.length && making.length < 4 * rounds; at += 5)
    making.push((await took(segments[at].url)).ms / (segments[at].duration * 1000));

  await wipe();
  const began = performance.now();
  let size = 0;
  const some = segments.slice(0, 18);
  for (const segment of some) size += (await took(segment.url)).bytes;
  const piecewise = performance.now() - began;
  const seconds = some.reduce((sum, segment) => sum + segment.duration, 0);
  const out = join(scratch('bench'), 'rung.mp4');
  const { ms: long } = await timed('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-t', String(seconds), '-i', file, '-an',
    '-vf', 'scale=854:480:flags=bicubic', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-maxrate', '1500k',
    '-bufsize', '1500k', '-g', '120', '-f', 'mp4', out]);
  return {
    facts: [
      fact('first segment of the rung, from nothing', first, 'ms'),
      fact('the same of the top quality', ofTop, 'ms'),
      fact('making a segment, per second of it', making.map((share) => share * 1000), 'ms'),
      note('18 segments in turn, against one encode',
        `${Math.round(piecewise)} ms for ${Math.round(seconds)} s, ${(piecewise / long).toFixed(2)} times one encode's ${Math.round(long)} ms`),
      note('bytes', `${Math.round((size * 8) / seconds / 1000)} kbit/s`),
      note('median of a segment against its length', `${(median(making) * 100).toFixed(0)} %`),
    ],
    verdicts: [],
  };
}

/** Milliseconds from asking for the multivariant playlist to the last byte of the first segment of a quality. */
async function chain(hls, resolution) {
  const began = performance.now();
  const { segments } = (await quality(hls, resolution)).video;
  await took(segments[0].init);
  await took(segments[0].url);
  return performance.now() - began;
}

async function took(url) {
  const began = performance.now();
  const answer = await get(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status}`);
  return { ms: performance.now() - began, bytes: answer.body.length };
}
