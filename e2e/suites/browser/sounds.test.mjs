// Another sound in a real player: chosen while it plays, heard by its pitch, on an asset and on a clip.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clip, links, playable, ready } from '../../lib/mux.mjs';
import { table, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';
import { film, settledSounds, tone } from '../../lib/sounds.mjs';

const site = await useServer();
const players = await usePlayers(site);
const { files } = players;
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };

const inputs = [
  { url: files.url(await film([400, 'und'])), language_code: 'en', name: 'English' },
  { url: files.url(await tone(600)), type: 'audio', language_code: 'de', name: 'Deutsch' },
];
const source = await ready(site.mux, (await site.mux.video.assets.create({ ...playable, inputs })).id);
await settledSounds(site.mux, source.id);

const made = await clip(site.mux, source.id, 3.01, 8);

const tones = { English: [400, 600], Deutsch: [600, 900] };

/** Chooses each sound at its time; `step` is when the tones go up by half. */
async function check(row, asset, step, steps) {
  const plan = steps.map(([sound, time]) => ({ sound, time, pitches: tones[sound] }));
  const { ask, end } = await players.open(row, links(site.server, asset));
  const { pitches, sounds } = await ask('sounds', (all) => window.listen(...all), [plan, step]);
  assert.deepEqual(sounds, [['English', 'en'], ['Deutsch', 'de']]);
  plan.forEach(({ sound, time }, n) => {
    const { heard, wanted } = pitches[n];
    assert.ok(Math.abs(heard - wanted) < 25, `${sound} from ${time} on: ${JSON.stringify(pitches)}`);
  });
  await end();
}

for (const row of table)
  describe(`sounds in ${row.name}`, () => {
    test('of an asset', patience, () => check(row, source, 5, [['English', 1], ['Deutsch', 2], ['Deutsch', 7], ['English', 3]]));
    // Frames 90 to 240, so the step is at 2 s.
    test('of a clip', patience, () => check(row, made, 2, [['Deutsch', 0.2], ['Deutsch', 3], ['English', 0.4]]));
  });
