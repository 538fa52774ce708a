// Clips in a real player: no error, no gap, no frame left out, and the very frames that were asked for.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { get } from '../../lib/http.mjs';
import { apart, clipOf, ends, first, foreign, fps, normalised } from '../../lib/joins.mjs';
import { aac, coded, x264 } from '../../lib/media.mjs';
import { clip, links, take } from '../../lib/mux.mjs';
import { assertWhole, hlsJs, isFew, native, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';

const site = await useServer();
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };
const players = await usePlayers(site);

/** Plays to the end at normal speed, and fails on anything a viewer or a player could complain about. */
async function playsWhole(name, player, { count }, address) {
  const { opened, ask, end } = await players.open(player, address);
  assert.deepEqual([opened.width, opened.height], [640, 360]);
  assert.ok(Math.abs(opened.duration - count / fps) < 0.03, `it lasts ${opened.duration} s`);
  assert.equal(opened.first.number, first);
  assert.ok(Math.abs(opened.first.time) < 0.001, `it begins at ${opened.first.time} s`);

  const played = await ask('plays', () => window.playThrough());
  assert.deepEqual(played.faults, []);
  assert.equal(played.buffered.length, 1, `buffered: ${JSON.stringify(played.buffered)}`);
  assertWhole(played, first, count);
  let before = played.pictures[0];
  let missed = 0;
  for (const picture of played.pictures) {
    assert.equal(picture.number, first + Math.round(picture.time * fps), `at ${picture.time} s`);
    assert.ok(Math.abs(picture.time - (picture.number - first) / fps) < 0.002, `frame ${picture.number} at ${picture.time} s`);
    // The player's own count of those shown goes on by one with every frame, also where the page misses a callback.
    missed += Math.abs(picture.number - before.number - (picture.presented - before.presented));
    before = picture;
  }
  assert.ok(isFew(missed, count), `${missed} of ${count} frames were not shown`);
  return { name, ask, end, count };
}

/** Seeks to frames (positions in the clip), in this order and to the last one, and fails unless each shows itself. */
async function showsFrames({ name, ask, end, count }, wanted) {
  const positions = [...wanted, count - 1];
  const seen = await ask('seeks', (times) => window.lookAt(times), positions.map((n) => (n + 0.5) / fps));
  assert.deepEqual(seen.pictures.map((picture) => picture.number), positions.map((n) => first + n));
  await end(name);
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
    before(async () => (made = await clipOf(site, one.file)));

    test('is how it is joined', () => assert.equal(made.join, one.join));

    test('plays through hls.js across both joins', patience, async () => {
      const view = await playsWhole(`hls-${one.join}`, hlsJs, made, made);
      await showsFrames(view, around(made));
    });

    test('plays as MP4 and seeks', patience, async () => {
      const view = await playsWhole(`mp4-${one.join}`, native, made, { hls: made.mp4 });
      await showsFrames(view, scattered);
    });
  });

describe('a discontinuity', () => {
  let made;
  let hls;
  before(async () => {
    made = await clipOf(site, foreign);
    ({ hls } = apart(made));
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
    const view = await playsWhole('hls-discontinuity', hlsJs, made, { hls });
    await showsFrames(view, around(made));
  });
});

test('a clip that begins before the sound of its source does plays from its first picture', patience, async () => {
  const late = await coded({ frames: 360, options: [...x264(60, '-bf', '3'), ...aac, '-af', 'aselect=gt(t\\,4)', '-movflags', '+faststart'] });
  const source = await take(site.mux, late);
  const asset = await clip(site.mux, source.id, first / fps, ends[0] / fps);
  const view = await playsWhole('late-sound', hlsJs, { count: ends[0] - first }, links(site.server, asset));
  await showsFrames(view, scattered);
});
