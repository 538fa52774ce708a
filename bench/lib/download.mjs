// What a server serves, as files in a folder under the same paths.
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { walk } from '../../e2e/lib/playlist.mjs';

/** The paths of all segments of an HLS playlist, pictures and sound in the order a player asks for them. */
export async function segmentPaths(hls) {
  const { playlists } = await walk(hls);
  const lists = playlists.map((playlist) => playlist.segments.map((segment) => new URL(segment.url).pathname));
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
