// How long after asking for a clip it is ready.
import { pollMs } from '../lib/api.mjs';
import { atMost, fact, median, quantile } from '../lib/stats.mjs';
import { clipTimes } from '../lib/times.mjs';

export const name = 'ready';
export const title = 'Request to ready, 1080p30, 2 s GOPs';
export const how =
  'One clip at a time, of 5 to 60 s at random places of a 10 min source. Counted by the client from sending the POST ' +
  `to the first answer that says ready, asking every ${pollMs} ms: so it includes on average half such a pause and one ` +
  'request more than the server needed. "Inside the server" is from the row\'s creation to the commit that makes it ready. ' +
  'The first clip of a source stands apart: it finds out which encoder settings reproduce the source\'s parameter sets.';

export async function measure(scene) {
  const facts = [];
  const verdicts = [];
  for (const bFrames of [true, false]) {
    const kind = bFrames ? 'three B-frames' : 'no B-frames';
    const { first, later } = await one(scene, await scene.tenMinutes({ bFrames }));
    const ms = later.map((clip) => clip.readyMs);
    facts.push(
      fact(`${kind}: request to ready`, ms, 'ms'),
      fact(`${kind}: the same inside the server`, later.map((clip) => clip.insideMs), 'ms'),
      fact(`${kind}: first clip of a source`, first.map((clip) => clip.readyMs), 'ms'),
      fact(`${kind}: one poll's own time`, later.flatMap((clip) => clip.askMs), 'ms'),
      fact(`${kind}: frames encoded`, later.map((clip) => clip.asset.cut.encoded_frames), 'frames'),
    );
    verdicts.push(
      atMost(`${kind}, median`, 500, median(ms), 'ms'),
      atMost(`${kind}, 95th percentile`, 1000, quantile(ms, 0.95), 'ms'),
    );
  }
  return { facts, verdicts };
}

async function one(scene, file) {
  const { clips, firstClips, tenMinutes } = scene.sizes;
  const { api } = await scene.server();
  const times = clipTimes(tenMinutes, [5, 60]);
  const first = [];
  let asset;
  for (let i = 0; i < firstClips; i++) {
    ({ asset } = await api.take(file));
    first.push(await api.clip(asset.id, ...times()));
  }
  const later = [];
  for (let i = 0; i < clips; i++) later.push(await api.clip(asset.id, ...times()));
  return { first, later };
}
