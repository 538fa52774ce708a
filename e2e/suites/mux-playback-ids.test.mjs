// Playback ids through Mux's Node SDK: made, read, looked up, deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../lib/http.mjs';
import { Mux, pid, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const asset = await take(site.mux, media('rabbit.mp4'));

test('a second id plays beside the first, and its deletion takes only itself', async () => {
  const made = await site.mux.video.assets.createPlaybackId(asset.id, { policy: 'public' }).withResponse();
  assert.equal(made.response.status, 201);
  assert.equal(made.data.policy, 'public');
  const second = made.data.id;
  assert.deepEqual(await site.mux.video.assets.retrievePlaybackId(asset.id, second), { id: second, policy: 'public' });
  const ids = (await site.mux.video.assets.retrieve(asset.id)).playback_ids.map((one) => one.id);
  assert.deepEqual(ids.sort(), [pid(asset), second].sort());
  assert.equal((await get(`${site.url}/${second}.m3u8`)).status, 200);

  const gone = await site.mux.video.assets.deletePlaybackId(asset.id, second).asResponse();
  assert.equal(gone.status, 204);
  assert.equal((await get(`${site.url}/${second}.m3u8`)).status, 404);
  assert.equal((await get(`${site.url}/${pid(asset)}.m3u8`)).status, 200);
  await assert.rejects(site.mux.video.assets.retrievePlaybackId(asset.id, second), Mux.NotFoundError);
});

test('several come in the order that was asked for', async () => {
  // Often enough that chance would show.
  for (let n = 0; n < 12; n++) {
    const policies = n % 2 ? ['signed', 'public'] : ['public', 'signed'];
    const both = await site.mux.video.assets.create({ inputs: [{ url: 'http://127.0.0.1:1/none.mp4' }], playback_policies: policies });
    assert.deepEqual(both.playback_ids.map((one) => one.policy), policies);
    await site.mux.video.assets.delete(both.id);
  }
});

test('an id opens nothing to all unless it is said so', async () => {
  await assert.rejects(site.mux.video.assets.createPlaybackId(asset.id, {}), Mux.BadRequestError);
});

test('an id leads back to its asset', async () => {
  const found = await site.mux.video.playbackIds.retrieve(pid(asset));
  assert.equal(found.id, pid(asset));
  assert.equal(found.policy, 'public');
  assert.deepEqual(found.object, { type: 'asset', id: asset.id });
});

test("another asset's id is not found under this one", async () => {
  const other = await take(site.mux, media('rabbit.mp4'));
  await assert.rejects(site.mux.video.assets.retrievePlaybackId(asset.id, pid(other)), Mux.NotFoundError);
  await assert.rejects(site.mux.video.assets.deletePlaybackId(asset.id, pid(other)), Mux.NotFoundError);
  assert.equal((await get(`${site.url}/${pid(other)}.m3u8`)).status, 200);
});

test('an asset id in place of a playback id is not found', async () => {
  assert.equal((await get(`${site.url}/${asset.id}.m3u8`)).status, 404);
  await assert.rejects(site.mux.video.playbackIds.retrieve(asset.id), Mux.NotFoundError);
});
