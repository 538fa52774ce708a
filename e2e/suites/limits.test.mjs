// What one token and one workspace may ask for, and what those are told who ask for more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, json } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { Mux, playable, ready } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer({ env: { SUBCLIP_REQUESTS_PER_S: '5', SUBCLIP_MOST_PREPARING: '2', SUBCLIP_MOST_WAITING_UPLOADS: '3' } });
const files = await useFiles();

/** A client with a token of its own, that does not try again. */
async function client() {
  const made = await site.server.command('token', 'create');
  const [id] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(made.stdout);
  const secret = made.stdout.split(/[\s:]+/).filter((word) => word.length >= 20 && !word.includes(id)).pop();
  return { mux: new Mux({ tokenId: id, tokenSecret: secret, baseURL: `${site.url}/mux`, maxRetries: 0 }), token: { id, secret } };
}

test('a token that asks too much is told when to come back, and no other token suffers', async () => {
  const [greedy, modest] = [await client(), await client()];
  const answers = await Promise.all(Array.from({ length: 120 }, () => json('GET', `${site.url}/mux/video/v1/assets`, greedy.token)));
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(answers.some(({ status }) => status === 200) && refused.length > 0);
  for (const { headers, json: body } of refused) {
    assert.equal(headers['retry-after'], '1');
    assert.equal(body.error.type, 'too_many_requests');
  }
  await assert.rejects(Promise.all(Array.from({ length: 60 }, () => greedy.mux.video.assets.list())), Mux.RateLimitError);
  await modest.mux.video.assets.list();
  // The SDK waits as it is told.
  await new Mux({ tokenId: greedy.token.id, tokenSecret: greedy.token.secret, baseURL: `${site.url}/mux`, maxRetries: 5 }).video.assets.list();
  // Who plays is not counted.
  const played = await Promise.all(Array.from({ length: 120 }, () => get(`${site.url}/unknown-file.m3u8`)));
  assert.ok(played.every(({ status }) => status !== 429));
});

test('a workspace has so many assets in preparation, and uploads that wait', async () => {
  const { mux } = await client();
  const held = files.url(await ordinary(), 'held');
  const made = [];
  for (let n = 0; n < 2; n++) made.push(await mux.video.assets.create({ inputs: [{ url: held }], ...playable }));
  await assert.rejects(mux.video.assets.create({ inputs: [{ url: held }], ...playable }), (error) => {
    assert.ok(error instanceof Mux.RateLimitError);
    assert.match(error.message, /2 assets are being prepared/);
    return true;
  });
  files.release();
  for (const asset of made) await ready(site.mux, asset.id);
  await ready(site.mux, (await mux.video.assets.create({ inputs: [{ url: files.url(media('crystal.mp4')) }], ...playable })).id);

  const uploads = [];
  for (let n = 0; n < 3; n++) uploads.push(await mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable }));
  await assert.rejects(mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable }), Mux.RateLimitError);
  await mux.video.uploads.cancel(uploads[0].id);
  await mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
});
