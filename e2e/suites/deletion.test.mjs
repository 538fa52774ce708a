// What deleting leaves: clips whole, nothing that nobody shows, nothing at all in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { added, bytes, contents } from '../lib/folder.mjs';
import { check } from '../lib/framecode.mjs';
import { get } from '../lib/http.mjs';
import { coded, x264, aac } from '../lib/media.mjs';
import { Mux, askClip, clip, links, pid, playable, take, upload } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { scope } from '../lib/playlist.mjs';
import { until } from '../lib/poll.mjs';
import { useFiles, useServer } from '../lib/site.mjs';

const site = await useServer();
const files = await useFiles();
const empty = contents(site.server.data);

/** Short GOPs and a high rate: a clip is a small part of it, and its samples can be told from the rest by size. */
const heavy = () => coded({ frames: 600, size: '1280x720', options: [...x264(15, '-bf', '2', '-b:v', '6M', '-maxrate', '6M', '-bufsize', '3M'), ...aac] });

const nothingLeft = () => {
  let left;
  return until('the data folder is as empty as it was', () => {
    left = added(empty, contents(site.server.data));
    return left.length === 0;
  }, { seen: () => left.join(', ') });
};

/** A run of `subclip gc` that has nothing to do. */
async function gcFindsNothing() {
  const before = contents(site.server.data);
  const done = await site.server.command('gc');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /nothing to remove/);
  assert.deepEqual(contents(site.server.data), before);
}

test('a clip outlives its source, and what no clip shows goes from disk', async () => {
  const source = await take(site.mux, await heavy());
  const whole = bytes(contents(site.server.data));
  const early = await clip(site.mux, source.id, 2.1, 4.1);
  const late = await clip(site.mux, source.id, 15.3, 16.9);
  assert.ok(bytes(contents(site.server.data)) < whole * 1.1, 'clips are not copies');

  const playlists = () => Promise.all([early, late].flatMap((asset) => ['.m3u8', `${scope}/video.m3u8`, `${scope}/audio.m3u8`].map(async (name) => {
    const { status, headers, body } = await get(`${site.url}/${pid(asset)}${name}`);
    return { status, etag: headers.etag, text: body.toString() };
  })));
  const told = await playlists();

  await site.mux.video.assets.delete(source.id);
  assert.equal((await get(`${site.url}/${pid(source)}.m3u8`)).status, 404);
  let now;
  await until('what no clip shows is gone from disk', () => (now = bytes(contents(site.server.data))) < whole * 0.3, {
    seen: () => `${now} of ${whole} bytes`,
  });
  for (const [asset, first, last] of [[early, 63, 122], [late, 459, 506]]) {
    await check(links(site.server, asset).hls, first, last, 30);
    await check(links(site.server, asset).mp4, first, last, 30);
  }
  await gcFindsNothing();
  assert.deepEqual(await playlists(), told, 'what is told of a clip is the same, byte for byte');

  await site.mux.video.assets.delete(early.id);
  await check(links(site.server, late).hls, 459, 506, 30);
  await site.mux.video.assets.delete(late.id);
  await nothingLeft();
  await gcFindsNothing();
});

test('pictures made of an asset go with it', async () => {
  const asset = await take(site.mux, media('rabbit.mp4'));
  for (const time of [0, 1, 2]) assert.equal((await get(`${site.url}/${pid(asset)}/thumbnail.jpg?time=${time}`)).status, 200);
  await site.mux.video.assets.delete(asset.id);
  await nothingLeft();
});

test('deleting while it is fetched leaves nothing', async () => {
  const asset = await site.mux.video.assets.create({ inputs: files.url(await heavy(), 'held'), ...playable });
  await until('the first bytes are on disk', () => added(empty, contents(site.server.data)).length > 0);
  await site.mux.video.assets.delete(asset.id);
  await assert.rejects(site.mux.video.assets.retrieve(asset.id), Mux.NotFoundError);
  files.release();
  await nothingLeft();
});

test('deleting while it is normalised leaves nothing', async () => {
  const asset = await upload(site.mux, media('crystal.webm'));
  assert.equal(asset.status, 'preparing');
  await until('normalising has begun', async () => (await site.mux.video.assets.retrieve(asset.id)).progress.state === 'transcoding');
  await site.mux.video.assets.delete(asset.id);
  await nothingLeft();
});

test('deleting clips while they are cut, and their source, leaves nothing', async () => {
  const source = await take(site.mux, await heavy());
  const asked = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => askClip(site.mux, source.id, n + 0.3, n + 3.3)));
  await Promise.all([...asked, source].map((asset) => site.mux.video.assets.delete(asset.id)));
  // A job learns within two seconds that nobody wants it; until then the folder may be empty and fill again. A server
  // that stops waits for its jobs.
  await site.server.restart();
  await nothingLeft();
  await gcFindsNothing();
});

test('a cancelled upload leaves nothing', async () => {
  const upload = await site.mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
  const part = await fetch(upload.url, { method: 'PUT', headers: { 'Content-Range': 'bytes 0-262143/900000' }, body: Buffer.alloc(262144, 7) });
  assert.equal(part.status, 308);
  await site.mux.video.uploads.cancel(upload.id);
  await nothingLeft();
});
