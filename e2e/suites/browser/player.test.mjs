// Clips in a real player: no error, no gap, no dropped frame, and the very frames that were asked for.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { openPage } from '../../lib/browser.mjs';
import { get, json } from '../../lib/http.mjs';
import { aac, coded, x264 } from '../../lib/media.mjs';
import { clip, links, take } from '../../lib/mux.mjs';
import { gallery } from '../../lib/paths.mjs';
import { samples } from '../../lib/samples.mjs';
import { useBrowser, useFiles, useServer } from '../../lib/site.mjs';
import { token } from '../../lib/token.mjs';

const site = await useServer();
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };
// About 6 s that begin and end inside GOPs, whatever their length. Where the last frames can be copied as they are
// there is no second join, so the end is the first of these where they can't.
const [first, fps] = [47, 30];
const ends = [230, 229, 231, 228, 227];

const files = await useFiles();
const browser = await useBrowser();

/** VP9 must be encoded anew on the way in, so edges are made by the same encoder as the middle. */
const normalised = () =>
  coded({ frames: 360, extension: 'webm', options: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1',
    '-b:v', '2M', '-g', '60', '-c:a', 'libopus', '-b:a', '96k'] });

/** Quantiser matrices of its own, which no edge takes over: its parameter sets stay foreign. */
const foreign = () =>
  coded({ frames: 360, options: [...x264(60, '-bf', '3', '-x264-params', 'cqm=jvt:b-pyramid=normal'), ...aac, '-movflags', '+faststart'] });

/** A clip with two joins. */
async function clipOf(file) {
  const source = await take(site.mux, await file());
  for (const end of ends) {
    const asset = await clip(site.mux, source.id, first / fps, end / fps);
    const joins = await joinsOf(source, asset);
    if (joins.length !== 2) continue;
    const { json: told } = await json('GET', `${site.url}/v1/assets/${asset.id}`, token);
    return { count: end - first, joins, join: told.cut.join, ...links(site.server, asset) };
  }
  throw new Error('no clip of this source has two joins');
}

/** Where new samples and those shared with the source meet, as frame positions in the clip. */
async function joinsOf(source, asset) {
  const old = new Set((await samples(links(site.server, source).mp4)).map((sample) => sample.hash));
  const shown = (await samples(links(site.server, asset).mp4)).sort((a, b) => a.pts - b.pts);
  const shared = shown.map((sample) => old.has(sample.hash));
  return shared.flatMap((own, i) => (i > 0 && own !== shared[i - 1] ? [i] : []));
}

/** Opens a page, plays to the end at normal speed, and fails on anything a viewer or a player could complain about. */
async function playsWhole(name, { count }, url, hls) {
  const { page, said } = await openPage(browser, files);
  const opened = await page.evaluate(([address, through]) => window.openMedia(address, { hls: through }), [url, hls]);
  assert.deepEqual([opened.width, opened.height], [640, 360]);
  assert.ok(Math.abs(opened.duration - count / fps) < 0.03, `it lasts ${opened.duration} s`);
  assert.equal(opened.first.number, first);
  assert.ok(Math.abs(opened.first.time) < 0.001, `it begins at ${opened.first.time} s`);

  const played = await page.evaluate(() => window.playThrough());
  assert.deepEqual(played.faults, []);
  assert.deepEqual(said, []);
  assert.equal(played.buffered.length, 1, `buffered: ${JSON.stringify(played.buffered)}`);
  assert.equal(played.dropped, 0, 'dropped frames');
  assert.equal(played.corrupted, 0, 'corrupted frames');
  assert.equal(played.total, count, 'frames decoded');
  let last = opened.first.number;
  let presented = played.pictures[0].presented - (played.pictures[0].number - last);
  for (const picture of played.pictures) {
    assert.equal(picture.number, first + Math.round(picture.time * fps), `at ${picture.time} s`);
    assert.ok(Math.abs(picture.time - (picture.number - first) / fps) < 0.002, `frame ${picture.number} at ${picture.time} s`);
    // A callback may be missed by a busy page; a frame may not: the player's own count of those shown goes on by one.
    assert.equal(picture.number - last, picture.presented - presented, `after frame ${last}`);
    [last, presented] = [picture.number, picture.presented];
  }
  assert.equal(last, first + count - 1);
  return { page, name };
}

/** Seeks to frames (positions in the clip), in this order, and fails unless each shows itself. */
async function showsFrames({ page, name }, positions) {
  const seen = await page.evaluate((times) => window.lookAt(times), positions.map((n) => (n + 0.5) / fps));
  assert.deepEqual(seen.faults, []);
  assert.deepEqual(seen.pictures.map((picture) => picture.number), positions.map((n) => first + n));
  await page.screenshot({ path: join(gallery(), `${name}.png`) });
  await page.close();
}

const around = ({ joins, count }) =>
  joins.flatMap((at) => Array.from({ length: 21 }, (_, i) => at - 10 + i)).filter((n) => n >= 0 && n < count);
const scattered = [150, 3, 100, 99, 12, 13, 14, 60, 175, 0, 91];

const cases = [
  { name: 'edges that match byte for byte', file: normalised, join: 'identical' },
  { name: 'both parameter sets under one init', file: foreign, join: 'one_init' },
];

for (const one of cases)
  describe(one.name, () => {
    let made;
    before(async () => (made = await clipOf(one.file)));

    test('is how it is joined', () => assert.equal(made.join, one.join));

    test('plays through hls.js across both joins', patience, async () => {
      const view = await playsWhole(`hls-${one.join}`, made, made.hls, true);
      await showsFrames(view, around(made));
    });

    test('plays as MP4 and seeks', patience, async () => {
      const view = await playsWhole(`mp4-${one.join}`, made, made.mp4, false);
      await showsFrames(view, scattered);
    });
  });

describe('a discontinuity', () => {
  let made;
  let hls;
  before(async () => {
    made = await clipOf(foreign);
    hls = `${made.hls}?join=discontinuity`;
  });

  test('is how pictures and sound are joined when asked for', async () => {
    const text = (await get(hls)).body.toString();
    for (const [medium, inits] of [['video', made.joins.length + 1], ['audio', 1]]) {
      const name = text.match(new RegExp(`[^"\\n]*${medium}\\.m3u8[^"\\n]*`))[0];
      const list = (await get(new URL(name, hls).href)).body.toString();
      assert.equal(list.match(/^#EXT-X-DISCONTINUITY$/gm)?.length, made.joins.length, medium);
      assert.equal(new Set(list.match(/^#EXT-X-MAP:.*$/gm)).size, inits, medium);
    }
  });

  test('plays through hls.js', patience, async () => {
    const view = await playsWhole('hls-discontinuity', made, hls, true);
    await showsFrames(view, around(made));
  });
});

test('a clip that begins before the sound of its source does plays from its first picture', patience, async () => {
  const late = await coded({ frames: 360, options: [...x264(60, '-bf', '3'), ...aac, '-af', 'aselect=gt(t\\,4)', '-movflags', '+faststart'] });
  const source = await take(site.mux, late);
  const asset = await clip(site.mux, source.id, first / fps, ends[0] / fps);
  const view = await playsWhole('late-sound', { count: ends[0] - first }, links(site.server, asset).hls, true);
  await showsFrames(view, scattered);
});
