// Taking in by URL from the networks there are: breaking, slow, redirecting, lying, private.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { holds } from '../lib/folder.mjs';
import { Mux, connect, ended, playable, ready } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { Server } from '../lib/server.mjs';
import { useFiles, useServer } from '../lib/site.mjs';

const site = await useServer();
const file = media('crystal.mp4');
const files = await useFiles();

const create = (url, mux = site.mux) => mux.video.assets.create({ inputs: [{ url }], ...playable });

/** Fails unless the asset errors with words that match, or was refused with such words. */
async function fails(url, words, mux = site.mux) {
  let said;
  try {
    const asset = await ended(mux, (await create(url, mux)).id);
    assert.equal(asset.status, 'errored', 'it should have failed');
    said = asset.errors.messages.join(' ');
  } catch (error) {
    if (!(error instanceof Mux.BadRequestError)) throw error;
    said = error.error.error.messages.join(' ');
  }
  assert.match(said, words);
  assert.doesNotMatch(said, /127\.0\.0\.1.*panick|os error|Error \{/, 'inner detail is not for clients');
}

describe('a file is fetched whole', () => {
  for (const mode of ['plain', 'drops', 'slow', 'unsized', 'redirects'])
    test(mode, async () => {
      const asset = await ready(site.mux, (await create(files.url(file, mode))).id);
      assert.ok(Math.abs(asset.duration - 12) < 0.1);
      assert.ok(holds(site.server.data, readFileSync(file)));
      const resumed = files.requests.filter((request) => request.mode === mode && request.range?.match(/^bytes=[1-9]/));
      assert.equal(resumed.length, mode === 'drops' ? 2 : 0);
      await site.mux.video.assets.delete(asset.id);
    });
});

// Some are tried again for a while before they are given up.
describe('an asset errors with a reason', { concurrency: true }, () => {
  test('nothing there', () => fails(files.url(file, 'missing'), /404/));
  test('a server out of order', () => fails(files.url(file, 'fails'), /500/));
  test('redirects without end', () => fails(files.url(file, 'circle'), /redirect/i));
  test('a file that breaks off and can’t be resumed', () => fails(files.url(file, 'breaks'), /\w{4}/));
  test('fewer bytes than promised', () => fails(files.url(file, 'short'), /\w{4}/));
  test('a web page in place of a video', () => fails(files.url(file, 'page'), /video|audio|media|format/i));
  test('nobody listening', () => fails('http://127.0.0.1:9/video.mp4', /connect|reach|refused/i));
  test('a name that does not exist', () => fails('http://nobody.invalid/video.mp4', /resolve|find|name|host/i));
});

describe('without leave to fetch from private addresses', () => {
  let server;
  let mux;
  before(async () => {
    server = await Server.start({ env: { SUBCLIP_ALLOW_PRIVATE_URLS: 'false' } });
    mux = connect(server);
  });
  after(() => server.stop());

  test('none is fetched from, in any spelling', async () => {
    const port = new URL(files.origin).port;
    const before = files.requests.length;
    for (const host of ['127.0.0.1', 'localhost', '127.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '10.0.0.1', '169.254.169.254',
      '192.168.1.1', '[fe80::1]', '[fd00::1]', '100.64.0.1'])
      await fails(`http://${host}:${port}/plain/${file.split('/').pop()}`, /private|allowed|address/i, mux);
    assert.equal(files.requests.length, before, 'no request arrived');
  });
});
