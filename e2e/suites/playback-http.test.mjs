// Playback as caches, browsers and download managers use it: validators, ranges, CORS, types and lengths.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ask, get, head } from '../lib/http.mjs';
import { clip, pid, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { walk } from '../lib/playlist.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const names = ['multivariant playlist', 'media playlist', 'init', 'segment', 'mp4', 'm4a', 'picture'];

const source = await take(site.mux, media('rabbit.mp4'));
const asset = await clip(site.mux, source.id, 1.2, 6.5);
const base = `${site.url}/${pid(asset)}`;
const all = await walk(`${base}.m3u8`);
const playlist = all.playlists[0];
const things = {
  'multivariant playlist': { url: `${base}.m3u8`, type: /^application\/vnd\.apple\.mpegurl/i },
  'media playlist': { url: playlist.url, type: /^application\/vnd\.apple\.mpegurl/i },
  init: { url: playlist.inits[0], type: /^video\/mp4/ },
  segment: { url: playlist.segments[0].url, type: /^video\/(mp4|iso\.segment)/ },
  mp4: { url: `${base}/highest.mp4`, type: /^video\/mp4/ },
  m4a: { url: `${base}/audio.m4a`, type: /^audio\/(mp4|x-m4a|m4a)/ },
  picture: { url: `${base}/thumbnail.jpg?time=1`, type: /^image\/jpeg/ },
};

for (const name of names)
  describe(`the ${name}`, () => {
    let whole;
    before(async () => (whole = await get(things[name].url)));

    test('has its type, its length and a strong ETag', () => {
      assert.equal(whole.status, 200);
      assert.match(whole.headers['content-type'], things[name].type);
      assert.equal(Number(whole.headers['content-length']), whole.body.length);
      assert.match(whole.headers.etag, /^"[^"]+"$/);
      assert.ok(whole.headers['cache-control'], 'a Cache-Control header');
    });

    test('is the same every time', async () => {
      const again = await get(things[name].url);
      assert.ok(again.body.equals(whole.body));
      assert.equal(again.headers.etag, whole.headers.etag);
    });

    test('answers 304 to who has it already', async () => {
      const { etag } = whole.headers;
      for (const list of [etag, `"other", ${etag}`, '*', `W/${etag}`]) {
        const answer = await get(things[name].url, { 'If-None-Match': list });
        assert.equal(answer.status, 304, list);
        assert.equal(answer.body.length, 0);
        assert.equal(answer.headers.etag, etag);
      }
      assert.equal((await get(things[name].url, { 'If-None-Match': '"other"' })).status, 200);
    });

    test('answers HEAD with the headers of GET', async () => {
      const answer = await head(things[name].url);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.length, 0);
      for (const header of ['content-type', 'content-length', 'etag', 'cache-control', 'accept-ranges'])
        assert.equal(answer.headers[header], whole.headers[header], header);
    });

    test('may be read by any page', async () => {
      const answer = await get(things[name].url, { Origin: 'https://example.com' });
      assert.ok(['*', 'https://example.com'].includes(answer.headers['access-control-allow-origin']));
      const asked = await ask('OPTIONS', things[name].url, {
        headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'range' },
      });
      assert.ok([200, 204].includes(asked.status), String(asked.status));
      assert.match(asked.headers['access-control-allow-methods'], /GET|\*/);
      assert.match(asked.headers['access-control-allow-headers'], /range|\*/i);
    });

    test('can’t be written', async () => {
      for (const method of ['POST', 'PUT', 'DELETE']) assert.ok([404, 405].includes((await ask(method, things[name].url)).status), method);
    });
  });

for (const name of ['init', 'segment', 'mp4', 'm4a'])
  describe(`ranges of the ${name}`, () => {
    let whole;
    let size;
    before(async () => {
      whole = await get(things[name].url);
      size = whole.body.length;
    });
    const ask200 = (range, headers) => get(things[name].url, { Range: range, ...headers });

    test('are announced', () => assert.equal(whole.headers['accept-ranges'], 'bytes'));

    test('give the bytes asked for', async () => {
      const middle = Math.floor(size / 2);
      const cases = [['0-0', 0, 0], ['0-99', 0, 99], [`${middle}-${middle + 10}`, middle, middle + 10], [`${middle}-`, middle, size - 1],
        ['-1', size - 1, size - 1], ['-100', size - 100, size - 1], [`-${size + 500}`, 0, size - 1], [`0-${size + 500}`, 0, size - 1],
        [`${size - 1}-`, size - 1, size - 1]];
      for (const [range, from, to] of cases) {
        const answer = await ask200(`bytes=${range}`);
        assert.equal(answer.status, 206, range);
        assert.equal(answer.headers['content-range'], `bytes ${from}-${to}/${size}`, range);
        assert.equal(Number(answer.headers['content-length']), to - from + 1, range);
        assert.ok(answer.body.equals(whole.body.subarray(from, to + 1)), range);
      }
    });

    test('make up the whole when put together', async () => {
      const step = Math.ceil(size / 7);
      const parts = [];
      for (let from = 0; from < size; from += step) parts.push((await ask200(`bytes=${from}-${from + step - 1}`)).body);
      assert.ok(Buffer.concat(parts).equals(whole.body));
    });

    test('beyond the end answer 416 with the size', async () => {
      for (const range of [`${size}-`, `${size + 5}-${size + 9}`]) {
        const answer = await ask200(`bytes=${range}`);
        assert.equal(answer.status, 416, range);
        assert.equal(answer.headers['content-range'], `bytes */${size}`, range);
      }
    });

    test('that make no sense are ignored or refused (RFC 9110, 14.2)', async () => {
      for (const range of ['bytes=5-2', 'bytes=-0', 'bytes=a-b', 'bytes', 'bytes='])
        assert.ok([200, 400, 416].includes((await ask200(range)).status), range);
      assert.equal((await ask200('items=0-5')).status, 200);
    });

    test('hold only while the validator does', async () => {
      assert.equal((await ask200('bytes=0-9', { 'If-Range': whole.headers.etag })).status, 206);
      const changed = await ask200('bytes=0-9', { 'If-Range': '"other"' });
      assert.equal(changed.status, 200);
      assert.ok(changed.body.equals(whole.body));
      assert.equal((await ask200('bytes=0-9', { 'If-Range': `W/${whole.headers.etag}` })).status, 200);
    });

    test('have HEAD and 304 beside them', async () => {
      const answer = await head(things[name].url, { Range: 'bytes=0-9' });
      assert.ok([200, 206].includes(answer.status));
      assert.equal(answer.body.length, 0);
      assert.equal((await ask200('bytes=0-9', { 'If-None-Match': whole.headers.etag })).status, 304);
    });
  });

test('media may be cached for ever, playlists may not', async () => {
  for (const name of ['init', 'segment']) {
    const caching = (await get(things[name].url)).headers['cache-control'];
    assert.match(caching, /public/);
    assert.match(caching, /immutable/);
    assert.ok(Number(/max-age=(\d+)/.exec(caching)[1]) >= 86_400, caching);
  }
  for (const name of ['multivariant playlist', 'media playlist'])
    assert.doesNotMatch((await get(things[name].url)).headers['cache-control'], /immutable/);
});

test('a download has the name asked for', async () => {
  const mp4 = (await get(`${things.mp4.url}?download=my%20cats`)).headers['content-disposition'];
  assert.match(mp4, /^attachment;.*my(%20| )cats\.mp4/);
  const m4a = (await get(`${things.m4a.url}?download=cats`)).headers['content-disposition'];
  assert.match(m4a, /^attachment;.*cats\.m4a/);
  assert.equal((await get(things.mp4.url)).headers['content-disposition'], undefined);
  for (const name of ['a%22%0d%0aX-Evil:%201', '..%2f..%2fetc', '%C3%BC%E2%82%AC', '%00']) {
    const answer = await get(`${things.mp4.url}?download=${name}`);
    assert.ok([200, 400].includes(answer.status), name);
    assert.equal(answer.headers['x-evil'], undefined);
    assert.doesNotMatch(answer.headers['content-disposition'] ?? '', /\//);
  }
});
