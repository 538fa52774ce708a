// An engine that dies: a clean error when it dies every time, and recovery as soon as it does not.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { ordinary } from '../lib/media.mjs';
import { askClip, clip, connect, ended, links, pid, ready, take, upload } from '../lib/mux.mjs';
import { get } from '../lib/http.mjs';
import { media, scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { must } from '../lib/run.mjs';
import { Server } from '../lib/server.mjs';

const folder = scratch('engine');

/** An FFmpeg of the test's own, exchangeable while the server runs. The sandbox lets it start no shell: both are programs. */
async function twoEngines() {
  const program = join(folder, 'ffmpeg');
  const real = (await must('sh', ['-c', 'command -v ffmpeg'])).stdout.trim();
  const source = join(folder, 'dies.c');
  writeFileSync(source, '#include <stdio.h>\nint main(void) { fputs("half a pic", stdout); fflush(stdout); __builtin_trap(); }\n');
  await must('cc', ['-o', join(folder, 'dies'), source]);
  const become = (from) => {
    copyFileSync(from, `${program}.new`);
    chmodSync(`${program}.new`, 0o755);
    renameSync(`${program}.new`, program);
  };
  become(real);
  return { program, die: () => become(join(folder, 'dies')), live: () => become(real), go: () => rmSync(program) };
}

test('dying every time, it fails the clip in words; once it lives, the same clip is cut', async () => {
  const engine = await twoEngines();
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
  const engine = await twoEngines();
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
  for (let kill = 0; kill < 2; kill++) {
    const victim = await until('an engine is at work, or the asset has ended', async () =>
      engineOf(server.pid) ?? ((await mux.video.assets.retrieve(asset.id)).status !== 'preparing' && 'ended'), { everyMs: 20 });
    if (victim === 'ended') break;
    process.kill(victim, 'SIGKILL');
    await until('it is gone', () => engineOf(server.pid) !== victim, { everyMs: 10 });
  }
  const first = await ended(mux, asset.id, 240_000);
  if (first.status === 'errored') assert.ok(first.errors.messages.join(' ').length > 10);
  server.assertWell();
  await ready(mux, (await upload(mux, media('crystal.webm'))).id);
  await server.stop();
});

/** The process id of an FFmpeg among the server's descendants. */
function engineOf(serverPid) {
  const parents = new Map();
  let engines = [];
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    let stat;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue; // It ended while we looked.
    }
    const [, command, rest] = /\((.*)\) (.*)/s.exec(stat);
    const [state, parent] = rest.split(' ');
    parents.set(Number(name), Number(parent));
    if (command === 'ffmpeg' && state !== 'Z') engines.push(Number(name));
  }
  const descends = (pid) => pid > 1 && (pid === serverPid || descends(parents.get(pid) ?? 0));
  return engines.find(descends);
}
