// Subclip's own API, as far as it is more than what the Mux dialect shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get, head, json } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { take } from '../lib/mux.mjs';
import { until } from '../lib/poll.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const api = (method, path, body) => json(method, `${site.url}/v1${path}`, token, body);
const source = await take(site.mux, await ordinary());

test('describes itself, for machines and for people', async () => {
  const described = JSON.parse((await get(`${site.url}/v1/openapi.json`)).body);
  assert.match(described.openapi, /^3\./);
  for (const path of ['/v1/assets', '/v1/clips', '/v1/uploads', '/v1/tokens']) assert.ok(described.paths[path], path);
  const page = await get(`${site.url}/v1/docs`);
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'], /^text\/html/);
});

test('cuts a clip, tells what was copied and encoded, and links to it', async () => {
  const made = await api('POST', '/clips', { source: source.id, start: 1.1, end: 6.2 });
  assert.ok([200, 201, 202].includes(made.status), String(made.status));
  assert.equal(made.json.source_asset_id, source.id);
  const clip = await until('the clip is ready', async () => {
    const { json: now } = await api('GET', `/assets/${made.json.id}`);
    return now.status !== 'preparing' && now;
  });
  assert.equal(clip.status, 'ready', JSON.stringify(clip.error));
  assert.ok(Math.abs(clip.duration - 5.1) < 1e-6);
  assert.equal(clip.cut.copied_frames + clip.cut.encoded_frames, 153);
  assert.ok(clip.cut.encoded_frames <= 120);
  assert.ok(['seamless', 'identical', 'one_init'].includes(clip.cut.join));
  await check(clip.links.hls, 33, 185, 30);
  await check(clip.links.mp4, 33, 185, 30);
  assert.equal((await get(clip.links.thumbnail)).status, 200);
  assert.equal((await api('DELETE', `/assets/${clip.id}`)).status, 204);
  assert.equal((await api('GET', `/assets/${clip.id}`)).status, 404);
});

test('cuts a single frame', async () => {
  const made = await api('POST', '/clips', { source: source.id, start: 1.1, end: 1.12 });
  assert.equal(made.status, 201);
  const clip = await until('the clip is ready', async () => {
    const { json: now } = await api('GET', `/assets/${made.json.id}`);
    return now.status !== 'preparing' && now;
  });
  await check(clip.links.mp4, 33, 33, 30);
});

test('makes files of an asset that are asked for with it and later, and takes them away', async () => {
  const ended = async (id) => until('the renditions have ended', async () => {
    const { json: now } = await api('GET', `/assets/${id}`);
    return now.status !== 'preparing' && now.renditions.every((one) => one.status !== 'preparing') && now;
  });
  const made = await api('POST', '/clips', {
    source: source.id, start: 1, end: 3, rungs: 'few', renditions: [{ type: 'highest', passthrough: 'mine' }],
  });
  assert.equal(made.status, 201);
  const added = await api('POST', `/assets/${made.json.id}/renditions`, { type: '270p' });
  assert.equal(added.status, 201, added.body);
  assert.equal((await api('POST', `/assets/${made.json.id}/renditions`, { type: '270p' })).status, 409);
  for (const type of ['audio', '1080p']) await api('POST', `/assets/${made.json.id}/renditions`, { type });

  const clip = await ended(made.json.id);
  const [highest, small, audio, large] = clip.renditions;
  assert.deepEqual(clip.renditions.map((one) => one.status), ['ready', 'ready', 'ready', 'skipped']);
  assert.deepEqual([highest.passthrough, highest.name, highest.width, clip.rungs], ['mine', 'highest.mp4', 640, 'few']);
  assert.deepEqual([small.id, small.width, small.height, large.url], [added.json.id, 480, 270, null]);
  for (const one of [highest, small]) await check(one.url, 30, 89, 30);
  for (const one of [highest, small, audio]) {
    assert.equal(Number((await head(one.url)).headers['content-length']), one.size, one.name);
  }
  // 360p is the picture itself, so a ladder of few has no other: 270p is a file only.
  assert.equal((await get(clip.links.hls)).body.toString().match(/EXT-X-STREAM-INF/g).length, 1);

  assert.equal((await api('DELETE', `/assets/${clip.id}/renditions/${small.id}`)).status, 204);
  assert.equal((await api('DELETE', `/assets/${clip.id}/renditions/${small.id}`)).status, 404);
  assert.equal((await get(small.url)).status, 404);
  const { json: left } = await api('GET', `/assets/${clip.id}`);
  assert.deepEqual(left.renditions.map((one) => one.id), [highest.id, audio.id, large.id]);
  assert.equal((await api('DELETE', `/assets/${clip.id}/renditions/${highest.id}`)).status, 204);
  const { json: closed } = await api('GET', `/assets/${clip.id}`);
  assert.deepEqual([closed.links.mp4, (await get(clip.links.mp4)).status, (await get(audio.url)).status], [null, 404, 200]);
});

test('wants the same credentials as the dialects', async () => {
  assert.equal((await get(`${site.url}/v1/assets`)).status, 401);
  assert.equal((await json('GET', `${site.url}/v1/assets`, { id: token.id, secret: 'wrong' })).status, 401);
  const { json: tokens } = await api('GET', '/tokens');
  assert.ok(!JSON.stringify(tokens).includes(token.secret));
});

test('lists as many tokens as there are, by the page and for the operator', async () => {
  const names = Array.from({ length: 101 }, (_, n) => `token number ${n}`);
  const statuses = await Promise.all(names.map(async (name) => (await api('POST', '/tokens', { name, may_write: false })).status));
  assert.deepEqual([...new Set(statuses)], [201]);
  const { json: first } = await api('GET', '/tokens?limit=100');
  assert.equal(first.data.length, 100);
  const { json: rest } = await api('GET', `/tokens?limit=100&cursor=${first.next_cursor}`);
  assert.deepEqual([rest.next_cursor, new Set([...first.data, ...rest.data].map((one) => one.id)).size], [null, 100 + rest.data.length]);
  const listed = await site.server.command('token', 'list');
  const lines = listed.stdout.trim().split('\n');
  assert.equal(lines.length, 100 + rest.data.length, listed.stderr);
  for (const name of names) assert.ok(lines.some((line) => line.endsWith(`  ${name}`)), name);
});

test('shows the same library', async () => {
  const { json: listed } = await api('GET', '/assets');
  assert.ok(listed.data.some((asset) => asset.id === source.id));
});
