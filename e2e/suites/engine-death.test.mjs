// An engine that dies: a clean error when it dies every time, and recovery as soon as it does not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enginesOf, exchangeable } from '../lib/engine.mjs';
import { check } from '../lib/framecode.mjs';
import { ordinary } from '../lib/media.mjs';
import { askClip, clip, connect, ended, links, pid, ready, take, upload } from '../lib/mux.mjs';
import { get } from '../lib/http.mjs';
import { media } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { Server } from '../lib/server.mjs';

test('dying every time, it fails the clip in words; once it lives, the same clip is cut', async () => {
  const engine = await exchangeable();
  const server = await Server.start({ env: { SUBCLIP_FFMPEG: engine.program } });
  const mux = connect(server);
  const source = await take(mux, await ordinary());

  engine.die();
  const failed = await ended(mux, (await askClip(mux, source.id, 1.1, 3.1)).id, 180_000);
  assert.equal(failed.status, 'errored');
  const words = failed.errors.messages.join(' ');
  assert.ok(words.length > 10, words);
  assert.doesNotMatch(words, /panicked|Error \{|SIG|half a pic/);
  server.assertWell();
  const lines = (level) => server.log().split('\n').filter((line) => line.includes(level));
  assert.ok(lines('WARN').some((line) => /tried again/.test(line)), 'each try but the last is a warning');
  assert.equal(lines('ERROR').length, 1, lines('ERROR').join('\n'));
  assert.match(lines('ERROR')[0], /failed for good.*signal/);
  await check(links(server, source).hls, 0, 299, 30);
  // What needs no engine is made without one.
  await check(links(server, await clip(mux, source.id, 2, 4)).hls, 60, 119, 30);

  engine.live();
  await check(links(server, await clip(mux, source.id, 1.1, 3.1)).hls, 33, 92, 30);
  await server.stop();
});

test('dying or missing while a picture is made, it has viewers come back, and what makes no picture stays refused', async () => {
  const engine = await exchangeable();
  const server = await Server.start({ env: { SUBCLIP_FFMPEG: engine.program } });
  const mux = connect(server);
  const thumbnail = `${server.url}/${pid(await take(mux, await ordinary()))}/thumbnail.jpg`;
  for (const [how, patience] of [['die', 2], ['go', 60]]) {
    engine[how]();
    const answer = await get(`${thumbnail}?time=1`);
    assert.equal(answer.status, 503, `${how}: ${answer.body}`);
    assert.equal(answer.headers['retry-after'], String(patience));
    const [words] = JSON.parse(answer.body).error.messages;
    assert.match(words, /\w{4}.*\.$/);
    assert.doesNotMatch(words, /signal|\/|inside the server/, 'nothing of the machine is told');
    assert.equal((await get(`${thumbnail}?time=-1`)).status, 400);
  }
  engine.live();
  assert.equal((await get(`${thumbnail}?time=1`)).status, 200);
  await server.stop();
});

test('killed at work, it leaves the server standing, and the file is taken in at the next try', async () => {
  const server = await Server.start();
  const mux = connect(server);
  const asset = await upload(mux, media('crystal.webm'));
  let killed = 0;
  while (killed < 2) {
    const victim = await until('an engine is at work, or the asset has ended', async () =>
      enginesOf(server)[0] ?? ((await mux.video.assets.retrieve(asset.id)).status !== 'preparing' && 'ended'), { everyMs: 20 });
    if (victim === 'ended') break;
    process.kill(victim, 'SIGKILL');
    killed += 1;
    await until('it is gone', () => !enginesOf(server).includes(victim), { everyMs: 10 });
  }
  assert.ok(killed > 0, 'the asset ended before any engine was seen');
  const first = await ended(mux, asset.id, 240_000);
  if (first.status === 'errored') assert.ok(first.errors.messages.join(' ').length > 10);
  server.assertWell();
  await ready(mux, (await upload(mux, media('crystal.webm'))).id);
  await server.stop();
});
