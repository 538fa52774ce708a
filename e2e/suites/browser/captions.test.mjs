// Captions in a real player: the right cue at the right time, on an asset, a clip and a part of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { file, settledTexts, vtt } from '../../lib/captions.mjs';
import { apart } from '../../lib/joins.mjs';
import { ordinary } from '../../lib/media.mjs';
import { asking, clip, links, playable, ready } from '../../lib/mux.mjs';
import { table, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';

const site = await useServer();
const players = await usePlayers(site);
const { files } = players;
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };

// A cue for each second and a half of ten, and one over several.
const cues = [
  [0, 1.5, 'One'], [1.5, 3, 'Two'], [3, 4.5, 'Three'], [4.5, 6, 'Four'], [6, 7.5, 'Five'], [7.5, 9, 'Six'],
  [2, 8, 'Long'],
].sort((one, other) => one[0] - other[0]);
const url = files.url(file('seconds.vtt', vtt(...cues)));
const inputs = [{ url: files.url(await ordinary()) }, { url, type: 'text', text_type: 'subtitles', language_code: 'en', name: 'English' }];
const source = await ready(site.mux, (await site.mux.video.assets.create({ ...playable, inputs })).id);
await settledTexts(site.mux, source.id);

/** What a viewer of the film reads at a time, by hand. */
const at = (time) => cues.filter(([start, end]) => start <= time && time < end).map(([, , text]) => text);

/** Plays an address, and fails unless each of these times shows what the film shows `shift` seconds later. */
async function check(row, address, times, shift) {
  const { ask, end } = await players.open(row, address, { captions: 'en' });
  const plan = times.map((time) => ({ time, texts: at(time + shift) }));
  const { read } = await ask('reads captions', (all) => window.readCaptions('en', all), plan);
  assert.deepEqual(read, plan.map(({ texts }) => texts));
  await end(`captions-${row.player}-${row.form}`);
}

const played = (asset) => links(site.server, asset);
// Frame 106 of 30 a second: the cut lies between two frames.
const made = await clip(site.mux, source.id, 3.53, 8.27);
const joined = await clip(site.mux, source.id, 1.1, 8.27);

for (const row of table)
  describe(`captions in ${row.name}`, () => {
    test('of an asset', patience, () => check(row, played(source), [0.4, 1.7, 2.9, 3.2, 7.4, 8.2, 9.5], 0));
    test('of a clip', patience, () => check(row, played(made), [0.1, 0.9, 1.1, 2.4, 2.6, 3.9, 4.1, 4.6], 106 / 30));
    test('of a part that is no asset', patience, () =>
      check(row, asking('?asset_start_time=3.53&asset_end_time=8.27', played(source)), [0.1, 0.9, 1.1, 4.1, 4.6], 106 / 30));
    // Video.js (8.24) takes the manifest's own address for the init of captions that are told in periods.
    if (row.player === 'video.js' && row.form === 'DASH') return;
    test('of a clip that is joined by discontinuity', patience, () =>
      check(row, apart(played(joined)), [0.1, 0.5, 2.5, 5, 6.7, 7], 1.1));
  });
