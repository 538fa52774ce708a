// An upload that nobody finishes in time. The shortest time Mux allows is a minute, so this test takes one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contents } from '../lib/folder.mjs';
import { ask } from '../lib/http.mjs';
import { playable } from '../lib/mux.mjs';
import { until } from '../lib/poll.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();

test('times out, takes no more bytes, and leaves none behind', async () => {
  const empty = contents(site.server.data);
  const upload = await site.mux.video.uploads.create({ cors_origin: '*', timeout: 60, new_asset_settings: playable });
  const send = (from) =>
    ask('PUT', upload.url, { headers: { 'Content-Range': `bytes ${from}-${from + 262143}/900000` }, body: Buffer.alloc(262144, 1) });
  assert.equal((await send(0)).status, 308);
  await until('the upload times out', async () => (await site.mux.video.uploads.retrieve(upload.id)).status === 'timed_out', {
    withinMs: 90_000,
    everyMs: 1000,
  });
  const late = await send(262144);
  assert.ok(late.status >= 400 && late.status < 500, String(late.status));
  assert.equal((await site.mux.video.uploads.retrieve(upload.id)).asset_id, undefined);
  await until('its bytes are gone', () => JSON.stringify(contents(site.server.data)) === JSON.stringify(empty));
});
