// The life of a clip through Mux's Node SDK (contract, section 2.6): first answer, bounds, sources in every state.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { Mux, askClip, clip, ended, links, pid, playable, ready, refused, take, upload } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { scope } from '../lib/playlist.mjs';
import { inParallel } from '../lib/poll.mjs';
import { useFiles, useServer } from '../lib/site.mjs';

const site = await useServer();
const files = await useFiles();
const source = await take(site.mux, await ordinary());

/** How a request that can't be met ends: refused at once, or an asset that errors. Gives the words. */
async function refusal(asking) {
  try {
    const asset = await ended(site.mux, (await asking).id);
    assert.equal(asset.status, 'errored', 'it should not have become ready');
    assert.equal(typeof asset.errors.type, 'string');
    return asset.errors.messages.join(' ');
  } catch (error) {
    if (!(error instanceof Mux.APIError)) throw error;
    assert.ok(error.status >= 400 && error.status < 500, String(error));
    return error.error.error.messages.join(' ');
  }
}

describe('a clip', () => {
  test('has its ids and its source in the first answer, and is preparing', async () => {
    const made = await site.mux.video.assets
      .create({ inputs: [{ url: `mux://assets/${source.id}`, start_time: 1.5, end_time: 4 }], ...playable })
      .withResponse();
    assert.equal(made.response.status, 201);
    const first = made.data;
    assert.equal(first.status, 'preparing');
    assert.equal(first.source_asset_id, source.id);
    assert.equal(first.ingest_type, 'on_demand_clip');
    assert.equal(first.playback_ids[0].policy, 'public');
    assert.notEqual(first.id, source.id);
    assert.notEqual(pid(first), pid(source));

    const asset = await ready(site.mux, first.id);
    assert.equal(asset.source_asset_id, source.id);
    assert.equal(asset.duration, 2.5);
    await check(links(site.server, asset).hls, 45, 119, 30);
    await check(links(site.server, asset).mp4, 45, 119, 30);
    const info = await site.mux.video.assets.retrieveInputInfo(asset.id);
    assert.deepEqual([info[0].settings.start_time, info[0].settings.end_time], [1.5, 4]);
    assert.equal(info[0].settings.url, `mux://assets/${source.id}`);
  });

  test('snaps to the nearest frame', async () => {
    const asset = await clip(site.mux, source.id, 1.01, 2.49);
    assert.ok(Math.abs(asset.duration - 45 / 30) < 1e-6, `duration ${asset.duration}`);
    await check(links(site.server, asset).hls, 30, 74, 30);
  });

  test('without a start begins at 0, without an end goes to the end', async () => {
    const head = await clip(site.mux, source.id, undefined, 1);
    await check(links(site.server, head).mp4, 0, 29, 30);
    const tail = await clip(site.mux, source.id, 9, undefined);
    await check(links(site.server, tail).mp4, 270, 299, 30);
  });

  test('without either is a copy of the whole', async () => {
    const asset = await clip(site.mux, source.id);
    assert.equal(asset.duration, source.duration);
    await check(links(site.server, asset).hls, 0, 299, 30);
  });

  test('inherits nothing that it was not given', async () => {
    const labelled = await take(site.mux, await ordinary(), { ...playable, passthrough: 'private', meta: { title: 'Mine' } });
    const asset = await clip(site.mux, labelled.id, 0, 1, {});
    assert.ok(!asset.passthrough);
    assert.ok(!asset.meta?.title);
    assert.ok(!asset.playback_ids?.length);
    assert.ok(!asset.static_renditions?.files?.length);
  });

  test('of a clip is flat: its source is the clip, its pictures the first source’s', async () => {
    const outer = await clip(site.mux, source.id, 1, 8);
    const inner = await clip(site.mux, outer.id, 1.5, 4.5);
    assert.equal(inner.source_asset_id, outer.id);
    await check(links(site.server, inner).hls, 75, 164, 30);
    const innermost = await clip(site.mux, inner.id, 0.5, 1.5);
    await check(links(site.server, innermost).hls, 90, 119, 30);
  });

  test('is one of many', async () => {
    const starts = Array.from({ length: 60 }, (_, i) => (i * 7) / 60);
    const asked = await inParallel(starts, 8, (start) => askClip(site.mux, source.id, start, start + 1.2));
    const made = await inParallel(asked, 8, (asset) => ready(site.mux, asset.id));
    for (const asset of made) assert.ok(Math.abs(asset.duration - 1.2) < 1e-6, `duration ${asset.duration}`);
    assert.equal(new Set(made.map(pid)).size, 60);
  });
});

describe('bounds', () => {
  test('of half a second will do, less is refused', async () => {
    assert.equal((await clip(site.mux, source.id, 2, 2.5)).duration, 0.5);
    await refused(askClip(site.mux, source.id, 2, 2.4), /0\.4.*0\.5/);
    // An end past the source's own is the source's own.
    await refused(askClip(site.mux, source.id, 9.7, 60), /0\.3.*0\.5/);
  });

  test('that are reversed, empty, negative or beyond the end are refused', async () => {
    await refused(askClip(site.mux, source.id, 4, 2), /start_time|end_time/);
    await refused(askClip(site.mux, source.id, 2, 2), /start_time|end_time|too short/);
    await refused(askClip(site.mux, source.id, -1, 2), /start_time/);
    await refused(askClip(site.mux, source.id, 11, 12), /lasts only 10 s/);
  });

  test('past the end are cut to it', async () => {
    const asset = await clip(site.mux, source.id, 8, 60);
    assert.equal(asset.duration, 2);
    await check(links(site.server, asset).hls, 240, 299, 30);
  });

  test('of something that is no asset of ours are refused', async () => {
    const url = files.url(media('rabbit.mp4'));
    await refused(site.mux.video.assets.create({ inputs: [{ url, start_time: 1, end_time: 3 }], ...playable }), /mux:\/\/assets\//);
  });

  test('that are no numbers are refused', async () => {
    await refused(askClip(site.mux, source.id, 'soon', 3), /start_time/);
    await refused(askClip(site.mux, source.id, [1], 3), /start_time/);
  });
});

describe('a source', () => {
  test('that is unknown is named in the refusal', async () => {
    const words = await refusal(askClip(site.mux, 'Zx00unheardof00assetId', 0, 2));
    assert.match(words, /asset|parse/i);
    assert.match(await refusal(askClip(site.mux, '', 0, 2)), /asset|url|parse/i);
  });

  test('that is still preparing is waited for; viewers get 412 until then, 200 after', async () => {
    const slow = await site.mux.video.assets.create({ inputs: [{ url: files.url(await ordinary(), 'held') }], ...playable });
    const early = await askClip(site.mux, slow.id, 1, 3);
    assert.equal(early.status, 'preparing');
    assert.equal((await site.mux.video.assets.retrieve(slow.id)).status, 'preparing');
    for (const asset of [slow, early])
      for (const path of ['.m3u8', '/highest.mp4', '/thumbnail.jpg', `${scope}/video.m3u8`])
        assert.equal((await get(`${site.url}/${pid(asset)}${path}`)).status, 412, path);

    files.release();
    await ready(site.mux, slow.id);
    const asset = await ready(site.mux, early.id);
    assert.equal(asset.duration, 2);
    await check(links(site.server, asset).hls, 30, 89, 30);
  });

  test('that is still preparing and turns out too short fails the clip with a reason', async () => {
    const slow = await upload(site.mux, media('crystal.webm'));
    const words = await refusal(askClip(site.mux, slow.id, 500, 502));
    assert.match(words, /lasts only/);
    await ready(site.mux, slow.id);
  });

  test('that failed is refused', async () => {
    const broken = await ended(site.mux, (await site.mux.video.assets.create({ inputs: files.url(media('README.md')), ...playable })).id);
    assert.equal(broken.status, 'errored');
    assert.ok(broken.errors.messages[0].length > 10);
    assert.equal(broken.progress.state, 'errored');
    await refused(askClip(site.mux, broken.id, 0, 2), /could not be made/);
  });

  test('that is deleted is not found for new clips, and old ones stay whole', async () => {
    const own = await take(site.mux, await ordinary());
    const kept = await clip(site.mux, own.id, 2, 5);
    await site.mux.video.assets.delete(own.id);
    assert.ok(await refusal(askClip(site.mux, own.id, 0, 2)));
    await check(links(site.server, kept).hls, 60, 149, 30);
    assert.equal((await site.mux.video.assets.retrieve(kept.id)).source_asset_id, own.id);
  });
});
