// What goes wrong, as Mux's Node SDK sees it: statuses, envelopes, error classes (contract, sections 1.3 and 1.6).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask, get, json } from '../lib/http.mjs';
import { Mux, connect, pid, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { mediaNames, scope } from '../lib/playlist.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const asset = await take(site.mux, media('rabbit.mp4'));

const api = (path) => `${site.url}/mux${path}`;
const wellFormed = '1'.padEnd(22, 'a');

/** Fails unless `answer` has this status and Mux's error envelope with this type. */
function isError(answer, status, type) {
  assert.equal(answer.status, status, answer.body.toString());
  assert.match(answer.headers['content-type'], /^application\/json/);
  assert.deepEqual(Object.keys(answer.json), ['error']);
  assert.equal(answer.json.error.type, type);
  assert.ok(answer.json.error.messages.length > 0);
  for (const message of answer.json.error.messages) assert.ok(typeof message === 'string' && message.length > 0);
}

describe('credentials', () => {
  test('that are wrong are refused with 401', async () => {
    for (const credentials of [{ secret: 'wrong' }, { id: 'wrong' }, { id: 'wrong', secret: 'wrong' }]) {
      const other = connect(site.server, credentials);
      await assert.rejects(other.video.assets.list(), Mux.AuthenticationError);
      await assert.rejects(other.video.assets.retrieve(asset.id), Mux.AuthenticationError);
    }
    isError(await json('GET', api('/video/v1/assets'), { id: token.id, secret: 'wrong' }), 401, 'unauthorized');
  });

  test('that are missing or no credentials at all are refused with 401', async () => {
    for (const headers of [{}, { Authorization: 'Basic' }, { Authorization: 'Basic !!!' }, { Authorization: 'Basic YQ==' },
      { Authorization: 'Digest x' }])
      assert.equal((await ask('GET', api('/video/v1/assets'), { headers })).status, 401, JSON.stringify(headers));
  });

  test('are not needed for playback, and not looked at there', async () => {
    for (const headers of [{}, { Authorization: 'Basic !!!' }])
      assert.equal((await get(`${site.url}/mux/${pid(asset)}.m3u8`, headers)).status, 200);
  });
});

describe('an answer', () => {
  test('comes in its envelope and without CORS headers', async () => {
    const one = await json('GET', api(`/video/v1/assets/${asset.id}`), token);
    assert.deepEqual(Object.keys(one.json), ['data']);
    assert.equal(one.headers['access-control-allow-origin'], undefined);
    const list = await json('GET', api('/video/v1/assets'), token);
    assert.deepEqual(Object.keys(list.json).sort(), ['data', 'next_cursor']);
    assert.ok(Array.isArray(list.json.data));
    const uploads = await json('GET', api('/video/v1/uploads'), token);
    assert.ok(Array.isArray(uploads.json.data));
  });
});

describe('requests that make no sense', () => {
  const cases = [
    ['no inputs', { playback_policies: ['public'] }],
    ['empty inputs', { inputs: [] }],
    ['an input without a URL', { inputs: [{}] }],
    ['a URL that is none', { inputs: [{ url: 'not a url' }] }],
    ['a scheme nobody fetches', { inputs: [{ url: 'file:///etc/passwd' }] }],
    ['an unknown policy', { inputs: [{ url: 'http://example.com/x.mp4' }], playback_policies: ['secret'] }],
    ['a passthrough too long', { inputs: [{ url: 'http://example.com/x.mp4' }], passthrough: 'x'.repeat(256) }],
    ['an unknown rendition', { inputs: [{ url: 'http://example.com/x.mp4' }], static_renditions: [{ resolution: '5p' }] }],
    ['a test that is none', { inputs: [{ url: 'http://example.com/x.mp4' }], test: 'yes' }],
    ['a Mux Robot', { inputs: [{ url: 'http://example.com/x.mp4' }], directives: [{ id: 'x' }] }],
    ['a title too long', { inputs: [{ url: 'http://example.com/x.mp4' }], meta: { title: 'x'.repeat(513) } }],
  ];
  for (const [name, body] of cases)
    test(`${name}: 400`, async () => {
      isError(await json('POST', api('/video/v1/assets'), token, body), 400, 'invalid_parameters');
      await assert.rejects(site.mux.video.assets.create(body), Mux.BadRequestError);
    });

  test('a body that is no JSON: 400', async () => {
    isError(await json('POST', api('/video/v1/assets'), token, '{"inputs": ['), 400, 'invalid_parameters');
    isError(await json('POST', api('/video/v1/assets'), token, '[]'), 400, 'invalid_parameters');
  });

  test('a body beyond all bounds: 413 or 400, and the server lives', async () => {
    const huge = JSON.stringify({ inputs: 'x'.repeat(20_000_000) });
    const answer = await json('POST', api('/video/v1/assets'), token, huge).catch((error) => ({ status: error.code }));
    assert.ok([400, 413, 'ECONNRESET', 'EPIPE'].includes(answer.status), String(answer.status));
    site.server.assertWell();
  });
});

describe('what is not there', () => {
  test('unknown assets, uploads and ids: 404 with Mux’s words', async () => {
    const answer = await json('GET', api(`/video/v1/assets/${wellFormed}`), token);
    isError(answer, 404, 'not_found');
    assert.match(answer.json.error.messages[0], /doesn't exist or you don't have access/);
    const { assets, uploads, playbackIds } = site.mux.video;
    for (const asking of [
      () => assets.retrieve(wellFormed), () => assets.update(wellFormed, { passthrough: 'x' }), () => assets.delete(wellFormed),
      () => assets.retrieveInputInfo(wellFormed), () => assets.createPlaybackId(wellFormed, { policy: 'public' }),
      () => assets.retrievePlaybackId(asset.id, wellFormed), () => assets.deletePlaybackId(asset.id, wellFormed),
      () => uploads.retrieve(wellFormed), () => uploads.cancel(wellFormed), () => playbackIds.retrieve(wellFormed),
    ]) await assert.rejects(asking, Mux.NotFoundError, String(asking));
  });

  test('ids that can’t be ids: 400 or 404, never 500', async () => {
    for (const id of ['x', '..%2f..', '%00', 'ä'.repeat(3), 'a'.repeat(3000)]) {
      const answer = await json('GET', api(`/video/v1/assets/${encodeURI(id)}`), token);
      assert.ok([400, 404, 414].includes(answer.status), `${id}: ${answer.status}`);
    }
  });

  test('a path that Mux has and Subclip has not: Mux’s own 404', async () => {
    isError(await json('GET', api('/video/v1/spaces'), token), 404, 'not_found');
    isError(await json('GET', api('/data/v1/metrics'), token), 404, 'not_found');
  });

  test('playback of an unknown id: 404 in Mux’s shape', async () => {
    const answer = await get(`${site.url}/${wellFormed}.m3u8`);
    assert.equal(answer.status, 404);
    const said = JSON.parse(answer.body);
    assert.equal(said.error.type, 'not_found');
    assert.ok(said.error.messages.length > 0);
  });
});

describe('playback (contract, section 6.4)', () => {
  const names = ['.m3u8', '.mpd', '', '/highest.mp4', '/audio.m4a', '/thumbnail.jpg', '/thumbnail.png', '/thumbnail.webp'];
  const parsed = (answer) => ({ ...answer, json: JSON.parse(answer.body) });

  test('of what can be no id: 400', async () => {
    for (const id of ['x', 'no-id', 'a'.repeat(23), 'a'.repeat(300), '%C3%A4'])
      for (const name of [...names, ...mediaNames]) isError(parsed(await get(`${site.url}/${id}${name}`)), 400, 'invalid_parameters');
  });

  test('of an unknown id: 404, with a token or without', async () => {
    for (const query of ['', '?token=x.y.z'])
      for (const name of [...names, ...mediaNames]) isError(parsed(await get(`${site.url}/${wellFormed}${name}${query}`)), 404, 'not_found');
  });

  test('with a token that a public id does not take: 400, and an empty one is none', async () => {
    for (const name of names) {
      const url = `${site.url}/${pid(asset)}${name}`;
      const signed = await get(`${url}?token=x.y.z`);
      isError(parsed(signed), 400, 'invalid_parameters');
      assert.equal(signed.headers['access-control-allow-origin'], '*', 'a player can read why');
      assert.equal((await get(`${url}?token=`)).status, 200, name);
    }
  });

  test('of a part of a moment, and of what is no live stream: 400', async () => {
    for (const name of ['/thumbnail.jpg', '/thumbnail.png', '/thumbnail.webp'])
      for (const query of ['asset_start_time=1', 'asset_end_time=2', 'asset_start_time=1&asset_end_time=2']) {
        const answer = parsed(await get(`${site.url}/${pid(asset)}${name}?${query}`));
        isError(answer, 400, 'invalid_parameters');
        assert.match(answer.json.error.messages[0], /^asset_(start|end)_time: /);
      }
    for (const query of ['program_start_time=1700000000', 'program_end_time=1700000000'])
      isError(parsed(await get(`${site.url}/${pid(asset)}.m3u8?${query}`)), 400, 'invalid_parameters');
    isError(parsed(await get(`${site.url}/${pid(asset)}/thumbnail.jpg?program_time=1700000000`)), 400, 'invalid_parameters');
  });

  test('of pictures goes by what a player adds', async () => {
    const asking = `${site.url}/${pid(asset)}/thumbnail.webp?format=webp&program_time=1&program_start_time=2&time=1`;
    assert.equal((await get(asking)).status, 200);
  });

  test('of names that are no file: 404', async () => {
    for (const path of ['favicon.ico', 'robots.txt', 'x/nothing.here', `${pid(asset)}/nothing.here`])
      isError(parsed(await get(`${site.url}/${path}`)), 404, 'not_found');
  });
});

test('a path that leads nowhere says so, wherever it lies', async () => {
  const places = ['/', '/mux/', '/v1/', '/v1/nothing', '/mux/video/v1/', '/mux/nothing/at/all/here', '/uploads/', '/uploads/x/y/z', '/health/', '/a/b/c/d',
    `/${pid(asset)}/`, `/${pid(asset)}${scope}/video/`, `/${pid(asset)}${scope}/video/0.m4s/more`, `/${pid(asset)}${scope}/odd.m3u8`,
    `/${pid(asset)}${scope}/odd/0.m4s`, `/${pid(asset)}/p4/all/video/0.m4s`, `/${pid(asset)}/p5/some/video/0.m4s`, `/${pid(asset)}/text/x.vtt`, `/mux/${pid(asset)}/text/x.vtt`,
    `/${pid(asset)}${scope}/video/99999.m4s`];
  for (const place of places)
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await json(method, `${site.url}${place}`, token);
      // A known path and another method than its own.
      if (method !== 'GET' && answer.status === 405) isError(answer, 405, 'method_not_allowed');
      else isError(answer, 404, 'not_found');
    }
  assert.equal((await get(`${site.url}/a/b/c/d`)).headers['access-control-allow-origin'], '*', 'a player can read it');
});
