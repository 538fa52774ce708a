// Master access through Mux's Node SDK (contract, 2.2, 2.4, 2.5 and 10): asked for, fetched, withdrawn.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get, head, json } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { Mux, clip, links, playable, ready, take, upload } from '../lib/mux.mjs';
import { media, scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { receive } from '../lib/receiver.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const { assets } = site.mux.video;
const source = await take(site.mux, await ordinary());

/** The asset as soon as its master is no longer preparing. */
const mastered = (id) => until(`the master of ${id} is there`, async () => {
  const asset = await assets.retrieve(id);
  return asset.master?.status !== 'preparing' && asset;
}, { everyMs: 50 });

/** Has a master given out and gives its URL. */
async function give(id) {
  const asked = await assets.updateMasterAccess(id, { master_access: 'temporary' });
  assert.deepEqual([asked.master_access, asked.master], ['temporary', { status: 'preparing' }]);
  const { master, master_access } = await mastered(id);
  assert.deepEqual([master.status, master_access], ['ready', 'temporary']);
  return master.url;
}

describe('a master', () => {
  test('is the top quality in one file, without a token, and can be saved under a name', async () => {
    assert.deepEqual([source.master_access, source.master], ['none', undefined]);
    const url = await give(source.id);
    assert.ok(url.startsWith(`${site.url}/`) && url.includes('?'), url);
    const all = await get(url);
    assert.deepEqual([all.status, all.headers['content-type']], [200, 'video/mp4']);
    assert.ok(all.body.equals((await get(links(site.server, source).mp4)).body));
    assert.match(all.headers['cache-control'], /^private, max-age=\d+/);
    const told = await head(url);
    assert.deepEqual([told.status, told.headers['content-length'], told.body.length], [200, String(all.body.length), 0]);
    const part = await get(url, { Range: 'bytes=100-199' });
    assert.deepEqual([part.status, part.headers['content-range']], [206, `bytes 100-199/${all.body.length}`]);
    assert.ok(part.body.equals(all.body.subarray(100, 200)));
    const named = await head(`${url}&download=goal`);
    assert.match(named.headers['content-disposition'], /attachment; filename="goal.mp4"/);
    await check(url, 0, 299, 30);
    // Twice asked for, it stays as it is.
    assert.equal((await assets.updateMasterAccess(source.id, { master_access: 'temporary' })).master.url, url);
  });

  test('of a clip is the clip’s own file, and outlives the source', async () => {
    const film = await take(site.mux, await ordinary());
    const made = await clip(site.mux, film.id, 1.5, 5.1, { ...playable, master_access: 'temporary' });
    assert.equal(made.master_access, 'temporary');
    const { url } = (await mastered(made.id)).master;
    await check(url, 45, 152, 30);
    await assets.delete(film.id);
    const file = join(scratch('master'), 'clip.mp4');
    writeFileSync(file, (await get(url)).body);
    await check(file, 45, 152, 30);
    const plain = await clip(site.mux, made.id, 0, 1);
    assert.equal(plain.master_access, 'none', 'it is not copied to a clip');
  });

  test('of sound alone is an M4A file', async () => {
    const asset = await take(site.mux, media('viper.mp3'), { playback_policies: ['signed'] });
    const url = await give(asset.id);
    const answer = await get(url);
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'audio/mp4']);
    assert.match((await head(`${url}&download=song`)).headers['content-disposition'], /song\.m4a/);
  });

  test('is withdrawn at once, and another one has another address', async () => {
    const asset = await clip(site.mux, source.id, 0, 2);
    const url = await give(asset.id);
    const none = await assets.updateMasterAccess(asset.id, { master_access: 'none' });
    assert.deepEqual([none.master_access, none.master], ['none', undefined]);
    assert.equal((await get(url)).status, 404);
    const other = await give(asset.id);
    assert.notEqual(other, url);
    assert.equal((await get(url)).status, 404);
    assert.equal((await get(other.slice(0, -1))).status, 404);
    await assets.delete(asset.id);
    assert.equal((await get(other)).status, 404);
    await assert.rejects(assets.updateMasterAccess(asset.id, { master_access: 'temporary' }), Mux.NotFoundError);
    await assert.rejects(assets.updateMasterAccess(source.id, { master_access: 'always' }), Mux.BadRequestError);
  });

  test('is there after a restart, at the same address', async () => {
    const asset = await clip(site.mux, source.id, 0, 2);
    const url = await give(asset.id);
    await site.server.kill();
    await site.server.restart();
    assert.equal((await assets.retrieve(asset.id)).master.url, url);
    assert.equal((await get(url)).status, 200);
  });

  test('is told of from the first to the last', async () => {
    const to = await receive();
    const hook = await site.mux.system.webhooks.create({ address: to.url });
    const asked = await upload(site.mux, await ordinary(), { ...playable, master_access: 'temporary' });
    assert.equal(asked.master_access, 'temporary');
    await ready(site.mux, asked.id);
    const of = (events) => events.filter(({ type, data }) => type.startsWith('video.asset.master.') && data.id === asked.id);
    await to.until('the master is told of', (events) => of(events).length === 2);
    await assets.updateMasterAccess(asked.id, { master_access: 'none' });
    const events = of(await to.until('its end is told of', (all) => of(all).length === 3 && all));
    assert.deepEqual(events.map(({ type }) => type.split('.').pop()), ['preparing', 'ready', 'deleted']);
    assert.deepEqual(events.map(({ data }) => data.master?.status), ['preparing', 'ready', undefined]);
    assert.deepEqual(events.map(({ data }) => data.master_access), ['temporary', 'temporary', 'none']);
    assert.equal(events[1].object.type, 'asset');
    await site.mux.system.webhooks.delete(hook.id);
    await to.close();
  });

  test('of an asset that can’t be made can’t be made either', async () => {
    const asked = await upload(site.mux, Buffer.from('no film at all'), { ...playable, master_access: 'temporary' });
    const { status, master } = await mastered(asked.id);
    assert.deepEqual([status, master], ['errored', { status: 'errored' }]);
    await assert.rejects(assets.updateMasterAccess(asked.id, { master_access: 'temporary' }), Mux.BadRequestError);
  });

  test('is given out by the own API too, with the time of its end', async () => {
    const asset = await clip(site.mux, source.id, 0, 2);
    const own = (method) => json(method, `${site.url}/v1/assets/${asset.id}/master`, token);
    const given = await own('PUT');
    assert.deepEqual([given.status, given.json.master.status], [200, 'preparing']);
    await mastered(asset.id);
    const { json: shown } = await json('GET', `${site.url}/v1/assets/${asset.id}`, token);
    const left = Date.parse(shown.master.expires_at) - Date.now();
    assert.ok(left > 86_300_000 && left <= 86_400_000, shown.master.expires_at);
    assert.equal((await get(shown.master.url)).status, 200);
    assert.equal((await own('DELETE')).status, 204);
    assert.equal((await get(shown.master.url)).status, 404);
  });
});
