// Parts of an asset played without making a clip: exact to the frame, at once, by query or by token.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { added, contents } from '../lib/folder.mjs';
import { get } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { Mux, clip, connect, pid, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { walk } from '../lib/playlist.mjs';
import { until } from '../lib/poll.mjs';
import { must } from '../lib/run.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer({ env: { SUBCLIP_LOG: 'info,subclip_app=debug' } });
const fps = 30;
let source;
let id;
const hls = (playback, start, end) => `${site.url}/${playback}.m3u8?asset_start_time=${start}&asset_end_time=${end}`;

before(async () => {
  source = await take(site.mux, await ordinary());
  id = pid(source);
});

test('plays the frames asked for and no other, wherever it is cut', async () => {
  // Inside GOPs at both ends, on key frames, within one GOP, a single frame, up to the end.
  for (const [first, end] of [[47, 230], [60, 180], [65, 100], [31, 32], [200, 300]]) {
    await check(hls(id, first / fps, end / fps), first, end - 1, fps);
    await check(`${site.url}/${id}/highest.mp4?asset_start_time=${first / fps}&asset_end_time=${end / fps}`, first, end - 1, fps);
  }
  await check(`${site.url}/${id}.m3u8?asset_start_time=${250 / fps}`, 250, 299, fps);
  await check(`${site.url}/${id}.m3u8?asset_end_time=${50 / fps}`, 0, 49, fps);
});

test('is what the SDK asks for', async () => {
  const answer = await site.mux.video.playback.hls(id, { asset_start_time: 1.5, asset_end_time: 4.25 });
  const text = await answer.text();
  assert.match(text, /^#EXTM3U\n/);
  const { playlists } = await walk(hls(id, 1.5, 4.25));
  for (const { text, segments, ended, vod } of playlists) {
    assert.ok(ended && vod, text);
    const seconds = segments.reduce((sum, { duration }) => sum + duration, 0);
    assert.ok(Math.abs(seconds - 2.75) < 0.05, `${seconds}`);
  }
});

/** How many edges were encoded by now. */
const encoded = () => site.server.log().split('an edge was encoded').length - 1;
/** What the cache holds of it all. */
const cached = () => Object.keys(contents(site.server.data)).filter((path) => /^cache\/..\//.test(path));

test('is encoded once, however often it is put out of memory', async () => {
  const playlist = hls(id, 41 / fps, 161 / fps);
  const all = async () => {
    const { urls } = await walk(playlist);
    const answers = await Promise.all(urls.map((url) => get(url)));
    for (const { status } of answers) assert.equal(status, 200);
    return { urls, bodies: answers.map(({ body }) => body.toString('base64')) };
  };
  const before = encoded();
  const first = await all();
  const known = encoded();
  assert.equal(known, before + 2, 'both of its edges');
  await site.server.restart();
  site.mux = connect(site.server);
  assert.deepEqual(await all(), first);
  assert.equal(encoded(), known);
});

test('leaves nothing in the cache when its source is deleted', async () => {
  const before = cached();
  const gone = await take(site.mux, await ordinary());
  await check(hls(pid(gone), 41 / fps, 161 / fps), 41, 160, fps);
  await until('its edges are kept', () => cached().length >= before.length + 2);
  await site.mux.video.assets.delete(gone.id);
  const done = await site.server.command('gc');
  assert.equal(done.code, 0, done.stderr);
  await until('they are gone', () => cached().length === before.length);
});

test('stores nothing', async () => {
  const before = contents(site.server.data);
  for (let n = 0; n < 5; n++) await check(hls(id, (33 + n) / fps, (111 + n) / fps), 33 + n, 110 + n, fps);
  assert.deepEqual(added(before, contents(site.server.data)).filter((path) => !path.startsWith('cache/')), []);
});

test('is asked for by many at once', async () => {
  const lists = await Promise.all(Array.from({ length: 20 }, () => walk(hls(id, 22 / fps, 222 / fps))));
  for (const { urls } of lists) assert.deepEqual(urls, lists[0].urls);
  const bodies = await Promise.all(lists[0].urls.flatMap((url) => [get(url), get(url)]));
  for (const { status } of bodies) assert.equal(status, 200);
});

test('of a clip, in discontinuous form, and joined under one init', async () => {
  const cut = await clip(site.mux, source.id, 40 / fps, 250 / fps);
  // Through the clip's own edges: frames 10 to 205 of it are 50 to 245 of its source.
  for (const join of ['one-init', 'discontinuity']) {
    const url = `${hls(pid(cut), 10 / fps, 205 / fps)}&join=${join}`;
    const { urls, playlists } = await walk(url);
    assert.ok(urls.length > 4 && playlists.length === 2);
    for (const address of urls) assert.equal((await get(address)).status, 200, address);
  }
  await check(hls(pid(cut), 10 / fps, 205 / fps), 50, 244, fps);
});

test('of real footage with sparse key frames', async () => {
  const crystal = await take(site.mux, media('crystal.mp4'));
  const count = async (url) => parseInt((await must('ffprobe', ['-v', 'error', '-count_packets', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', url])).stdout, 10);
  assert.equal(await count(hls(pid(crystal), 31 / 30, 331 / 30)), 300);
});

test('names who made its edges in the addresses that are kept for ever', async () => {
  const { urls } = await walk(hls(id, 47 / fps, 230 / fps));
  const [, mark] = urls[0].match(/\/p5\/\d+-\d+-([0-9a-f]{8})\//);
  const other = mark.replace(/./, (digit) => (digit === '0' ? '1' : '0'));
  for (const address of urls) {
    assert.ok(address.includes(`-${mark}/`), address);
    for (const scope of [`-${other}/`, '/']) assert.equal((await get(address.replace(`-${mark}/`, scope))).status, 404, address);
  }
  // Between key frames of what is stored, nothing is made.
  for (const address of (await walk(hls(id, 60 / fps, 180 / fps))).urls) assert.match(address, /\/p5\/\d+-\d+\//);
});

test('refuses what is no part', async () => {
  for (const query of ['asset_start_time=x', 'asset_start_time=-1', 'asset_start_time=5&asset_end_time=4', 'asset_start_time=10', 'asset_start_time=1000',
    'asset_end_time=0', 'asset_start_time=NaN', 'program_start_time=1700000000']) {
    const answer = await get(`${site.url}/${id}.m3u8?${query}`);
    assert.equal(answer.status, 400, query);
    assert.equal(JSON.parse(answer.body).error.type, 'invalid_parameters');
  }
  await assert.rejects(site.mux.video.playback.hls(id, { asset_start_time: 20 }), Mux.BadRequestError);
});

describe('signed', () => {
  let key;
  let signed;
  const token = (params) => key.for(signed, { params });

  before(async () => {
    const made = await site.mux.system.signingKeys.create();
    key = { for: (playback, more) => site.mux.jwt.signPlaybackId(playback, { keyId: made.id, keySecret: made.private_key, expiration: '1h', ...more }) };
    signed = (await site.mux.video.assets.createPlaybackId(source.id, { policy: 'signed' })).id;
  });

  test('opens the part in the token, and nothing beside it', async () => {
    const params = { asset_start_time: `${47 / fps}`, asset_end_time: `${230 / fps}` };
    const url = `${site.url}/${signed}.m3u8?token=${await token(params)}`;
    await check(url, 47, 229, fps);
    // A query widens nothing, and the session's times can't be altered.
    await check(`${url}&asset_start_time=0&asset_end_time=99`, 47, 229, fps);
    const { urls } = await walk(url);
    for (const address of urls) {
      const altered = address.replace(/\/p5\/(\d+)-(\d+)(-\w+)?\./, (_, start, end, mark) => `/p5/${start - 1_000_000}-${end}${mark}.`);
      assert.notEqual(altered, address);
      assert.equal((await get(altered)).status, 403);
      assert.equal((await get(address.replace(/\/p5\/\d+-\d+(-\w+)?\./, '/p5/all.'))).status, 403);
    }
    await check(`${site.url}/${signed}/highest.mp4?token=${await token(params)}`, 47, 229, fps);
  });
});
