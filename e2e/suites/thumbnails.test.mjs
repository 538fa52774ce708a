// Thumbnails: the right picture, in the kind, size and fit asked for (contract, section 6.3).
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { read } from '../lib/framecode.mjs';
import { get } from '../lib/http.mjs';
import { picture } from '../lib/image.mjs';
import { ordinary } from '../lib/media.mjs';
import { clip, pid, take } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const folder = scratch('pictures');
const source = await take(site.mux, await ordinary());
// Frames 77 to 202: a head edge, shared samples, a tail edge.
const base = `${site.url}/${pid(await clip(site.mux, source.id, 77 / 30, 203 / 30))}/thumbnail`;

async function numberIn(body, name) {
  const copy = join(folder, name);
  writeFileSync(copy, body);
  return (await read(copy)).frames[0][1];
}

test('the time asked for is the frame shown, in edges and in the middle, each with an ETag of its own', async () => {
  const frames = [0, 1, 20, 42, 43, 60, 103, 104, 120, 125];
  const tags = new Set();
  for (const frame of frames) {
    const answer = await get(`${base}.png?time=${((frame + 0.5) / 30).toFixed(4)}`);
    assert.equal(answer.status, 200);
    assert.equal(await numberIn(answer.body, 'at.png'), 77 + frame);
    tags.add(answer.headers.etag);
  }
  assert.equal(tags.size, frames.length);
});

test('without a time it is the middle', async () => {
  const number = await numberIn((await get(`${base}.png`)).body, 'middle.png');
  assert.ok(Math.abs(number - (77 + 63)) <= 1, `frame ${number}`);
});

test('every kind is what it says, with the source’s size', async () => {
  for (const [kind, type] of [['jpg', 'image/jpeg'], ['png', 'image/png'], ['webp', 'image/webp']]) {
    const answer = await get(`${base}.${kind}?time=1`);
    assert.equal(answer.headers['content-type'], type);
    assert.deepEqual(picture(answer.body), { kind, width: 640, height: 360 });
    assert.equal(await numberIn(answer.body, `kind.${kind}`), 107);
  }
});

const sizes = [
  ['width=320', 320, 180],
  ['height=90', 160, 90],
  ['width=320&height=320', 320, 180],
  ['width=320&height=320&fit_mode=preserve', 320, 180],
  ['width=320&height=320&fit_mode=stretch', 320, 320],
  ['width=320&height=320&fit_mode=crop', 320, 320],
  ['width=320&height=320&fit_mode=smartcrop', 320, 320],
  ['width=320&height=320&fit_mode=pad', 320, 320],
  ['width=200&height=100&fit_mode=pad', 200, 100],
];
for (const [query, width, height] of sizes)
  test(`${query} gives ${width} by ${height}`, async () => {
    for (const kind of ['jpg', 'png', 'webp'])
      assert.deepEqual(picture((await get(`${base}.${kind}?time=1&${query}`)).body), { kind, width, height });
  });

test('turning by a quarter swaps the sides', async () => {
  assert.deepEqual(picture((await get(`${base}.png?time=1&rotate=90`)).body), { kind: 'png', width: 360, height: 640 });
  const flipped = await get(`${base}.png?time=1&flip_h=true`);
  assert.ok(!flipped.body.equals((await get(`${base}.png?time=1`)).body));
});

test('wishes that can’t be met are refused in words', async () => {
  for (const query of ['width=0', 'width=-5', 'width=1e9', 'width=99999999', 'height=4097', 'height=abc', 'fit_mode=never', 'fit_mode=crop',
    'fit_mode=crop&width=320', 'rotate=17', 'latest=true']) {
    const answer = await get(`${base}.jpg?${query}`);
    assert.equal(answer.status, 400, `${query}: ${answer.body}`);
    assert.match(JSON.parse(answer.body).error.messages.join(' '), new RegExp(`^${query.split('=')[0]}: `));
  }
  assert.equal((await get(`${base}.bmp`)).status, 404);
});
