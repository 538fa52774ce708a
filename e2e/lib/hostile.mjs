// Damaged media through a server: it neither dies nor hangs nor swells, and every asset ends, well or with a reason.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ask, get } from './http.mjs';
import { aac, coded, derived, x264 } from './media.mjs';
import { connect, ended, pid, playable, uploaded } from './mux.mjs';
import { mutate } from './mutate.mjs';
import { mediaNames, scope } from './playlist.mjs';
import { inParallel } from './poll.mjs';
import { seeded } from './random.mjs';
import { Server } from './server.mjs';

/** What the server itself may hold at most, whatever it is fed: the files are under 300 kB. */
const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;

/** Small files of every container, so that damage hits structure often. */
async function fixtures() {
  const small = { frames: 60, size: '320x180' };
  const h264 = [...x264(30, '-bf', '2'), ...aac];
  return Promise.all([
    coded({ ...small, options: [...h264, '-movflags', '+faststart'] }),
    coded({ ...small, options: h264 }),
    coded({ ...small, options: [...h264, '-movflags', '+frag_keyframe+empty_moov+default_base_moof'] }),
    coded({ ...small, options: h264, extension: 'mov' }),
    coded({ ...small, options: h264, extension: 'mkv' }),
    coded({ ...small, options: h264, extension: 'ts' }),
    coded({ ...small, options: h264, extension: 'flv' }),
    coded({ ...small, options: ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libvorbis'], extension: 'webm' }),
    derived('viper.mp3', ['-t', '5', '-c', 'copy'], 'mp3'),
  ]);
}

/** Sends `count` damaged files; gives how many became ready and how many errored. */
export async function hostileFiles({ count, seed = 11, jobs = 4, say = () => {} }) {
  const originals = (await fixtures()).map((file) => ({ name: file.split('.').pop(), bytes: readFileSync(file) }));
  const server = await Server.start();
  const mux = connect(server);
  const counts = { ready: 0, errored: 0 };
  await inParallel([...Array(count).keys()], jobs, async (n) => {
    const random = seeded(seed * 1_000_003 + n);
    const { name, bytes } = random.pick(originals);
    const { kind, damaged } = mutate(bytes, random);
    const label = `file ${n} of seed ${seed} (${name}, ${kind})`;
    try {
      const asset = await feed(mux, damaged);
      if (!asset) return void (counts.errored += 1);
      if (asset.status === 'errored') assert.ok(asset.errors.messages.join('').length > 5, 'errored without a reason');
      else await playsOrRefuses(server, asset);
      counts[asset.status] += 1;
      await mux.video.assets.delete(asset.id);
      server.assertWell();
    } catch (error) {
      throw new Error(`${label}: ${error.message}`);
    }
    if ((n + 1) % 50 === 0) say(`${n + 1} of ${count}: ${JSON.stringify(counts)}, at most ${Math.round(server.peakMemory() / 1e6)} MB`);
  });
  const peak = server.peakMemory();
  assert.ok(peak < MEMORY_LIMIT_BYTES, `the server held ${peak} bytes`);
  server.assertWell();
  await server.stop();
  return { ...counts, peak };
}

/** The asset made of these bytes, when it has ended; null where the upload itself was refused. */
async function feed(mux, body) {
  const upload = await mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
  const put = await ask('PUT', upload.url, { body });
  if (put.status >= 400) {
    assert.ok(put.status < 500, `PUT: ${put.status}`);
    return null;
  }
  return ended(mux, (await uploaded(mux, upload.id)).id);
}

/** What claims to be ready has to answer: every address it names, without a 500. */
async function playsOrRefuses(server, asset) {
  const base = `${server.url}/${pid(asset)}`;
  for (const path of ['.m3u8', '.mpd', ...mediaNames, `${scope}/video/1.m4s`, '/highest.mp4', '/audio.m4a', '/thumbnail.jpg']) {
    const { status } = await get(base + path);
    assert.ok(status < 500, `${path}: ${status}`);
  }
}
