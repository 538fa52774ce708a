// Subclip's own API, as far as it is more than what the Mux dialect shows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get, json } from '../lib/http.mjs';
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

test('wants the same credentials as the dialects', async () => {
  assert.equal((await get(`${site.url}/v1/assets`)).status, 401);
  assert.equal((await json('GET', `${site.url}/v1/assets`, { id: token.id, secret: 'wrong' })).status, 401);
  const { json: tokens } = await api('GET', '/tokens');
  assert.ok(!JSON.stringify(tokens).includes(token.secret));
});

test('shows the same library', async () => {
  const { json: listed } = await api('GET', '/assets');
  const assets = listed.data ?? listed.assets ?? listed;
  assert.ok(assets.some((asset) => asset.id === source.id));
});
