// A signed clip in a real browser: hls.js plays it by its token, from the page that may, and stops where it may not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from '../../lib/browser.mjs';
import { ordinary } from '../../lib/media.mjs';
import { Mux, clip, pid, take } from '../../lib/mux.mjs';
import { hlsJs, usePlayers } from '../../lib/players.mjs';
import { useServer } from '../../lib/site.mjs';
import { token as credentials } from '../../lib/token.mjs';

const site = await useServer();
const players = await usePlayers(site);
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };
const [first, end, fps] = [47, 167, 30];

const signed = { playback_policies: ['signed'] };
const source = await take(site.mux, await ordinary(), signed);
const id = pid(await clip(site.mux, source.id, first / fps, end / fps, signed));
const key = await site.mux.system.signingKeys.create();
const mux = new Mux({ baseURL: `${site.url}/mux`, tokenId: credentials.id, tokenSecret: credentials.secret,
  jwtSigningKey: key.id, jwtPrivateKey: key.private_key });

/** The address of the clip with a token that is bound to pages of a host. */
async function address(host) {
  const { id: restriction } = await site.mux.video.playbackRestrictions.create({
    referrer: { allowed_domains: [host], allow_no_referrer: false },
    user_agent: { allow_no_user_agent: false, allow_high_risk_user_agent: true },
  });
  const token = await mux.jwt.signPlaybackId(id, { params: { playback_restriction_id: restriction } });
  return `${site.url}/${id}.m3u8?token=${token}`;
}

test('plays through hls.js from a page that may, frame by frame', patience, async () => {
  const { opened, ask, end: close } = await players.open(hlsJs, { hls: await address(new URL(players.files.origin).hostname) });
  assert.equal(opened.first.number, first);
  assert.ok(Math.abs(opened.duration - (end - first) / fps) < 0.03, `it lasts ${opened.duration} s`);
  const played = await ask('plays', () => window.playThrough());
  assert.equal(played.buffered.length, 1);
  assert.equal(played.total, end - first);
  for (const picture of played.pictures) assert.equal(picture.number, first + Math.round(picture.time * fps), `at ${picture.time} s`);
  const positions = [end - first - 1, 0, 60, 13];
  const seen = await ask('seeks', (times) => window.lookAt(times), positions.map((n) => (n + 0.5) / fps));
  assert.deepEqual(seen.pictures.map((picture) => picture.number), positions.map((n) => first + n));
  await close();
});

test('does not play from a page that may not, or without a token', patience, async () => {
  const { page } = await openPage(players.browser, players.files);
  for (const url of [await address('www.example.com'), `${site.url}/${id}.m3u8`]) {
    const status = await page.evaluate(async (at) => (await fetch(at)).status, url);
    assert.equal(status, 403, 'and the page can read why');
  }
  await page.close();
});
