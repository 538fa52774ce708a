// Every common player plays an asset and clips of both kinds of joins, and shows the very frame that is sought.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { apart, clipOf, foreign, fps } from '../../lib/joins.mjs';
import { get } from '../../lib/http.mjs';
import { links } from '../../lib/mux.mjs';
import { assertAtEnd, native, table, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';

const site = await useServer();
const players = await usePlayers(site);
const patience = { timeout: 120_000 };

/**
 * dash.js (5.2) does not seek in what has several periods, by a fault of its own: it empties its buffer when another period
 * is sought. Chromium meanwhile shows what is left of it within a second, and now and then dash.js comes to fetch no more.
 */
const isLost = (player, item) => player === 'dash.js' && item === 'discontinuity';

/** Plays in fast motion, seeks all over, and fails on any frame that is not the one sought. */
async function plays(row, name, { count, from, joins, hls, dash }, seeks) {
  const { opened, ask, end } = await players.open(row, { hls, dash });
  assert.deepEqual([opened.width, opened.height], [640, 360]);
  assert.ok(Math.abs(opened.duration - count / fps) < 0.05, `it lasts ${opened.duration} s`);
  assert.equal(opened.first.number, from, 'the first picture');

  const played = await ask('plays', () => window.playThrough(4));
  for (const { time, number } of played.pictures) assert.equal(number, from + Math.round(time * fps), `at ${time} s`);
  assertAtEnd(played.last, from, count);
  assert.equal(played.corrupted, 0);

  const near = joins.flatMap((at) => [-9, -2, -1, 0, 1, 2, 9].map((n) => at + n));
  const positions = [...near, 150, 3, 100, 99, 12, 13, 60, 0, count - 2, 91, count - 1].filter((n) => n >= 0 && n < count);
  if (!seeks) positions.length = 0;
  const seen = await ask('seeks', (times) => window.lookAt(times), positions.map((n) => (n + 0.5) / fps));
  assert.deepEqual(seen.pictures.map((picture) => picture.number), positions.map((n) => from + n));
  await end(name);
}

describe('players', () => {
  const items = {};
  before(async () => {
    const clip = await clipOf(site, foreign);
    items.discontinuity = apart(clip);
    const text = (await get(items.discontinuity.dash)).body.toString();
    assert.equal(text.match(/<Period /g).length, 2);
    assert.equal(clip.join, 'one_init');
    items.asset = { ...links(site.server, clip.source), count: 360, from: 0, joins: [] };
    items['one init'] = clip;
  });

  for (const row of [...table, native])
    for (const item of ['asset', 'one init', 'discontinuity'])
      test(`${row.name} plays ${item}`, patience, () =>
        plays(row, `${row.player}-${row.form}-${item.replace(' ', '-')}`, items[item], !isLost(row.player, item)));

  test('shaka winds by key pictures', patience, async () => {
    const { page, ask, end } = await players.open({ player: 'shaka', form: 'HLS' }, items.asset, { ahead: 3 });
    const asked = [];
    page.on('response', (response) => response.url().includes('/keys/') && asked.push(response.status()));
    await ask('winds', () => window.windInShaka());
    assert.ok(asked.length > 0 && asked.every((status) => status === 200), `asked for key pictures: ${asked}`);
    await end();
  });
});
