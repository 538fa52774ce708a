// Moving pictures and storyboards: the right frames and no others, of assets and of clips, for who may have them
// (contract, sections 6.3 and 7).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { read } from '../lib/framecode.mjs';
import { get, head } from '../lib/http.mjs';
import { picture, webpFrames } from '../lib/image.mjs';
import { aac, coded, derived, ordinary, x264 } from '../lib/media.mjs';
import { Mux, clip, pid, take } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { useServer } from '../lib/site.mjs';
import { cues, numbers } from '../lib/tiles.mjs';
import { token as credentials } from '../lib/token.mjs';

const site = await useServer();
const folder = scratch('images');
const source = await take(site.mux, await ordinary());
// Frames 77 to 202: a head edge, shared samples, a tail edge, each with parameter sets of its own.
const [first, end] = [77, 203];
const cut = await clip(site.mux, source.id, first / 30, end / 30);
const at = (asset, name) => `${site.url}/${pid(asset)}/${name}`;
const range = (from, to, step = 1) => Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);

async function ok(url, type) {
  const answer = await get(url);
  assert.equal(answer.status, 200, `${url}: ${answer.body.subarray(0, 300)}`);
  if (type) assert.equal(answer.headers['content-type'], type);
  return answer.body;
}

let files = 0;
async function shown(gif) {
  const file = join(folder, `${files++}.gif`);
  writeFileSync(file, gif);
  const { frames } = await read(file);
  return { numbers: frames.map(([, number]) => number), times: frames.map(([time]) => time) };
}

describe('moving pictures', () => {
  test('show every second frame of the first five seconds when nothing is said', async () => {
    const gif = await ok(at(source, 'animated.gif'), 'image/gif');
    assert.deepEqual(picture(gif), { kind: 'gif', width: 320, height: 180 });
    const seen = await shown(gif);
    assert.deepEqual(seen.numbers, range(0, 150, 2));
    seen.times.forEach((time, n) => assert.ok(Math.abs(time - n / 15) < 0.011, `frame ${n} comes at ${time} s`));
  });

  test('of a clip show all of it and nothing around it', async () => {
    const seen = await shown(await ok(at(cut, 'animated.gif?end=4.2&fps=30')));
    assert.deepEqual(seen.numbers, range(first, end));
    for (const query of ['start=3', 'start=3&end=9', 'start=3&end=4.2'])
      assert.deepEqual((await shown(await ok(at(cut, `animated.gif?${query}`)))).numbers, range(first + 90, end, 2), query);
  });

  // Across the joins of head edge, middle and tail edge: frames 120 and 180 of the source are key frames.
  for (const [start, stop, fps, step] of [[1.4, 1.7, 30, 1], [3.3, 3.6, 15, 2], [1, 4, 10, 3], [0.1, 0.35, 30, 1], [4, 4.2, 30, 1]])
    test(`from ${start} to ${stop} s at ${fps} a second are these frames`, async () => {
      const stopped = stop === 4.2 ? '4.25' : stop;
      const seen = await shown(await ok(at(cut, `animated.gif?start=${start}&end=${stopped}&fps=${fps}`)));
      assert.deepEqual(seen.numbers, range(first + Math.round(start * 30), first + Math.round(stop * 30), step));
    });

  test('hold a frame where the film has fewer', async () => {
    const slow = await take(site.mux, await coded({ frames: 50, fps: '10', options: [...x264(20, '-bf', '2'), ...aac] }));
    const seen = await shown(await ok(at(slow, 'animated.gif?start=1&end=2&fps=20')));
    assert.deepEqual(seen.numbers, range(20, 40).map((n) => Math.floor(n / 2)));
  });

  test('are found deep in a long group of pictures', async () => {
    const long = await take(site.mux, await coded({ frames: 330, options: [...x264(290, '-bf', '3'), ...aac] }));
    const seen = await shown(await ok(at(long, 'animated.gif?start=9.2&end=10.2&fps=30')));
    assert.deepEqual(seen.numbers, range(276, 306));
  });

  test('are WebP too, at the same pace', async () => {
    const webp = await ok(at(cut, 'animated.webp?start=1&end=2'), 'image/webp');
    assert.deepEqual(picture(webp), { kind: 'webp', width: 320, height: 180 });
    const frames = webpFrames(webp);
    assert.equal(frames.length, 15);
    const length = frames.reduce((sum, frame) => sum + frame.duration_ms, 0);
    assert.ok(Math.abs(length - 1000) < 10, `${length} ms`);
    const still = join(folder, 'first.webp');
    writeFileSync(still, frames[0].still);
    assert.equal((await read(still)).frames[0][1], first + 30);
  });

  for (const [query, width, height] of [['width=640', 640, 360], ['height=90', 160, 90], ['height=640', 640, 360],
    ['width=100&height=100', 100, 56], ['width=1', 1, 1]])
    test(`${query} gives ${width} by ${height}`, async () => {
      for (const kind of ['gif', 'webp'])
        assert.deepEqual(picture(await ok(at(cut, `animated.${kind}?end=0.25&${query}`))), { kind, width, height });
    });

  test('that can’t be had are refused by name', async () => {
    for (const query of ['start=-1', 'start=x', 'start=1e300', 'start=5&end=2', 'end=0.2', 'end=10.1', 'end=nan', 'width=641',
      'width=0', 'height=641', 'height=x', 'fps=31', 'fps=0', 'fps=-1', 'start=4.2', 'start=4000', 'width=1&width=2']) {
      const answer = await get(at(cut, `animated.gif?${query}`));
      assert.equal(answer.status, 400, `${query}: ${answer.status}`);
      const { error } = JSON.parse(answer.body);
      assert.equal(error.type, 'invalid_parameters');
      assert.ok(error.messages[0].includes(query.startsWith('start=5&') ? 'end' : query.split('=')[0]), error.messages[0]);
    }
    for (const name of ['animated.jpg', 'animated', 'animated.mp4']) assert.equal((await get(at(cut, name))).status, 404);
  });
});

describe('storyboards', () => {
  test('of ten seconds have fifty tiles, each the frame that its cue begins with', async () => {
    const map = cues((await ok(at(source, 'storyboard.vtt'), 'text/vtt; charset=utf-8')).toString());
    assert.equal(map.length, 50);
    assert.equal(map.at(-1).end, 10);
    map.forEach((cue, n) => {
      assert.deepEqual(cue, {
        start: +(n * 0.2).toFixed(3), end: +((n + 1) * 0.2).toFixed(3), url: at(source, 'storyboard.jpg'),
        x: (n % 5) * 256, y: Math.floor(n / 5) * 144, width: 256, height: 144,
      });
    });
    const jpg = await ok(map[0].url, 'image/jpeg');
    assert.deepEqual(picture(jpg), { kind: 'jpg', width: 1280, height: 1440 });
    assert.deepEqual(await numbers(jpg, 'jpg', 50, 10), range(0, 300, 6));
  });

  for (const [kind, type] of [['jpg', 'image/jpeg'], ['png', 'image/png'], ['webp', 'image/webp']])
    test(`of a clip show nothing around it, as ${kind}`, async () => {
      const map = cues((await ok(at(cut, `storyboard.vtt?format=${kind}`))).toString());
      assert.ok(map.every((cue) => cue.url === at(cut, `storyboard.${kind}`)));
      const board = await ok(map[0].url, type);
      assert.deepEqual(picture(board), { kind, width: 1280, height: 1440 });
      assert.deepEqual(await numbers(board, kind, 50, 10), range(0, 50).map((n) => first + Math.floor(n * 2.52 + 1e-9)));
    });

  test('tell the same in JSON', async () => {
    const map = cues((await ok(at(cut, 'storyboard.vtt?format=webp'))).toString());
    const told = JSON.parse(await ok(at(cut, 'storyboard.json?format=webp'), 'application/json'));
    assert.deepEqual(told, {
      url: at(cut, 'storyboard.webp'), tile_width: 256, tile_height: 144, duration: 4.2,
      tiles: map.map(({ start, x, y }) => ({ start, x, y })),
    });
  });

  test('of a moment have a tile for each frame', async () => {
    const short = await clip(site.mux, source.id, 1, 1.5);
    const map = cues((await ok(at(short, 'storyboard.vtt'))).toString());
    assert.equal(map.length, 15);
    const board = await ok(at(short, 'storyboard.png'));
    assert.deepEqual(picture(board), { kind: 'png', width: 1280, height: 432 });
    assert.deepEqual(await numbers(board, 'png', 15, 3), range(30, 45));
  });

  test('of a long film have a hundred tiles, each shown while its cue is', async () => {
    const film = await coded({ frames: 4600, fps: '5', size: '320x180', audio: false, options: x264(10, '-bf', '2') });
    const long = await take(site.mux, film);
    const map = cues((await ok(at(long, 'storyboard.vtt'))).toString());
    assert.deepEqual([map.length, map.at(-1).end], [100, 920]);
    const seen = await numbers(await ok(at(long, 'storyboard.png')), 'png', 100, 20);
    seen.forEach((number, n) => assert.ok(number / 5 >= map[n].start && number / 5 < map[n].end, `tile ${n} shows frame ${number}`));
  });

  test('keep the shape of an upright film', async () => {
    const upright = await take(site.mux, await ordinary(60, '360x640'));
    const [{ width, height }] = cues((await ok(at(upright, 'storyboard.vtt'))).toString());
    assert.deepEqual([width, height], [144, 256]);
    assert.deepEqual(picture(await ok(at(upright, 'storyboard.webp'))), { kind: 'webp', width: 720, height: 2560 });
  });

  test('that can’t be had are refused', async () => {
    for (const name of ['storyboard.vtt?format=gif', 'storyboard.json?format=JPG']) {
      const answer = await get(at(cut, name));
      assert.equal(answer.status, 400, name);
      assert.match(JSON.parse(answer.body).error.messages[0], /^format/);
    }
    for (const name of ['storyboard.gif', 'storyboard', 'storyboard.txt']) assert.equal((await get(at(cut, name))).status, 404, name);
  });
});

test('who has a picture is not sent it again', async () => {
  for (const name of ['animated.gif?end=1', 'animated.webp?end=1', 'storyboard.jpg', 'storyboard.vtt', 'storyboard.json']) {
    const once = await get(at(cut, name));
    assert.equal(once.headers['access-control-allow-origin'], '*', name);
    const again = await get(at(cut, name), { 'If-None-Match': once.headers.etag });
    assert.deepEqual([again.status, again.body.length], [304, 0], name);
    const told = await head(at(cut, name));
    assert.equal(Number(told.headers['content-length']), once.body.length, name);
  }
  const tags = await Promise.all(['', '&width=100', '&fps=10', '&start=0.1'].map(async (more) =>
    (await head(at(cut, `animated.gif?end=1${more}`))).headers.etag));
  assert.equal(new Set(tags).size, tags.length);
});

test('too many at once are told to come back, and who leaves makes room', async () => {
  const leaving = new AbortController();
  const ask = (n) => fetch(at(source, `animated.gif?start=${(n / 100).toFixed(2)}&end=9&width=640&fps=30`), { signal: leaving.signal });
  // One turn or more, and 32 that wait.
  const asked = Array.from({ length: 60 }, (_, n) => ask(n).then((answer) => answer, () => null));
  const refused = await Promise.any(asked.map(async (one) => {
    const answer = await one;
    if (answer?.status === 503) return answer;
    throw new Error(`answered ${answer?.status}`);
  }));
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  assert.equal((await refused.json()).error.type, 'busy');
  assert.equal((await get(at(source, 'thumbnail.jpg?time=7.7'))).status, 200, 'single pictures have turns of their own');
  leaving.abort();
  await Promise.all(asked);
  // All that was asked for would take minutes, and leave no room meanwhile.
  await until('there is room', async () => (await get(at(source, 'animated.gif?start=9&end=9.5&width=100'))).status === 200, { withinMs: 30_000 });
});

test('a clip whose source is gone looks as before', async () => {
  const film = await take(site.mux, await ordinary());
  const kept = await clip(site.mux, film.id, first / 30, end / 30);
  const seen = async (start) => (await shown(await ok(at(kept, `animated.gif?start=${start}&end=${start + 1}`)))).numbers;
  const wanted = (start) => range(first + start * 30, first + start * 30 + 30, 2);
  assert.deepEqual(await seen(0), wanted(0));
  await site.mux.video.assets.delete(film.id);
  for (const start of [1, 2, 3]) assert.deepEqual(await seen(start), wanted(start));
  assert.deepEqual(await numbers(await ok(at(kept, 'storyboard.png')), 'png', 50, 10), range(0, 50).map((n) => first + Math.floor(n * 2.52 + 1e-9)));
});

test('sound alone has no pictures', async () => {
  const sound = await take(site.mux, await derived('crystal.mp4', ['-t', '3', '-vn', ...aac], 'm4a'));
  for (const name of ['animated.gif', 'animated.webp', 'storyboard.jpg', 'storyboard.vtt', 'storyboard.json', 'thumbnail.jpg'])
    assert.equal((await get(at(sound, name))).status, 404, name);
});

test('Mux’s SDK fetches them at the API’s origin', async () => {
  const { playback } = site.mux.video;
  const bytes = async (response) => Buffer.from(await (await response).arrayBuffer());
  const id = pid(cut);
  assert.equal(picture(await bytes(playback.animated(id, 'gif', { start: 1, end: 2, width: 200, fps: 10 }))).width, 200);
  assert.equal(picture(await bytes(playback.animated(id, 'webp', { end: 1 }))).kind, 'webp');
  assert.equal(picture(await bytes(playback.storyboard(id, 'webp'))).kind, 'webp');
  assert.equal(picture(await bytes(playback.thumbnail(id, 'jpg', { width: 100, flip_h: true }))).width, 100);
  assert.equal(cues(await playback.storyboardVtt(id, { format: 'png' }))[0].url, at(cut, 'storyboard.png'));
  const told = await playback.storyboardMeta(id, { format: 'webp' });
  assert.deepEqual([told.url, told.tiles.length], [at(cut, 'storyboard.webp'), 50]);
});

describe('parts of an asset', () => {
  const part = 'asset_start_time=2.6&asset_end_time=5';

  test('have storyboards of their own', async () => {
    const map = cues((await ok(at(source, `storyboard.vtt?format=png&${part}`))).toString());
    assert.equal(map.at(-1).end, 2.4);
    assert.ok(map.every((cue) => cue.url === at(source, `storyboard.png?${part}`)), map[0].url);
    assert.deepEqual(await numbers(await ok(map[0].url), 'png', 50, 10), range(0, 50).map((n) => 78 + Math.floor(n * 1.44 + 1e-9)));
    const told = JSON.parse(await ok(at(source, `storyboard.json?asset_start_time=9`)));
    assert.deepEqual([told.duration, told.tiles.length, told.url], [1, 30, at(source, 'storyboard.jpg?asset_start_time=9')]);
  });

  test('move within their bounds', async () => {
    const seen = await shown(await ok(at(source, `animated.gif?${part}&fps=30&start=2&end=4`)));
    assert.deepEqual(seen.numbers, range(138, 150));
    assert.equal((await get(at(source, `animated.gif?${part}&start=2.4`))).status, 400);
  });
});

describe('signed ids', async () => {
  const signed = { playback_policies: ['signed'] };
  const closed = await clip(site.mux, source.id, first / 30, end / 30, signed);
  const other = await clip(site.mux, source.id, 0, 1, signed);
  const key = await site.mux.system.signingKeys.create();
  const mux = new Mux({ baseURL: `${site.url}/mux`, tokenId: credentials.id, tokenSecret: credentials.secret,
    jwtSigningKey: key.id, jwtPrivateKey: key.private_key, maxRetries: 0 });
  const sign = (asset, type, params) => mux.jwt.signPlaybackId(pid(asset), { type, params });
  const refused = async (url) => assert.equal((await get(url)).status, 403, url);
  const moving = ['animated.gif', 'animated.webp'];
  const boards = ['storyboard.jpg', 'storyboard.png', 'storyboard.webp', 'storyboard.vtt', 'storyboard.json'];

  test('open by the audience that is meant, and by no other', async () => {
    const tokens = { v: 'video', t: 'thumbnail', g: 'gif', s: 'storyboard' };
    for (const [audience, type] of Object.entries(tokens)) {
      const token = await sign(closed, type);
      for (const [names, wanted] of [[moving, 'g'], [boards, 's']])
        for (const name of names) {
          const url = at(closed, `${name}?token=${token}`);
          if (audience === wanted) await ok(url);
          else await refused(url);
        }
    }
    for (const name of [...moving, ...boards]) {
      await refused(at(closed, name));
      await refused(at(closed, `${name}?token=`));
      await refused(at(closed, `${name}?token=${await sign(other, moving.includes(name) ? 'gif' : 'storyboard')}`));
    }
  });

  test('are moved as the token says, whatever stands beside it', async () => {
    const token = await sign(closed, 'gif', { start: '1', end: '1.5', fps: '30', width: '160' });
    const gif = await ok(at(closed, `animated.gif?token=${token}&start=0&end=4&width=640`));
    assert.equal(picture(gif).width, 160);
    const larger = await sign(closed, 'gif', { start: '1', end: '1.5', fps: '30' });
    assert.deepEqual((await shown(await ok(at(closed, `animated.gif?token=${larger}&fps=1`)))).numbers, range(first + 30, first + 45));
    const bad = await sign(closed, 'gif', { end: '11' });
    assert.equal((await get(at(closed, `animated.gif?token=${bad}`))).status, 400);
  });

  test('have maps that name pictures which open', async () => {
    const token = await sign(closed, 'storyboard');
    // As Mux's player asks.
    const map = cues((await ok(at(closed, `storyboard.vtt?format=webp&token=${token}`))).toString());
    assert.ok(map.every((cue) => cue.url === at(closed, `storyboard.webp?token=${token}`)), map[0].url);
    assert.equal(picture(await ok(map[0].url)).kind, 'webp');
    const told = JSON.parse(await ok(at(closed, `storyboard.json?token=${await sign(closed, 'storyboard', { format: 'png' })}&format=webp`)));
    assert.equal(picture(await ok(told.url)).kind, 'png', 'the token says');
  });

  test('show the part that the token names, and no more', async () => {
    const token = await sign(closed, 'storyboard', { asset_start_time: '1', asset_end_time: '2' });
    const told = JSON.parse(await ok(at(closed, `storyboard.json?token=${token}&asset_end_time=4`)));
    assert.deepEqual([told.duration, told.tiles.length, told.url], [1, 30, at(closed, `storyboard.jpg?token=${token}`)]);
    const seen = await numbers(await ok(at(closed, `storyboard.png?token=${token}&asset_start_time=0`)), 'png', 30, 6);
    assert.deepEqual(seen, range(first + 30, first + 60));
  });

  test('a token on a public id is refused', async () => {
    const token = await sign(cut, 'gif');
    for (const name of [...moving, ...boards]) assert.equal((await get(at(cut, `${name}?token=${token}`))).status, 400, name);
  });
});

describe('images to wind by', () => {
  /** What the playlist of images of a playlist names: `{ tiles: [[columns, rows]…], sheets: [bytes…], seconds }`. */
  async function wind(url) {
    const top = (await ok(url, 'application/vnd.apple.mpegurl')).toString();
    const [, uri] = /#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=\d+,RESOLUTION=256x144,CODECS="jpeg",URI="([^"]+)"/.exec(top);
    const list = new URL(uri, url);
    const text = (await ok(list.href, 'application/vnd.apple.mpegurl')).toString();
    assert.match(text, /#EXT-X-IMAGES-ONLY/);
    const layouts = [...text.matchAll(/#EXT-X-TILES:RESOLUTION=256x144,LAYOUT=(\d+)x(\d+),DURATION=([\d.]+)/g)];
    const seconds = [...text.matchAll(/#EXTINF:([\d.]+),/g)].reduce((sum, [, s]) => sum + Number(s), 0);
    const names = text.split('\n').filter((line) => line && !line.startsWith('#'));
    const sheets = [];
    for (const name of names) sheets.push(await ok(new URL(name, list).href, 'image/jpeg'));
    return { layouts: layouts.map(([, columns, rows]) => [Number(columns), Number(rows)]), each: Number(layouts[0][3]), sheets, seconds };
  }

  test('are the storyboard’s tiles, sheet by sheet', async () => {
    for (const [asset, from, frames] of [[source, 0, 300], [cut, first, end - first]]) {
      const { layouts, each, sheets, seconds } = await wind(`${site.url}/${pid(asset)}.m3u8?roku_trick_play=true`);
      assert.deepEqual(layouts, [[5, 5], [5, 5]]);
      assert.ok(Math.abs(seconds - frames / 30) < 1e-5 && Math.abs(each * 50 - seconds) < 1e-4, `${seconds} ${each}`);
      const seen = [];
      for (const sheet of sheets) {
        assert.deepEqual(picture(sheet), { kind: 'jpg', width: 1280, height: 720 });
        seen.push(...(await numbers(sheet, 'jpg', 25, 5)));
      }
      assert.deepEqual(seen, range(0, 50).map((n) => from + Math.floor((n * frames) / 50 + 1e-9)));
    }
  });

  test('are of the part that is played', async () => {
    const { layouts, sheets } = await wind(`${site.url}/${pid(source)}.m3u8?roku_trick_play=true&asset_start_time=2&asset_end_time=3`);
    assert.deepEqual(layouts, [[5, 5], [5, 1]]);
    assert.deepEqual(await numbers(sheets[0], 'jpg', 25, 5), range(60, 85));
    assert.deepEqual(await numbers(sheets[1], 'jpg', 5, 1), range(85, 90));
  });

  test('are opened by the token that asks for them', async () => {
    const { id } = await site.mux.video.assets.createPlaybackId(source.id, { policy: 'signed' });
    const key = await site.mux.system.signingKeys.create();
    const params = { roku_trick_play: 'true', asset_start_time: '2', asset_end_time: '3' };
    const jwt = await site.mux.jwt.signPlaybackId(id, { keyId: key.id, keySecret: key.private_key, expiration: '1h', params });
    const { sheets } = await wind(`${site.url}/${id}.m3u8?token=${jwt}`);
    assert.deepEqual(await numbers(sheets[0], 'jpg', 25, 5), range(60, 85));
    assert.equal((await get(`${site.url}/${id}/p5/all/tiles/0.jpg`)).status, 403);
  });
});
