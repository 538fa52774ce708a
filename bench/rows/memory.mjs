// How much memory the server needs for long media.
import { join } from 'node:path';
import { scratch } from '../../e2e/lib/paths.mjs';
import { segmentPaths, top } from '../lib/download.mjs';
import { memory } from '../lib/process.mjs';
import { atMost, fact } from '../lib/stats.mjs';
import { clipTimes } from '../lib/times.mjs';
import { connections, paths, ranges } from '../lib/wrk.mjs';

export const name = 'memory';
export const title = 'Memory while serving and cutting a 2 h source';
export const how =
  'The server process alone, as the kernel counts it (VmRSS and its peak, VmHWM), the engine\'s processes apart. After the upload, and then ' +
  `with ${connections} connections fetching random ranges of a 2 h clip's MP4, as many fetching all segments of the ` +
  'source, and clips being cut one after the other all the while.';

export async function measure(scene) {
  const { memorySeconds, twoHours } = scene.sizes;
  const { server, api, asset } = await scene.serverWith(await scene.twoHours());
  const facts = [fact('after the upload: peak', [memory(server.pid).peak], 'MB')];
  const { asset: clip } = await api.clip(asset.id, 10.3, twoHours - 10.3);
  const mp4 = new URL(clip.links.mp4).pathname;
  const size = Number((await fetch(clip.links.mp4, { method: 'HEAD' })).headers.get('content-length'));
  const fetchRanges = ranges(mp4, size);
  const fetchSegments = paths(join(scratch('bench'), 'all'), await segmentPaths(asset.links.hls, top));

  let loading = true;
  const loads = Promise.all([fetchRanges(server.url, memorySeconds), fetchSegments(server.url, memorySeconds)])
    .finally(() => (loading = false));
  const times = clipTimes(twoHours, [10, twoHours / 2]);
  const cut = async () => {
    let count = 0;
    for (; loading; count++) await api.clip(asset.id, ...times());
    return count;
  };
  const [[byRange, bySegment], count] = await Promise.all([loads, cut()]);
  const { now, peak } = memory(server.pid);
  facts.push(
    fact('serving and cutting: peak', [peak], 'MB'),
    fact('at the end of it', [now], 'MB'),
    fact('clips cut meanwhile', [count], 'clips'),
    fact('served meanwhile', [(byRange.bytes + bySegment.bytes) / 1e6], 'MB'),
  );
  return { facts, verdicts: [atMost('peak', 200, peak, 'MB')] };
}
