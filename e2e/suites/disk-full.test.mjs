// A disk that is full: a clean error, nothing broken, and work as before once there is room again.
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { ask } from '../lib/http.mjs';
import { aac, coded, ordinary, x264 } from '../lib/media.mjs';
import { clip, connect, links, playable, ready, take, upload, uploaded } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { must } from '../lib/run.mjs';
import { Server } from '../lib/server.mjs';

/** A file system in memory: so many megabytes, and more or fewer when asked for. */
class Disk {
  static async mount(name, megabytes) {
    const disk = new Disk();
    disk.path = join(scratch('disk'), name);
    mkdirSync(disk.path);
    await asRoot('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=777`, 'subclip-test', disk.path);
    return disk;
  }

  async usedBytes() {
    return parseInt((await must('df', ['--output=used', '-k', this.path])).stdout.split('\n')[1], 10) * 1024;
  }

  resize(megabytes) {
    return asRoot('mount', '-o', `remount,size=${Math.ceil(megabytes * 1024)}k`, this.path);
  }

  async leaveOneMegabyte() {
    await this.resize((await this.usedBytes()) / 2 ** 20 + 1);
  }

  unmount() {
    return asRoot('umount', this.path);
  }
}

function asRoot(...command) {
  const [program, ...args] = process.getuid() === 0 ? command : ['sudo', '-n', ...command];
  return must(program, args);
}

const disk = await Disk.mount('small', 16);
const server = await Server.start({ data: join(disk.path, 'data') });
const mux = connect(server);
after(async () => {
  await server.stop();
  await disk.unmount();
});

/** 20 s at 9 Mbit/s: does not fit. */
const large = () =>
  coded({ frames: 600, size: '1280x720', options: [...x264(60, '-b:v', '9M', '-minrate', '9M', '-maxrate', '9M', '-bufsize', '9M',
    '-x264-params', 'nal-hrd=cbr'), ...aac] });

let source;
test('before it is full all is well', async () => {
  source = await take(mux, await ordinary());
  const made = await clip(mux, source.id, 1.1, 3.1);
  await check(links(server, made).hls, 33, 92, 30);
});

test('an upload that does not fit is refused in words, and the server lives', async () => {
  const bytes = readFileSync(await large());
  assert.ok(bytes.length > 17e6, `${bytes.length} bytes would fit`);
  const made = await mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
  const answer = await ask('PUT', made.url, { body: bytes }).catch((error) => ({ status: error.code }));
  // The server may answer before it has read all that is sent, and close.
  assert.ok([500, 503, 507, 'EPIPE', 'ECONNRESET'].includes(answer.status), `${answer.status} ${answer.body}`);
  server.assertWell();
  const after = await mux.video.uploads.retrieve(made.id);
  assert.ok(['waiting', 'errored'].includes(after.status), after.status);
});

test('what was there still plays and can be listed', async () => {
  assert.equal((await mux.video.assets.list()).data.length >= 2, true);
  await check(links(server, source).mp4, 0, 299, 30);
});

test('with room again, uploads and clips work as before', async () => {
  await disk.resize(200);
  const asset = await take(mux, await large());
  const made = await clip(mux, asset.id, 2.1, 5.1);
  await check(links(server, made).mp4, 63, 152, 30);
});

test('ingesting on a disk that fills up waits for room', async () => {
  const awkward = await coded({ frames: 600, size: '1280x720', options: ['-c:v', 'mpeg4', '-q:v', '2', ...aac], extension: 'avi' });
  const before = server.log().length;
  const made = await upload(mux, awkward);
  // Room for the upload, and not for the 3 MB that are made of it.
  await disk.leaveOneMegabyte();
  await until('the disk is full', () => /a job failed and is tried again.*is full/.test(server.log().slice(before)), { withinMs: 240_000 });
  await disk.resize(400);
  await ready(mux, made.id, 240_000);
  server.assertWell();
  const again = await upload(mux, awkward);
  await ready(mux, (await uploaded(mux, again.upload_id)).id);
});

test('what is answered while the disk is full, and after, is kept', async () => {
  await disk.leaveOneMegabyte();
  const filler = join(disk.path, 'filler');
  fill(filler);
  const waiting = [];
  let refused = 0;
  const unlessFull = async (request) => {
    try {
      return await request;
    } catch (error) {
      assert.equal(error.status, 503, String(error));
      assert.equal(error.error.error.type, 'storage_full');
      refused += 1;
    }
  };
  for (let round = 0; round < 4; round++) {
    await unlessFull(mux.video.assets.update(source.id, { passthrough: `round ${round}` }));
    const made = await unlessFull(mux.video.uploads.create({ cors_origin: '*' }));
    if (made) waiting.push(made.id);
  }
  assert.ok(refused > 0, 'nothing was refused');
  rmSync(filler);
  waiting.push((await mux.video.uploads.create({ cors_origin: '*' })).id);
  await mux.video.assets.update(source.id, { passthrough: 'room again' });
  const tokens = await server.command('token', 'list');
  assert.equal(tokens.code, 0, tokens.stderr);
  await server.restart();
  assert.equal((await mux.video.assets.retrieve(source.id)).passthrough, 'room again');
  for (const id of waiting) assert.equal((await mux.video.uploads.retrieve(id)).status, 'waiting');
});

test('a cut that does not fit says so at once, and leaves nothing', async (t) => {
  const disk = await Disk.mount('for-a-cut', 40);
  t.after(() => disk.unmount());
  // The input is on the disk, so that it need not be copied; half of it is more than there is room for.
  const input = join(disk.path, 'input.mp4');
  copyFileSync(await large(), input);
  await disk.leaveOneMegabyte();
  const done = await server.command('cut', input, join(disk.path, 'out.mp4'), '--from', '1.1', '--to', '11.1');
  assert.equal(done.code, 1, done.stderr);
  assert.match(done.stderr, /full|[Nn]o space/);
  assert.deepEqual(readdirSync(disk.path), ['input.mp4']);
});

/** Writes until not even one more page fits. */
function fill(path) {
  const file = openSync(path, 'a');
  for (const size of [2 ** 20, 4096]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    }
  }
  closeSync(file);
}
