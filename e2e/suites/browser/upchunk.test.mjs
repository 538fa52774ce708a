// UpChunk, Mux's own uploader, in a browser, from a page of another origin.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPage } from '../../lib/browser.mjs';
import { holds } from '../../lib/folder.mjs';
import { playable, ready, uploaded } from '../../lib/mux.mjs';
import { media } from '../../lib/paths.mjs';
import { useBrowser, useFiles, useServer } from '../../lib/site.mjs';
import { serveWire } from '../../lib/wire.mjs';

const site = await useServer();
const patience = { timeout: 60_000 };
const file = media('rabbit.mp4');
const files = await useFiles();
const browser = await useBrowser();

async function send(options, through = site) {
  const { page } = await openPage(browser, files, 'upchunk.html');
  const upload = await site.mux.video.uploads.create({ cors_origin: files.origin, new_asset_settings: playable });
  const endpoint = upload.url.replace(site.url, through.url);
  const seen = await page.evaluate((all) => window.sendFile(all), { from: files.url(file), endpoint, ...options });
  const asset = await ready(site.mux, (await uploaded(site.mux, upload.id)).id);
  assert.ok(Math.abs(asset.duration - 7.8) < 0.1);
  assert.ok(holds(site.server.data, readFileSync(file)));
  await page.close();
  return seen;
}

test('sends a file in chunks', patience, async () => {
  const seen = await send({ chunkSize: 512 });
  assert.equal(seen.chunks, Math.ceil(readFileSync(file).length / (512 * 1024)));
  assert.deepEqual(seen.failures, []);
  assert.equal(seen.progress, 100);
});

test('sends a file in one chunk', patience, async () => assert.equal((await send({ chunkSize: 30720 })).chunks, 1));

test('gets over a server that is killed and comes back', patience, async (t) => {
  // In the middle of the third chunk.
  const wire = await serveWire(site.server, 2.5 * 512 * 1024, () => site.server.kill().then(() => site.server.restart()));
  t.after(() => wire.close());
  // Whether UpChunk sends it again or the browser has done so already is theirs; the bytes are all there.
  await send({ chunkSize: 512 }, wire);
  assert.ok(wire.wasCut());
});
