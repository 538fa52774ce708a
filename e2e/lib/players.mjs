// The common players in a browser, each at an address that it understands.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { openPage, within } from './browser.mjs';
import { gallery } from './paths.mjs';
import { useBrowser, useFiles, useTls } from './site.mjs';

// The names that Mux's player makes of a domain of one's own.
const domain = 'video.example';

/** Those in which a viewer chooses quality, captions and sound. */
export const table = [
  { player: 'hls.js', form: 'HLS' },
  { player: 'shaka', form: 'HLS' },
  { player: 'shaka', form: 'DASH' },
  { player: 'dash.js', form: 'DASH' },
  { player: 'video.js', form: 'HLS' },
  { player: 'video.js', form: 'DASH' },
  { player: 'mux-player', form: 'HLS' },
].map((row) => ({ name: `${row.player} by ${row.form}`, ...row }));

export const hlsJs = table[0];
/** Chromium itself, which is given files too. */
export const native = { name: 'Chromium by HLS', player: 'native', form: 'HLS' };

// Mux's player looks for Google's script for casting, and for pictures beside the film. dash.js (5.2) says the other where one
// seeks while it goes from one period to another, and goes on.
const isAside = (player, line) =>
  (line.includes('Failed to load resource') && /https:\/\/(www\.gstatic\.com|image\.video\.example)\//.test(line)) ||
  (player === 'dash.js' && line === "TypeError: Cannot read properties of null (reading 'setSeekTarget')");

/**
 * Fails unless all `count` pictures of what was played through were decoded, and nearly all shown, up to the end. Which of
 * them are in time for the screen is the machine's doing too: a busy one may miss some, and the very last.
 */
export function assertWhole({ total, corrupted, dropped, last }, first, count) {
  assert.equal(total, count, 'frames decoded');
  assert.equal(corrupted, 0, 'corrupted frames');
  assert.ok(isFew(dropped, count), `${dropped} of ${count} frames dropped`);
  assertAtEnd(last, first, count);
}

/** Fails unless what stands there is the last picture of `count`, or the one before. */
export const assertAtEnd = (last, first, count) =>
  assert.ok([1, 2].includes(first + count - last.number), `it ends on frame ${last.number}, not ${first + count - 1}`);

/** What a machine that is busy with other work may miss of so many pictures. */
export const isFew = (missed, count) => missed <= Math.max(2, count / 10);

/** A browser for a whole test file, whose pages play what `site` has: `{ files, browser, open }`. */
export async function usePlayers(site) {
  const files = await useFiles();
  const tls = await useTls(site.server);
  const browser = await useBrowser({ hosts: { [`stream.${domain}`]: tls.port, [`image.${domain}`]: tls.port } });
  const custom = (url) => url.replace(site.url, `https://stream.${domain}`);

  /**
   * Opens `{ hls, dash }` in one of the players: `{ opened, page, ask, end }`. `opened` is what was seen first, `ask(what,
   * run, argument)` runs something in the page, and `end` closes it and fails on anything a player or the page complained
   * of; with a name it keeps a picture of it before.
   */
  async function open({ player, form }, { hls, dash }, options) {
    const { page, said } = await openPage(browser, files);
    const url = form === 'DASH' ? dash : player === 'mux-player' ? custom(hls) : hls;
    const ask = (what, run, argument) => within(page, what, run, argument);
    const opened = await ask('opens', (all) => window.openIn(...all), [player, url, options]);
    const end = async (name) => {
      const { faults } = await page.evaluate(() => window.standing());
      assert.deepEqual([faults, said.filter((line) => !isAside(player, line))], [[], []]);
      if (name) await page.screenshot({ path: join(gallery(), `${name}.png`) });
      await page.close();
    };
    return { opened, page, ask, end };
  }
  return { files, browser, open };
}
