// The command line: what it makes, what it says, how it exits.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get, json } from '../lib/http.mjs';
import { coded, joined, ordinary, x264 } from '../lib/media.mjs';
import { connect, links, ready, take } from '../lib/mux.mjs';
import { binary, media, scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { ffmpeg, run } from '../lib/run.mjs';
import { Server, freePort } from '../lib/server.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const folder = scratch('cli');
const subclip = (...args) => run(binary, args, { cwd: folder, withinMs: 120_000 });

/** Fails unless the command fails with one sentence on stderr, and without a trace of its inside. */
async function failsIn(words, ...args) {
  const done = await subclip(...args);
  assert.ok(done.code > 0 && done.code < 128, `exit ${done.code ?? done.signal}`);
  assert.match(done.stderr, words);
  assert.doesNotMatch(done.stderr, /panicked|RUST_BACKTRACE|Error \{/);
  return done;
}

describe('help', () => {
  test('names every command', async () => {
    const done = await subclip('--help');
    assert.equal(done.code, 0);
    for (const command of ['serve', 'cut', 'inspect', 'token', 'webhook', 'asset', 'gc']) assert.match(done.stdout, new RegExp(`\\b${command}\\b`), command);
    assert.match((await subclip('--version')).stdout, /^subclip \d+\.\d+\.\d+/);
  });

  test('of every command says what it does', async () => {
    for (const args of [['serve'], ['cut'], ['inspect'], ['token'], ['token', 'create'], ['webhook', 'create'], ['asset', 'add'], ['gc']]) {
      const done = await subclip(...args, '--help');
      assert.equal(done.code, 0, args.join(' '));
      assert.ok(done.stdout.length > 100, args.join(' '));
    }
  });

  test('follows a mistake', async () => {
    assert.equal((await subclip('sreve')).code, 2);
    assert.equal((await subclip('cut')).code, 2);
    assert.equal((await subclip('cut', 'a', 'b', '--from', '1', '--frames', '1..2')).code, 2);
  });
});

describe('serve', () => {
  test('goes on when what it prints and logs is not read any more', async (t) => {
    for (const stdio of [['ignore', 'pipe', 'ignore'], ['ignore', 'pipe', 'pipe']]) {
      const port = await freePort();
      const env = { ...process.env, SUBCLIP_DATA: scratch('unread'), SUBCLIP_LISTEN: `127.0.0.1:${port}`, SUBCLIP_LOG: 'debug' };
      const server = spawn(binary, ['serve'], { env, stdio });
      const ended = new Promise((resolve) => server.on('exit', (code, signal) => resolve({ code, signal })));
      t.after(() => server.kill('SIGKILL'));
      server.stdout.destroy();
      server.stderr?.destroy();
      await until('it answers', async () => (await get(`http://127.0.0.1:${port}/health`).catch(() => null))?.status === 200, { everyMs: 25 });
      assert.equal((await get(`http://127.0.0.1:${port}/health`)).status, 200);
      server.kill('SIGTERM');
      assert.deepEqual(await ended, { code: 0, signal: null });
    }
  });
});

describe('cut', () => {
  test('by times, and says what was copied and encoded', async () => {
    const done = await subclip('cut', await ordinary(), 'times.mp4', '--from', '1.1', '--to', '6.2');
    assert.equal(done.code, 0, done.stderr);
    await check(join(folder, 'times.mp4'), 33, 185, 30);
    assert.match(done.stdout + done.stderr, /\d+ .*copied|copied.*\d+/i);
    assert.match(done.stdout + done.stderr, /\d+ .*encoded|encoded.*\d+/i);
  });

  test('by frames, the last one excluded', async () => {
    const done = await subclip('cut', await ordinary(), 'frames.mp4', '--frames', '100..101');
    assert.equal(done.code, 0, done.stderr);
    await check(join(folder, 'frames.mp4'), 100, 100);
  });

  test('on times as people write them', async () => {
    for (const [from, to] of [['0:01.1', '0:06.2'], ['00:00:01.100', '00:00:06.200']]) {
      const done = await subclip('cut', await ordinary(), 'clock.mp4', '--force', '--from', from, '--to', to);
      assert.equal(done.code, 0, done.stderr);
      await check(join(folder, 'clock.mp4'), 33, 185, 30);
    }
  });

  test('says when the input had to be converted first, and why', async () => {
    const parts = ['--force', '--frames', '172..181'];
    const plain = await subclip('cut', await ordinary(), 'converted.mp4', ...parts);
    assert.doesNotMatch(plain.stdout, /first/);
    const { stdout } = await subclip('cut', await joined('-coder', 'vlc'), 'converted.mp4', ...parts);
    assert.match(stdout, /all of the input was encoded first, because\n  the key frame at byte \d+ brings/);
    await check(join(folder, 'converted.mp4'), 172, 180, 30);
    const stream = await coded({ frames: 150, extension: 'ts', options: x264(50, '-bf', '0') });
    const copied = await subclip('cut', stream, 'converted.mp4', '--force', '--frames', '22..31');
    assert.match(copied.stdout, /input was (copied|encoded) first/);
    await check(join(folder, 'converted.mp4'), 22, 30, 30);
  });

  test('of nonsense fails in a sentence and leaves no file', async () => {
    const file = await ordinary();
    await failsIn(/nowhere\.mp4/, 'cut', 'nowhere.mp4', 'out.mp4', '--from', '0', '--to', '1');
    await failsIn(/\w/, 'cut', media('README.md'), 'out.mp4', '--from', '0', '--to', '1');
    await failsIn(/\w/, 'cut', file, 'out.mp4', '--from', '3', '--to', '2');
    await failsIn(/\w/, 'cut', file, 'out.mp4', '--from', '100', '--to', '200');
    await failsIn(/\w/, 'cut', file, 'out.mp4', '--frames', '500..600');
    await failsIn(/\w/, 'cut', file, 'out.mp4', '--from', 'soon', '--to', 'late');
    await failsIn(/no\/such/, 'cut', file, 'no/such/out.mp4', '--from', '0', '--to', '1');
    assert.ok(!existsSync(join(folder, 'out.mp4')));
  });

  test('writes over nothing unless told to', async () => {
    writeFileSync(join(folder, 'there.mp4'), 'precious');
    await failsIn(/there\.mp4/, 'cut', await ordinary(), 'there.mp4', '--from', '1', '--to', '2');
    assert.equal(readFileSync(join(folder, 'there.mp4'), 'utf8'), 'precious');
    assert.equal((await subclip('cut', await ordinary(), 'there.mp4', '--force', '--from', '1', '--to', '2')).code, 0);
    await check(join(folder, 'there.mp4'), 30, 59, 30);
  });

  test('onto itself is refused and harms nothing', async () => {
    const own = join(folder, 'own.mp4');
    const before = readFileSync(await ordinary());
    writeFileSync(own, before);
    await failsIn(/own\.mp4/, 'cut', own, own, '--from', '1', '--to', '2');
    assert.ok(readFileSync(own).equals(before));
    const forced = await subclip('cut', own, own, '--force', '--from', '1', '--to', '2');
    if (forced.code === 0) await check(own, 30, 59, 30);
    else assert.ok(readFileSync(own).equals(before));
  });
});

describe('inspect', () => {
  test('shows tracks, GOPs and whether it conforms', async () => {
    const done = await subclip('inspect', await ordinary());
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /640\s*[x×]\s*360/);
    assert.match(done.stdout, /h\.?264|avc/i);
    assert.match(done.stdout, /aac/i);
    assert.match(done.stdout, /gop/i);
    assert.match(done.stdout, /conform/i);
  });

  test('says why not', async () => {
    const done = await subclip('inspect', media('crystal.webm'));
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /vp8|webm|matroska/i);
  });

  test('says of a file what the server finds in it', async () => {
    const refreshed = x264(50, '-bf', '0', '-x264-params', 'intra-refresh=1');
    for (const [file, words] of [
      [await ordinary(), null],
      [await coded({ frames: 150, audio: false, options: refreshed }), /is not an IDR picture/],
      [await joined('-coder', 'vlc'), /key frame at byte \d+ brings/],
    ]) {
      const told = JSON.parse((await subclip('inspect', file, '--json')).stdout);
      assert.equal(told.conforming, !words, file);
      if (words) assert.match(told.reasons.join(), words);
      const { id } = await take(site.mux, file);
      const { json: asset } = await json('GET', `${site.url}/v1/assets/${id}`, token);
      assert.deepEqual(told.reasons, asset.input.file.not_conforming);
    }
  });

  test('speaks JSON', async () => {
    for (const file of [await ordinary(), media('crystal.webm'), media('viper.mp3')]) {
      const done = await subclip('inspect', file, '--json');
      assert.equal(done.code, 0, done.stderr);
      const told = JSON.parse(done.stdout);
      assert.ok(Array.isArray(told.tracks) && told.tracks.length > 0);
      assert.equal(typeof told.conforming, 'boolean');
      if (!told.conforming) assert.ok(JSON.stringify(told).length > 50);
    }
  });

  test('of what is no media fails in a sentence', async () => {
    await failsIn(/\w/, 'inspect', media('README.md'));
    await failsIn(/nowhere/, 'inspect', 'nowhere.mp4');
  });
});

describe('asset add, interrupted', () => {
  /** Starts it, and gives what it said once it ended. */
  function add(file, data) {
    const child = spawn(binary, ['asset', 'add', file, '--data', data], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (chunk) => (said += chunk));
    const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, said })));
    return { child, ended };
  }
  /** All files but the one that says whose the media are. */
  const files = (data, under) => {
    const at = join(data, under);
    const all = existsSync(at) ? readdirSync(at, { recursive: true, withFileTypes: true }) : [];
    return all.filter((entry) => entry.isFile() && entry.name !== 'owner');
  };
  const works = (data) => files(data, 'work').some((entry) => (entry.parentPath ?? entry.path).endsWith('/out'));
  /** Twenty minutes that can't be cut as they are. */
  async function slow() {
    const file = join(folder, 'slow.webm');
    await ffmpeg(['-stream_loop', '100', '-i', media('crystal.webm'), '-c', 'copy', '-t', '1200', file]);
    return file;
  }

  test('while it reads the file, adds nothing', async () => {
    const [file, data] = [join(folder, 'large.mp4'), join(folder, 'reading')];
    writeFileSync(file, 'x');
    truncateSync(file, 200 * 2 ** 30);
    const { child, ended } = add(file, data);
    const staged = () => files(data, 'media/staging').some((entry) => statSync(join(entry.parentPath ?? entry.path, entry.name)).size > 0);
    await until('the first bytes are there', staged, { everyMs: 5 });
    child.kill('SIGINT');
    const { code, said } = await ended;
    assert.equal(code, 1, said);
    assert.match(said, /^subclip: stopped; nothing was added\n$/);
    assert.deepEqual(files(data, 'media'), []);
  });

  test('while it works on the asset, adds nothing', async () => {
    const data = join(folder, 'working');
    const { child, ended } = add(await slow(), data);
    await until('the engine works', () => works(data));
    child.kill('SIGTERM');
    const { code, said } = await ended;
    assert.equal(code, 1, said);
    assert.match(said, /^subclip: stopped; nothing was added\n$/);
    assert.deepEqual(files(data, 'media'), []);
  });

  test('while a server that came later is there, adds nothing; and that is in charge from then on', async () => {
    const data = join(folder, 'shared');
    const file = await slow();
    const first = add(file, data);
    await until('the engine works', () => works(data));
    const server = await Server.start({ data });
    first.child.kill('SIGINT');
    assert.match((await first.ended).said, /^subclip: stopped; nothing was added\n$/);
    const name = readFileSync(join(data, 'worker'), 'utf8');
    await until('the server is in charge', () => readFileSync(join(data, 'worker'), 'utf8') !== name);
    const second = add(file, data);
    await until('the engine works', () => works(data));
    second.child.kill('SIGINT');
    assert.match((await second.ended).said, /the process that works on this data folder goes on/);
    assert.equal((await server.stop()).code, 0);
  });

  test('while a server works on the asset, leaves it to that', async () => {
    const { child, ended } = add(await slow(), site.server.data);
    const asset = await until('the asset is there', async () => {
      const [newest] = (await site.mux.video.assets.list()).data;
      return newest?.status === 'preparing' && newest;
    });
    child.kill('SIGINT');
    const { code, said } = await ended;
    assert.equal(code, 1, said);
    assert.match(said, /^subclip: stopped; the process that works on this data folder goes on with the asset \w+\n$/);
    assert.ok(said.includes(asset.id), `${said} ${asset.id}`);
    assert.equal((await site.mux.video.assets.retrieve(asset.id)).status, 'preparing');
    await site.mux.video.assets.delete(asset.id);
  });
});

describe('on a server’s data', () => {
  test('a token is made, works, is listed without its secret, and is revoked', async () => {
    const made = await site.server.command('token', 'create');
    assert.equal(made.code, 0, made.stderr);
    const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(made.stdout)[0];
    const secret = made.stdout.split(/[\s:]+/).filter((word) => word.length >= 20 && !word.includes(id)).pop();
    const mux = connect(site.server, { id, secret });
    await mux.video.assets.list();

    const listed = await site.server.command('token', 'list');
    assert.match(listed.stdout, new RegExp(id));
    assert.ok(!listed.stdout.includes(secret));

    assert.equal((await site.server.command('token', 'revoke', id)).code, 0);
    await assert.rejects(mux.video.assets.list(), { status: 401 });
    assert.notEqual((await site.server.command('token', 'revoke', id)).code, 0);
  });

  test('a file is added and becomes an asset', async () => {
    const done = await site.server.command('asset', 'add', media('rabbit.mp4'));
    assert.equal(done.code, 0, done.stderr);
    const listed = await site.mux.video.assets.list();
    const asset = await ready(site.mux, listed.data[0].id);
    assert.ok(Math.abs(asset.duration - 7.8) < 0.1);
    if (asset.playback_ids?.length) assert.equal((await fetch(links(site.server, asset).hls)).status, 200);
    assert.notEqual((await site.server.command('asset', 'add', 'nowhere.mp4')).code, 0);
  });

  test('gc may run beside the server', async () => {
    const done = await site.server.command('gc');
    assert.equal(done.code, 0, done.stderr);
    await site.mux.video.assets.list();
  });

  test('gc touches no store that belongs to another database', async () => {
    const files = () => readdirSync(join(site.server.data, 'media', 'objects'), { recursive: true }).sort();
    const before = files();
    const other = join(site.server.folder, 'other.db');
    const missing = await site.server.command('gc', '--database-url', `sqlite:${other}`);
    assert.notEqual(missing.code, 0);
    assert.match(missing.stderr, /no database/);
    assert.equal(existsSync(other), false, 'looking for a database makes none');
    const made = await site.server.command('token', 'create', '--database-url', `sqlite:${other}`);
    assert.equal(made.code, 1);
    assert.ok(existsSync(other));
    const refused = await site.server.command('gc', '--database-url', `sqlite:${other}`);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /belongs to another database/);
    assert.deepEqual(files(), before);
    assert.ok(before.length > 0);
  });
});
