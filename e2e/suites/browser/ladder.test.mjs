// Switching quality in a real player: up and down, with the very frames that belong where they are shown.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { apart } from '../../lib/joins.mjs';
import { aac, coded, x264 } from '../../lib/media.mjs';
import { clip, links, take } from '../../lib/mux.mjs';
import { assertAtEnd, table, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';

const site = await useServer();
const players = await usePlayers(site);
const patience = { timeout: 120_000 };
const [frames, fps] = [480, 30];
const [first, beyond] = [47, 347];

const film = (...options) =>
  coded({ frames, size: '1280x720', options: [...x264(60, '-bf', '3', '-crf', '12', ...options), ...aac, '-movflags', '+faststart'] });
const foreign = () => film('-x264-params', 'cqm=jvt:b-pyramid=normal');

/** Plays in one quality after the other, from several places, and fails unless every picture is where it belongs. */
async function switches(row, { count, from, ...address }) {
  const { ask, end } = await players.open(row, address);
  const plan = [
    { height: 360, times: [0.5, 1.5] },
    { height: 720, times: [2.5, 4.2] },
    { height: 480, times: [5.1, 6.3] },
    { height: 720, times: [7.7] },
    { height: 360, times: [9.9, 0.2] },
  ].map((one) => ({ ...one, times: one.times.filter((time) => time < count / fps).map((time) => (Math.floor(time * fps) + 0.5) / fps) }));
  const seen = await ask('shows each quality', (steps) => window.lookInQualities(steps), plan);
  for (const { height, pictures } of seen.steps)
    for (const picture of pictures) {
      assert.equal(picture.number, from + Math.floor(picture.wanted * fps), `${height}p at ${picture.wanted} s`);
      assert.equal(picture.height, height, `${height}p at ${picture.wanted} s`);
    }
  await end();
}

/** Plays on while the quality changes under way, and fails on a frame that is out of place. */
async function playsOn(row, { count, from, ...address }) {
  const { ask, end } = await players.open(row, address, { ahead: 3 });
  const { pictures, last } = await ask('plays on', (heights) => window.playSwitching(heights), [360, 720, 480, 720, 360]);
  assert.ok(new Set(pictures.map((picture) => picture.height)).size >= 2, 'it was shown in several qualities');
  let before = -1;
  for (const { number, time, height } of pictures) {
    assert.equal(number, from + Math.round(time * fps), `at ${time} s, ${height}p`);
    assert.ok(number >= before && number < from + count, `frame ${number} after ${before}`);
    before = number;
  }
  assertAtEnd(last, from, count);
  await end();
}

/** Those that change the quality of what is shown while they play, and not while they stand still. */
const isSlow = ({ player }) => player === 'video.js' || player === 'mux-player';

describe('quality', () => {
  const items = {};
  before(async () => {
    const part = (asset) => ({ ...links(site.server, asset), from: first, count: beyond - first });
    items['a film'] = { ...links(site.server, await take(site.mux, await film())), from: 0, count: frames };
    const source = await take(site.mux, await foreign());
    const joined = (items['a clip with two joins'] = part(await clip(site.mux, source.id, first / fps, beyond / fps)));
    items['one by discontinuity'] = apart(joined);
  });

  for (const row of table)
    for (const item of ['a film', 'a clip with two joins', 'one by discontinuity']) {
      if (!isSlow(row)) test(`of ${item} is chosen in ${row.name}`, patience, () => switches(row, items[item]));
      // dash.js (5.2) fetches no more after a change of quality where there are several periods.
      if (row.player === 'dash.js' && item === 'one by discontinuity') continue;
      test(`of ${item} changes under way in ${row.name}`, patience, () => playsOn(row, items[item]));
    }
});
