// How much memory the server needs for many viewers at once, and whether each gets what it plays in time.
import http from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../../e2e/lib/paths.mjs';
import { download, quality, rung, segmentPaths, top } from '../lib/download.mjs';
import { startNginx, ways } from '../lib/nginx.mjs';
import { children, memory } from '../lib/process.mjs';
import { atMost, fact } from '../lib/stats.mjs';
import { paths } from '../lib/wrk.mjs';

const viewers = 200;
const lowerEvery = 4;

export const name = 'viewers';
export const title = `Memory under ${viewers} viewers`;
export const how =
  'The server process alone, as the kernel counts it (VmRSS and its peak, VmHWM), the engine\'s processes apart; started anew ' +
  `before each of the two. In a hurry: ${viewers} connections that ask for segment after segment of a 10 min source as fast as ` +
  'they get them; nginx does the same with the same bytes as files, its master and its worker counted together. At their ' +
  `pace: ${viewers} viewers over a connection each who begin at random places, have two segments ahead and ask for the next ` +
  `when one is played; every ${lowerEvery}th watches a clip in its 480p rung, nothing of which was made before, and asks again when the ` +
  'server says that he may. Late is a segment that is not there whole when it is to be shown.';

export async function measure(scene) {
  const { memorySeconds, viewerSeconds } = scene.sizes;
  const { server, api, asset } = await scene.serverWith(await scene.tenMinutes());
  const { asset: clip } = await api.clip(asset.id, 10.3, 50.3);

  const folder = scratch('bench');
  const root = join(folder, 'root');
  mkdirSync(root);
  const names = await segmentPaths(asset.links.hls, top);
  for (const path of names) await download(server.url, path, root);
  const hurry = paths(join(folder, 'all'), names, viewers);
  await server.restart();
  const before = memory(server.pid).now;
  const ours = await hurry(server.url, memorySeconds);
  const inAHurry = memory(server.pid).peak;
  const nginx = await startNginx(folder, root, ways['nginx, read and write']);
  const theirs = await hurry(nginx.origin, memorySeconds);
  const ofNginx = [nginx.pid, ...children(nginx.pid)].reduce((sum, pid) => sum + memory(pid).peak, 0);
  await nginx.stop();

  await server.restart();
  const film = await quality(asset.links.hls, top);
  const lower = await quality(clip.links.hls, rung);
  const until = performance.now() + viewerSeconds * 1000;
  const watched = await Promise.all(Array.from({ length: viewers }, (_, n) => watch(n % lowerEvery ? film : lower, n, until)));
  const all = watched.flat();
  const { peak } = memory(server.pid);
  const facts = [
    fact('when it was started', [before], 'MB'),
    fact('in a hurry: peak', [inAHurry], 'MB'),
    fact('in a hurry: served', [ours.bytes / 1e6 / ours.seconds], 'MB/s'),
    fact('nginx, read and write, in a hurry: peak', [ofNginx], 'MB'),
    fact('nginx, read and write, in a hurry: served', [theirs.bytes / 1e6 / theirs.seconds], 'MB/s'),
    fact('at their pace: peak', [peak], 'MB'),
    fact('at their pace: a segment, until its last byte', all.map(({ ms }) => ms), 'ms'),
    fact('at their pace: refused as too much at once', [all.reduce((sum, { refused }) => sum + refused, 0)], 'requests'),
    fact('at their pace: segments that came late', [all.filter(({ late }) => late).length], 'segments'),
  ];
  return { facts, verdicts: [atMost('peak of both', 200, Math.max(inAHurry, peak), 'MB')] };
}

/** Plays from a place of its own on until a moment: `[{ ms, refused, late }…]`, one for each segment of pictures. */
async function watch({ video, audio }, number, until) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const seen = [];
  // Spread evenly, in an order that has nothing to do with who comes first.
  let at = Math.floor(((number * 0.618) % 1) * video.segments.length);
  // All of them do not begin at the same moment.
  await sleep(((number * 0.382) % 1) * 4000);
  let shownUntil;
  while (performance.now() < until) {
    const began = performance.now();
    const refused = await take(video.segments[at].url, agent);
    if (audio?.segments[at]) await take(audio.segments[at].url, agent);
    const now = performance.now();
    seen.push({ ms: now - began, refused, late: shownUntil !== undefined && now > shownUntil });
    shownUntil = Math.max(shownUntil ?? now, now) + video.segments[at].duration * 1000;
    at = (at + 1) % video.segments.length;
    const ahead = 2 * video.segments[at].duration * 1000;
    if (shownUntil - now > ahead) await sleep(shownUntil - now - ahead);
  }
  agent.destroy();
  return seen;
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Reads a body and throws it away; gives how often it was refused before. */
async function take(url, agent) {
  for (let refused = 0; ; refused++) {
    const { status, again } = await answer(url, agent);
    if (status === 200) return refused;
    if (status !== 503 || !(again > 0)) throw new Error(`${url}: ${status}`);
    await sleep(again * 1000);
  }
}

/** The status, and in how many seconds it may be asked again. */
function answer(url, agent) {
  return new Promise((resolve, reject) => {
    http.get(url, { agent }, (response) => {
      const { statusCode: status, headers } = response;
      response.on('error', reject).on('end', () => resolve({ status, again: Number(headers['retry-after']) })).resume();
    }).on('error', reject);
  });
}
