// Subclip against nginx, as servers of the same bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../../e2e/lib/paths.mjs';
import { onServerCore } from '../lib/cores.mjs';
import { download, rung, segmentPaths, top } from '../lib/download.mjs';
import { startNginx, ways } from '../lib/nginx.mjs';
import { cpuSeconds } from '../lib/process.mjs';
import { atLeast, fact, median } from '../lib/stats.mjs';
import { connections, paths, ranges } from '../lib/wrk.mjs';

export const name = 'serve';
export const title = 'Serving segments and MP4, against nginx';
export const how =
  'Everything was downloaded from Subclip first, and nginx serves it as files (open files cached, nothing logged), once by ' +
  `sendfile and once by reading and writing; the faster of the two is what Subclip is held against. Each server has one core, wrk another, with ${connections} connections kept open; they are measured in turns, ` +
  'the other one stopped. Both read from the system\'s page cache, but for segments of rungs, of which Subclip keeps those asked for last in memory. Qualities are the top one but where another ' +
  'is named. ' +
  'Processor time is the server\'s alone: it tells them apart where wrk is what limits both.';

export async function measure(scene) {
  const folder = scratch('bench');
  const root = join(folder, 'root');
  mkdirSync(root);
  const { server, loads } = await onServerCore(() => prepare(scene, folder, root));
  const facts = [];
  const verdicts = [];
  for (const { what, load } of loads) {
    const seen = await alternate(scene.sizes, server, folder, root, load);
    for (const [unit, key] of [['MB/s', 'rate'], ['requests/s', 'requests'], ['s of processor per GB', 'cpu']])
      for (const who of Object.keys(seen)) facts.push(fact(`${what}: ${who}`, seen[who].map((one) => one[key]), unit));
    const rate = (who) => median(seen[who].map((one) => one.rate));
    const nginx = Math.max(...Object.keys(ways).map(rate));
    verdicts.push(atLeast(`${what}: Subclip against nginx`, 0.8, rate('Subclip') / nginx, 'times'));
  }
  return { facts, verdicts };
}

/** Puts what is served into place and names the kinds of load. */
async function prepare(scene, folder, root) {
  const { server, api, asset } = await scene.serverWith(await scene.tenMinutes());
  const { asset: clip } = await api.clip(asset.id, 10.3, 50.3);
  const mp4 = (one) => new URL(one.links.mp4).pathname;
  const all = await segmentPaths(asset.links.hls, top);
  const few = await segmentPaths(clip.links.hls, top);
  const lower = await segmentPaths(clip.links.hls, rung);
  for (const path of new Set([...all, ...few, ...lower, mp4(clip)])) await download(server.url, path, root);
  const size = await download(server.url, mp4(asset), root);
  const list = (name) => join(folder, name);
  const loads = [
    { what: 'one video segment', load: paths(list('one'), [few.find((path) => path.endsWith('/video/2.m4s'))]) },
    { what: 'all segments of a 40 s clip', load: paths(list('few'), few) },
    { what: 'the same in the 480p rung, made before', load: paths(list('lower'), lower) },
    { what: 'all segments of the 10 min source', load: paths(list('all'), all) },
    { what: '1 MB ranges of the 10 min MP4', load: ranges(mp4(asset), size) },
    { what: 'whole MP4 of the 40 s clip', load: paths(list('mp4'), [mp4(clip)]) },
  ];
  return { server, loads };
}

async function alternate({ serveSeconds, serveRounds }, server, folder, root, load) {
  const seen = Object.fromEntries([...Object.keys(ways), 'Subclip'].map((who) => [who, []]));
  for (let round = 0; round < serveRounds; round++) {
    process.kill(server.pid, 'SIGSTOP');
    for (const [who, way] of Object.entries(ways)) {
      const nginx = await startNginx(folder, root, way);
      seen[who].push(await one(nginx.origin, nginx.pid, load, serveSeconds));
      await nginx.stop();
    }
    process.kill(server.pid, 'SIGCONT');
    seen.Subclip.push(await one(server.url, server.pid, load, serveSeconds));
  }
  return seen;
}

async function one(origin, pid, load, seconds) {
  await load(origin, 1);
  const before = cpuSeconds(pid);
  const seen = await load(origin, seconds);
  return {
    rate: seen.bytes / 1e6 / seen.seconds,
    requests: seen.requests / seen.seconds,
    cpu: (cpuSeconds(pid) - before) / (seen.bytes / 1e9),
  };
}
