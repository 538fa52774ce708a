// Assets that are made to try things out (contract, 2.2 and 4): with a badge, at most ten seconds long, gone after a day. That
// they go is proved with a clock that can be moved, in the application's own tests.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fetched, file, settledTexts, vtt } from '../lib/captions.mjs';
import { check } from '../lib/framecode.mjs';
import { json } from '../lib/http.mjs';
import { kept, ordinary } from '../lib/media.mjs';
import { Mux, clip, links, pid, playable, ready, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { ffmpeg, must } from '../lib/run.mjs';
import { decode } from '../lib/samples.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const files = await useFiles();
const { assets } = site.mux.video;
const film = await ordinary(600);
const trial = { ...playable, test: true };

/** The mean brightness of a box of one picture: left, top, width, height. */
async function brightness(source, number, [x, y, wide, high]) {
  const { stdout } = await must('ffmpeg', ['-v', 'error', '-nostdin', '-i', String(source), '-vf',
    `select=eq(n\\,${number}),crop=${wide}:${high}:${x}:${y},format=gray`, '-frames:v', '1', '-f', 'rawvideo', '-'], { binary: true });
  return stdout.reduce((sum, value) => sum + value, 0) / stdout.length;
}

// The badge is drawn 256 by 104 in the middle of 640x360. The bar of its first letter is white, and a picture of the film
// has no place of that size that is.
const bar = [214, 148, 40, 7];
const hasBadgeAt = async (source, number) => (await brightness(source, number, bar)) > 222;

async function showsBadge(source, numbers, expected = true) {
  for (const number of numbers) assert.equal(await hasBadgeAt(source, number), expected, `picture ${number} of ${source}`);
}

const own = async (id) => (await json('GET', `${site.url}/v1/assets/${id}`, token)).json;

describe('a test', () => {
  test('has ten seconds of an upload, with a badge on every picture, and a day to live', async () => {
    const made = await site.mux.video.uploads.create({ cors_origin: '*', test: true, new_asset_settings: playable });
    assert.equal(made.test, true);
    const captions = files.url(file('test.vtt', vtt([1, 2, 'Early'], [9.5, 10.5, 'Across'], [12, 13, 'Late'])));
    const settings = { ...trial, inputs: [{}, { url: captions, type: 'text', language_code: 'en' }] };
    const asset = await take(site.mux, film, settings);
    assert.deepEqual([asset.test, asset.duration], [true, 10]);
    const { hls, mp4 } = links(site.server, asset);
    await check(hls, 0, 299, 30);
    await check(mp4, 0, 299, 30);
    assert.equal(await decode(mp4), 300);
    await showsBadge(mp4, [0, 1, 150, 299]);
    const [text] = await settledTexts(site.mux, asset.id);
    const shown = await fetched(`${site.url}/${pid(asset)}/text/${text.id}.vtt`);
    assert.equal(shown, vtt([1, 2, 'Early'], [9.5, 10, 'Across']));
    const { test: isTest, expires_at, created_at } = await own(asset.id);
    assert.equal(isTest, true);
    assert.equal(Date.parse(expires_at) - Date.parse(created_at), 86_400_000);
  });

  test('of what is short is all of it', async () => {
    const asset = await take(site.mux, await ordinary(90), trial);
    assert.equal(asset.duration, 3);
    await check(links(site.server, asset).hls, 0, 89, 30);
    await showsBadge(links(site.server, asset).mp4, [0, 89]);
  });

  test('of a URL that does not conform is made like any other', async () => {
    const asked = await assets.create({ inputs: [{ url: files.url(media('crystal.webm')) }], ...trial });
    assert.equal(asked.test, true);
    const asset = await ready(site.mux, asked.id);
    assert.ok(asset.duration <= 10.02, String(asset.duration));
  });

  test('of sound alone is cut and has no badge', async () => {
    const asset = await take(site.mux, media('viper.mp3'), trial);
    assert.ok(asset.duration > 9.9 && asset.duration <= 10.03, String(asset.duration));
  });

  test('can be a clip, of which the source knows nothing', async () => {
    const source = await take(site.mux, film);
    const made = await clip(site.mux, source.id, 2, 15, trial);
    assert.deepEqual([made.test, made.duration, made.source_asset_id], [true, 10, source.id]);
    await check(links(site.server, made).hls, 60, 359, 30);
    await showsBadge(links(site.server, made).mp4, [0, 299]);
    await showsBadge(links(site.server, source).mp4, [60, 359], false);
    assert.equal((await own(source.id)).expires_at, null);
  });

  test('has clips that keep the badge and stay', async () => {
    const source = await take(site.mux, film, trial);
    for (const copy_overlays of [true, false]) {
      const made = await clip(site.mux, source.id, 1, 4, { ...playable, copy_overlays });
      assert.deepEqual([made.test, made.duration, (await own(made.id)).expires_at], [false, 3, null]);
      await check(links(site.server, made).hls, 30, 119, 30);
      await showsBadge(links(site.server, made).mp4, [0, 89]);
    }
    await assert.rejects(clip(site.mux, source.id, 11, 12), Mux.BadRequestError);
  });

  test('has the overlays that were asked for beside the badge', async () => {
    const white = await kept(['image', 'white', '300x150'], 'png', (out) =>
      ffmpeg(['-f', 'lavfi', '-i', 'color=white:s=300x150', '-frames:v', '1', out]));
    const logo = { url: files.url(white), overlay_settings: { vertical_align: 'bottom' } };
    const asset = await take(site.mux, film, { ...trial, inputs: [{}, logo] });
    const { mp4 } = links(site.server, asset);
    await showsBadge(mp4, [0, 299]);
    assert.ok((await brightness(mp4, 100, [4, 314, 90, 40])) > 240, 'the image in the corner');
    const bare = await clip(site.mux, asset.id, 1, 2, { ...playable, copy_overlays: false });
    await showsBadge(links(site.server, bare).mp4, [0]);
  });
});
