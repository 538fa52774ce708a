// What a clip adds to the disk.
import { bytes, contents } from '../../e2e/lib/folder.mjs';
import { samples } from '../../e2e/lib/samples.mjs';
import { gopFrames } from '../lib/sources.mjs';
import { atMost, fact, median } from '../lib/stats.mjs';
import { clipTimes } from '../lib/times.mjs';

export const name = 'stored';
export const title = 'Bytes stored for a clip';
export const how =
  'What the files of the data folder grow by (the database\'s few rows apart), clip by clip, beside the bytes of those of ' +
  'the clip\'s video samples that are not, byte for byte, in the source; and the number of frames in them, which may be ' +
  'that of two GOPs at most.';

export async function measure(scene) {
  const file = await scene.tenMinutes();
  const { server, api, asset } = await scene.serverWith(file);
  const times = clipTimes(scene.sizes.tenMinutes, 20);
  await api.clip(asset.id, ...times());
  const source = new Set((await samples(file)).map((sample) => sample.hash));
  const seen = { grown: [], media: [], edges: [], frames: [], whole: [], beyond: [] };
  for (let i = 0; i < scene.sizes.rounds; i++) {
    const before = contents(server.data);
    const { asset: clip } = await api.clip(asset.id, ...times());
    const now = contents(server.data);
    const own = (await samples(clip.links.mp4)).filter((sample) => !source.has(sample.hash));
    const edges = own.reduce((sum, sample) => sum + sample.size, 0);
    const grown = bytes(now) - bytes(before);
    const media = growth(before, now, (path) => !path.includes('indexes/'));
    seen.grown.push(grown / 1000);
    seen.media.push(media / 1000);
    seen.edges.push(edges / 1000);
    seen.frames.push(own.length);
    seen.whole.push((await size(clip.links.mp4)) / 1000);
    seen.beyond.push(grown / edges);
  }
  return {
    facts: [
      fact('files of the data folder grew by', seen.grown, 'kB'),
      fact('of it media, the rest is indexes', seen.media, 'kB'),
      fact('bytes of the edges\' samples', seen.edges, 'kB'),
      fact('the clip as a file, 20 s', seen.whole, 'kB'),
    ],
    verdicts: [
      atMost('frames of the edges, the most', 2 * gopFrames, Math.max(...seen.frames), 'frames'),
      atMost('growth against the edges\' samples, median', 1.1, median(seen.beyond), 'times'),
    ],
  };
}

function growth(before, now, counts) {
  return Object.keys(now).filter(counts).reduce((sum, path) => sum + now[path] - (before[path] ?? 0), 0);
}

async function size(url) {
  const response = await fetch(url, { method: 'HEAD' });
  return Number(response.headers.get('content-length'));
}
