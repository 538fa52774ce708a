// Assets through Mux's Node SDK: made, listed, read, changed, deleted (contract, sections 2.1 to 2.5 and 10).
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { get } from '../lib/http.mjs';
import { Mux, askClip, pid, playable, ready, take, upload } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { mediaNames } from '../lib/playlist.mjs';
import { useFiles, useServer } from '../lib/site.mjs';

const site = await useServer();
const files = await useFiles();

const opaque = /^[A-Za-z0-9]{1,255}$/;

describe('an asset made from a URL', () => {
  let first;
  let asset;

  test('is answered 201 and preparing, with everything the SDK promises', async () => {
    const made = await site.mux.video.assets
      .create({
        inputs: [{ url: files.url(media('rabbit.mp4')) }],
        playback_policies: ['public'],
        static_renditions: [{ resolution: 'highest' }, { resolution: 'audio-only' }],
        passthrough: 'order 7',
        meta: { title: 'Rabbit', creator_id: 'mdn', external_id: 'x-1' },
      })
      .withResponse();
    first = made.data;
    assert.equal(made.response.status, 201);
    assert.match(made.response.headers.get('content-type'), /^application\/json/);
    assert.match(first.id, opaque);
    assert.equal(first.status, 'preparing');
    assert.equal(typeof first.created_at, 'string');
    assert.match(first.created_at, /^\d{10}$/);
    assert.equal(first.playback_ids.length, 1);
    assert.equal(first.playback_ids[0].policy, 'public');
    assert.match(first.playback_ids[0].id, opaque);
    assert.notEqual(first.playback_ids[0].id, first.id);
    assert.equal(first.progress.state, 'ingesting');
    assert.equal(first.progress.progress, 0);
    assert.ok(['smart', 'baseline', 'premium'].includes(first.encoding_tier));
    assert.ok(['basic', 'plus', 'premium'].includes(first.video_quality));
    assert.equal(first.max_resolution_tier, '1080p');
    assert.equal(first.master_access, 'none');
    assert.equal(first.mp4_support, 'none');
    assert.equal(first.ingest_type, 'on_demand_url');
    assert.equal(first.passthrough, 'order 7');
    assert.deepEqual(first.meta, { title: 'Rabbit', creator_id: 'mdn', external_id: 'x-1' });
    assert.equal(first.source_asset_id, undefined);
  });

  test('becomes ready and then tells what is in it', async () => {
    asset = await ready(site.mux, first.id);
    assert.equal(asset.id, first.id);
    assert.equal(asset.created_at, first.created_at);
    assert.deepEqual(asset.playback_ids, first.playback_ids);
    assert.deepEqual(asset.progress, { state: 'completed', progress: 100 });
    assert.ok(Math.abs(asset.duration - 7.8) < 0.1, `duration ${asset.duration}`);
    assert.match(asset.aspect_ratio, /^\d+:\d+$/);
    assert.equal(asset.resolution_tier, '720p');
    assert.ok(Math.abs(asset.max_stored_frame_rate - 30) < 0.05, `frame rate ${asset.max_stored_frame_rate}`);
    const video = asset.tracks.find((track) => track.type === 'video');
    const audio = asset.tracks.find((track) => track.type === 'audio');
    assert.match(video.id, opaque);
    assert.deepEqual([video.max_width, video.max_height], [720, 480]);
    assert.ok(Math.abs(video.max_frame_rate - 30) < 0.05);
    assert.ok(Math.abs(video.duration - asset.duration) < 0.001);
    assert.equal(audio.max_channels, 2);
    assert.ok(Math.abs(audio.duration - asset.duration) < 0.1);
    assert.equal(asset.errors, undefined);
  });

  test('lists its static renditions with sizes as strings', () => {
    const named = Object.fromEntries(asset.static_renditions.files.map((file) => [file.name, file]));
    assert.deepEqual(Object.keys(named).sort(), ['audio.m4a', 'highest.mp4']);
    const highest = named['highest.mp4'];
    assert.match(highest.id, opaque);
    assert.deepEqual([highest.ext, highest.type, highest.status, highest.resolution], ['mp4', 'standard', 'ready', 'highest']);
    assert.deepEqual([highest.width, highest.height], [720, 480]);
    assert.match(highest.filesize, /^\d+$/);
    assert.deepEqual([named['audio.m4a'].ext, named['audio.m4a'].resolution], ['m4a', 'audio-only']);
  });

  test('tells where it came from', async () => {
    const info = await site.mux.video.assets.retrieveInputInfo(asset.id);
    assert.equal(info.length, 1);
    assert.equal(info[0].settings.url, files.url(media('rabbit.mp4')));
    assert.match(info[0].file.container_format, /mp4|mov/);
    const video = info[0].file.tracks.find((track) => track.type === 'video');
    assert.deepEqual([video.width, video.height], [720, 480]);
    assert.match(video.encoding, /h264|avc/i);
    const audio = info[0].file.tracks.find((track) => track.type === 'audio');
    assert.equal(audio.sample_rate, 44100);
    assert.equal(audio.channels, 2);
    assert.match(audio.encoding, /aac/i);
  });

  test('takes new labels, and an empty passthrough clears', async () => {
    const changed = await site.mux.video.assets.update(asset.id, { passthrough: 'order 8', meta: { title: 'Hare' } });
    assert.equal(changed.passthrough, 'order 8');
    assert.equal(changed.meta.title, 'Hare');
    await site.mux.video.assets.update(asset.id, { passthrough: '' });
    assert.ok(!(await site.mux.video.assets.retrieve(asset.id)).passthrough);
  });

  test('has a picture of its own choosing until told otherwise', async () => {
    const poster = async () => (await get(`${site.url}/${pid(asset)}/thumbnail.png`)).body;
    const at = async (time) => (await get(`${site.url}/${pid(asset)}/thumbnail.png?time=${time}`)).body;
    const middle = await poster();
    const changed = await site.mux.video.assets.update(asset.id, { thumbnail_time: 1.5 });
    assert.equal(changed.thumbnail_time, 1.5);
    assert.ok((await poster()).equals(await at(1.5)));
    const removed = await site.mux.video.assets.deleteThumbnailTime(asset.id).asResponse();
    assert.equal(removed.status, 204);
    assert.ok((await poster()).equals(middle));
  });

  test('takes a file back with its static rendition, and gives it again', async () => {
    const status = async (name) => (await get(`${site.url}/${pid(asset)}/${name}`, { range: 'bytes=0-3' })).status;
    assert.deepEqual([await status('highest.mp4'), await status('audio.m4a')], [206, 206]);
    const { files } = (await site.mux.video.assets.retrieve(asset.id)).static_renditions;
    await site.mux.video.assets.deleteStaticRendition(asset.id, files.find((file) => file.name === 'highest.mp4').id);
    assert.deepEqual([await status('highest.mp4'), await status('audio.m4a')], [404, 206]);
    await site.mux.video.assets.createStaticRendition(asset.id, { resolution: 'highest' });
    assert.equal(await status('highest.mp4'), 206);
  });

  test('is gone after a delete, for its owner and for viewers', async () => {
    const deleted = await site.mux.video.assets.delete(asset.id).asResponse();
    assert.equal(deleted.status, 204);
    assert.equal(await deleted.text(), '');
    await assert.rejects(site.mux.video.assets.retrieve(asset.id), Mux.NotFoundError);
    await assert.rejects(site.mux.video.assets.delete(asset.id), Mux.NotFoundError);
    for (const path of ['.m3u8', '.mpd', '/highest.mp4', '/audio.m4a', '/thumbnail.jpg', ...mediaNames])
      assert.equal((await get(`${site.url}/${pid(asset)}${path}`)).status, 404, path);
  });
});

describe('short forms and old names', () => {
  test('a plain URL and a plain policy do', async () => {
    const url = files.url(media('rabbit.mp4'));
    const asset = await site.mux.video.assets.create({ inputs: url, playback_policies: 'public' });
    assert.equal(asset.playback_ids[0].policy, 'public');
    await ready(site.mux, asset.id);
  });

  test('input and playback_policy are still understood', async () => {
    const url = files.url(media('rabbit.mp4'));
    const asset = await site.mux.video.assets.create({ input: [{ url }], playback_policy: ['public'] });
    assert.equal(asset.playback_ids.length, 1);
    await ready(site.mux, asset.id);
  });

  test('no policy, no playback id', async () => {
    const asset = await site.mux.video.assets.create({ inputs: [{ url: files.url(media('rabbit.mp4')) }] });
    assert.ok(!asset.playback_ids?.length);
    assert.ok(!(await ready(site.mux, asset.id)).playback_ids?.length);
  });
});

describe('a long list', () => {
  let source;
  const ids = [];

  before(async () => {
    source = await take(site.mux, media('rabbit.mp4'));
    for (let i = 0; i < 30; i++) ids.unshift((await askClip(site.mux, source.id, undefined, undefined, { passthrough: `copy ${i}` })).id);
  });

  test('is walked to its end by cursor, newest first, nothing twice', async () => {
    const seen = [];
    for await (const asset of site.mux.video.assets.list()) seen.push(asset.id);
    assert.equal(new Set(seen).size, seen.length);
    assert.deepEqual(seen.slice(0, 30), ids);
    assert.ok(seen.includes(source.id));
  });

  test('comes in pages of the size asked for, 25 by itself', async () => {
    const plain = await site.mux.video.assets.list();
    assert.equal(plain.data.length, 25);
    assert.equal(typeof plain.next_cursor, 'string');
    const ten = await site.mux.video.assets.list({ limit: 10 });
    assert.deepEqual(ten.data.map((asset) => asset.id), ids.slice(0, 10));
    const second = await site.mux.video.assets.list({ limit: 10, page: 2 });
    assert.deepEqual(second.data.map((asset) => asset.id), ids.slice(10, 20));
    const beyond = await site.mux.video.assets.list({ limit: 10, page: 999 });
    assert.deepEqual(beyond.data, []);
  });

  test('lets the cursor win over a page number', async () => {
    const seen = [];
    for await (const asset of site.mux.video.assets.list({ limit: 10, page: 1 })) seen.push(asset.id);
    assert.deepEqual(seen.slice(0, 30), ids);
    assert.equal(new Set(seen).size, seen.length);
  });

  test('can be asked for the asset of one upload', async () => {
    const asset = await upload(site.mux, media('rabbit.mp4'), playable);
    const found = await site.mux.video.assets.list({ upload_id: asset.upload_id });
    assert.deepEqual(found.data.map((one) => one.id), [asset.id]);
    const none = await site.mux.video.assets.list({ upload_id: '1'.padEnd(22, 'a') });
    assert.deepEqual(none.data, []);
  });
});
