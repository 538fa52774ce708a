// What a server serves, as files in a folder under the same paths.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mediaPlaylist, multivariant, text } from '../../e2e/lib/playlist.mjs';

/** The sizes that the benchmarks' sources are asked for in. */
export const top = '1920x1080';
export const rung = '854x480';

/** A quality of an HLS playlist by its size: `{ video, audio }`, media playlists both. */
export async function quality(hls, resolution) {
  const { variants, renditions } = multivariant(await text(hls), hls);
  const variant = variants.find((one) => one.RESOLUTION === resolution);
  if (!variant) throw new Error(`there is no ${resolution}: ${variants.map((one) => one.RESOLUTION)}`);
  const sound = renditions.find((one) => one.TYPE === 'AUDIO' && one['GROUP-ID'] === variant.AUDIO);
  const read = async (url) => mediaPlaylist(await text(url), url);
  return { video: await read(variant.url), audio: sound && (await read(sound.url)) };
}

/** The paths of all segments of a quality, pictures and sound in the order a player asks for them. */
export async function segmentPaths(hls, resolution) {
  const { video, audio } = await quality(hls, resolution);
  const lists = [video, audio].filter(Boolean).map(({ segments }) => segments.map(({ url }) => new URL(url).pathname));
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.map((list) => list[i])).flat().filter(Boolean);
}

/** Fetches `path` from `origin` into the same place under `folder`; gives its size. */
export async function download(origin, path, folder) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const response = await fetch(origin + path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  let size = 0;
  const counted = Readable.fromWeb(response.body).on('data', (chunk) => (size += chunk.length));
  await pipeline(counted, createWriteStream(file));
  return size;
}
