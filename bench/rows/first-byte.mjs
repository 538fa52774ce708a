// How soon a long MP4 begins to arrive.
import http from 'node:http';
import { seeded } from '../../e2e/lib/random.mjs';
import { atMost, fact, median } from '../lib/stats.mjs';

export const name = 'first-byte';
export const title = 'First byte of a 2 h clip\'s MP4';
export const how =
  'From sending the request, over a new connection, to the first byte of the body. Cold: the first request to a server that was just ' +
  'started, so that its index is read and its layout worked out for it; the disk\'s own cache is as it is. Warm: the requests ' +
  'after it, from the beginning and from random places.';

export async function measure(scene) {
  const { clips, rounds, twoHours } = scene.sizes;
  const { server, api, asset } = await scene.serverWith(await scene.twoHours());
  const { asset: clip } = await api.clip(asset.id, 10.3, twoHours - 10.3);
  const url = clip.links.mp4;
  const cold = [];
  for (let round = 0; round < 2 * rounds; round++) {
    await server.restart();
    cold.push((await firstByte(url)).ms);
  }
  const warm = [];
  const seek = [];
  const random = seeded(5);
  for (let i = 0; i < clips; i++) {
    const { ms, size } = await firstByte(url);
    warm.push(ms);
    seek.push((await firstByte(url, { Range: `bytes=${random.below(size)}-` })).ms);
  }
  return {
    facts: [fact('cold', cold, 'ms'), fact('warm', warm, 'ms'), fact('warm, from a random place', seek, 'ms')],
    verdicts: [
      atMost('cold, median', 50, median(cold), 'ms'),
      atMost('warm, median', 50, median(warm), 'ms'),
    ],
  };
}

/** Milliseconds to the first byte, and the size promised; the rest is not waited for. */
function firstByte(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const request = http.get(url, { agent: false, headers }, (response) => {
      if (response.statusCode >= 300) reject(new Error(`${url}: ${response.statusCode}`));
      response.on('error', () => {});
      response.once('data', () => {
        resolve({ ms: performance.now() - began, size: Number(response.headers['content-length']) });
        request.destroy();
      });
    });
    request.on('error', reject);
  });
}
