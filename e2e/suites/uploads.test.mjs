// Direct uploads as browsers, scripts and resumable clients send them (contract, section 4).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { describe, test } from 'node:test';
import { holds } from '../lib/folder.mjs';
import { ask } from '../lib/http.mjs';
import { Mux, connect, playable, ready, uploaded } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { Server } from '../lib/server.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const file = readFileSync(media('rabbit.mp4'));
const step = 256 * 1024;

const create = (mux = site.mux, more = {}) => mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable, ...more });

/** Sends bytes [from, to) with their `Content-Range`; `total` may be `*`. */
const send = (upload, from, to, total = file.length) =>
  ask('PUT', upload.url, { headers: { 'Content-Range': `bytes ${from}-${to - 1}/${total}` }, body: file.subarray(from, to) });

/** Asks how far it has come. */
const where = (upload, total = '*') => ask('PUT', upload.url, { headers: { 'Content-Range': `bytes */${total}` }, body: Buffer.alloc(0) });

/** Begins to send bytes [from, to) and stalls after `sent` of them: `{ answer, go(), end() }`. */
function stall(upload, from, to, sent) {
  const headers = { 'Content-Range': `bytes ${from}-${to - 1}/${file.length}`, 'Content-Length': to - from };
  const request = http.request(upload.url, { method: 'PUT', agent: false, headers });
  const answer = new Promise((resolve, reject) => {
    request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)));
    request.on('error', reject);
  });
  answer.catch(() => {});
  request.write(file.subarray(from, from + sent));
  return { answer, go: () => request.end(file.subarray(from + sent, to)), end: () => request.destroy() };
}

/** Answers within the time that a client's next try may take, long before the server gives a silent connection up. */
async function soon(answer) {
  const began = performance.now();
  const answered = await answer;
  assert.ok(performance.now() - began < 5000, `${performance.now() - began} ms`);
  return answered;
}

/** Waits until `least` bytes are durable, asking as a client may, and says how many are. */
const durable = (upload, least) =>
  until(`${least} bytes are stored`, async () => {
    const last = /^bytes=0-(\d+)$/.exec((await soon(where(upload))).headers.range)?.[1];
    return Number(last) + 1 >= least && Number(last) + 1;
  }, { withinMs: 10_000, everyMs: 20 });

/** Fails unless the server has taken exactly bytes [0, to) so far. */
function stored(answer, to) {
  assert.equal(answer.status, 308, answer.body.toString());
  assert.equal(answer.headers.location, undefined);
  assert.equal(answer.headers.range, to === 0 ? undefined : `bytes=0-${to - 1}`);
}

/** Fails unless the upload has become a ready asset whose stored bytes are the file's. */
async function whole(upload, mux = site.mux, server = site.server, bytes = file) {
  const asset = await ready(mux, (await uploaded(mux, upload.id)).id);
  assert.equal(asset.upload_id, upload.id);
  assert.equal(asset.ingest_type, 'on_demand_direct_upload');
  assert.ok(holds(server.data, bytes), 'the stored object is the file, byte for byte');
  return asset;
}

describe('an upload', () => {
  test('is answered 201 and waiting, and is found again', async () => {
    const made = await create(site.mux, { timeout: 900, cors_origin: 'https://example.com' }).withResponse();
    assert.equal(made.response.status, 201);
    const upload = made.data;
    assert.match(upload.id, /^[A-Za-z0-9]{1,255}$/);
    assert.equal(upload.status, 'waiting');
    assert.equal(upload.timeout, 900);
    assert.equal(upload.cors_origin, 'https://example.com');
    assert.match(upload.url, /^http/);
    assert.deepEqual(upload.new_asset_settings.playback_policies, ['public']);
    assert.equal(upload.asset_id, undefined);
    assert.deepEqual(await site.mux.video.uploads.retrieve(upload.id), upload);
    assert.equal((await create()).timeout, 3600);
  });

  test('refuses a timeout out of range', async () => {
    for (const timeout of [59, 604_801, -1]) await assert.rejects(create(site.mux, { timeout }), Mux.BadRequestError);
  });

  test('is listed page by page to the end', async () => {
    const made = [];
    for (let i = 0; i < 30; i++) made.push((await create()).id);
    const seen = new Set();
    for await (const upload of site.mux.video.uploads.list()) seen.add(upload.id);
    assert.ok(made.every((id) => seen.has(id)));
    assert.deepEqual((await site.mux.video.uploads.list({ page: 999 })).data, []);
  });
});

describe('bytes', () => {
  test('in one PUT make an asset', async () => {
    const upload = await create();
    const answer = await ask('PUT', upload.url, { headers: { 'Content-Type': 'video/mp4' }, body: file });
    assert.ok([200, 201].includes(answer.status));
    const asset = await whole(upload);
    const after = await site.mux.video.uploads.retrieve(upload.id);
    assert.equal(after.status, 'asset_created');
    assert.equal(after.asset_id, asset.id);
  });

  test('in one PUT without a length make an asset', async () => {
    const upload = await create();
    const body = new ReadableStream({ start(c) { c.enqueue(file.subarray(0, 1e6)); c.enqueue(file.subarray(1e6)); c.close(); } });
    const answer = await fetch(upload.url, { method: 'PUT', body, duplex: 'half' });
    assert.ok([200, 201].includes(answer.status));
    await whole(upload);
  });

  test('in chunks are acknowledged one by one', async () => {
    const upload = await create();
    stored(await where(upload), 0);
    for (let from = 0; from < file.length; from += 4 * step) {
      const to = Math.min(from + 4 * step, file.length);
      const answer = await send(upload, from, to);
      if (to < file.length) {
        stored(answer, to);
        stored(await where(upload), to);
        assert.equal((await site.mux.video.uploads.retrieve(upload.id)).status, 'waiting');
      } else assert.ok([200, 201].includes(answer.status));
    }
    await whole(upload);
  });

  test('of unknown length are taken until the last chunk names it', async () => {
    const upload = await create();
    stored(await send(upload, 0, step, '*'), step);
    stored(await send(upload, step, 3 * step, '*'), 3 * step);
    assert.ok([200, 201].includes((await send(upload, 3 * step, file.length)).status));
    await whole(upload);
  });

  test('sent again, wholly or in part, do no harm', async () => {
    const upload = await create();
    stored(await send(upload, 0, 2 * step), 2 * step);
    stored(await send(upload, 0, 2 * step), 2 * step);
    stored(await send(upload, step, 4 * step), 4 * step);
    stored(await send(upload, 0, step), 4 * step);
    assert.ok([200, 201].includes((await send(upload, 2 * step, file.length)).status));
    await whole(upload);
  });

  test('that would leave a gap are not taken', async () => {
    const upload = await create();
    stored(await send(upload, 0, step), step);
    const answer = await send(upload, 2 * step, 3 * step);
    if (answer.status === 308) stored(answer, step);
    else assert.ok(answer.status >= 400 && answer.status < 500 && ![408, 409, 429].includes(answer.status), String(answer.status));
    stored(await where(upload), step);
    assert.ok([200, 201].includes((await send(upload, step, file.length)).status));
    await whole(upload);
  });

  test('whose range makes no sense are refused and change nothing', async () => {
    const upload = await create();
    stored(await send(upload, 0, step), step);
    const body = file.subarray(0, 10);
    for (const range of ['bytes 10-5/100', 'bytes a-b/c', 'items 0-9/10', 'bytes 0-9', 'bytes 0-9/5', 'bytes -5-4/10', 'bytes 0-99/100',
      `bytes ${2 ** 53}-${2 ** 53 + 9}/*`, 'bytes 18446744073709551615-18446744073709551624/*']) {
      const answer = await ask('PUT', upload.url, { headers: { 'Content-Range': range }, body });
      assert.ok(answer.status >= 400 && answer.status < 500, `${range}: ${answer.status}`);
    }
    stored(await where(upload), step);
    assert.ok([200, 201].includes((await send(upload, step, file.length)).status));
    await whole(upload);
  });

  test('go on by a new connection while the old one is stalled', async () => {
    const upload = await create();
    const lost = stall(upload, 0, 8 * step, 5 * step);
    const there = await durable(upload, 4 * step);
    stored(await soon(where(upload, file.length)), there);
    stored(await soon(send(upload, 0, 5 * step)), 5 * step);
    const again = stall(upload, 5 * step, file.length, 4.5 * step);
    await durable(upload, 9 * step);
    assert.ok([200, 201].includes((await soon(send(upload, 5 * step, file.length))).status));
    for (const old of [lost, again]) old.end();
    await whole(upload);
  });

  test('sent twice at once by connections that live are those of the file', async () => {
    const upload = await create();
    const older = stall(upload, 0, file.length, 5 * step);
    await durable(upload, 4 * step);
    const newer = stall(upload, 0, file.length, 7 * step);
    assert.equal(await durable(upload, 5 * step), 5 * step, 'all that came of the older one is kept');
    older.go();
    newer.go();
    assert.equal(await soon(older.answer), 409, 'a newer one took over');
    assert.ok([200, 201].includes(await soon(newer.answer)));
    await whole(upload);
  });

  test('in a late copy of an earlier chunk do not end the one that is being sent', async () => {
    const upload = await create();
    stored(await send(upload, 0, 2 * step), 2 * step);
    const current = stall(upload, 2 * step, file.length, 5 * step);
    const there = await durable(upload, 6 * step);
    stored(await soon(send(upload, 0, 2 * step)), there);
    current.go();
    assert.ok([200, 201].includes(await soon(current.answer)));
    await whole(upload);
  });

  test('are not taken twice for one upload', async () => {
    const upload = await create();
    await ask('PUT', upload.url, { body: file });
    const asset = await whole(upload);
    await ask('PUT', upload.url, { body: Buffer.from('something else') });
    assert.equal((await uploaded(site.mux, upload.id)).id, asset.id);
    assert.equal((await where(upload)).status < 300, true, 'a query after the end says it is done');
  });
});

describe('the end of an upload without an asset', () => {
  test('cancelling stops it, once, and not after an asset was made', async () => {
    const upload = await create();
    stored(await send(upload, 0, step), step);
    const cancelled = await site.mux.video.uploads.cancel(upload.id);
    assert.equal(cancelled.status, 'cancelled');
    assert.equal((await site.mux.video.uploads.retrieve(upload.id)).status, 'cancelled');
    const late = await send(upload, step, 2 * step);
    assert.ok(late.status >= 400 && late.status < 500, String(late.status));
    await assert.rejects(site.mux.video.uploads.cancel(upload.id), Mux.PermissionDeniedError);

    const done = await create();
    await ask('PUT', done.url, { body: file });
    await whole(done);
    await assert.rejects(site.mux.video.uploads.cancel(done.id), Mux.PermissionDeniedError);
  });

  test('an address that was never given out takes nothing', async () => {
    const upload = await create();
    const forged = upload.url.replace(/[A-Za-z0-9](?=[^A-Za-z0-9]*$)/, (last) => (last === 'a' ? 'b' : 'a'));
    assert.ok([400, 401, 403, 404].includes((await ask('PUT', forged, { body: file })).status));
    assert.equal((await site.mux.video.uploads.retrieve(upload.id)).status, 'waiting');
  });

  test('nothing at all is no video', async () => {
    const upload = await create();
    const answer = await ask('PUT', upload.url, { body: Buffer.alloc(0) });
    assert.ok(answer.status < 500);
    const after = await site.mux.video.uploads.retrieve(upload.id);
    if (after.asset_id) assert.notEqual((await site.mux.video.assets.retrieve(after.asset_id)).status, 'ready');
  });
});

describe('a browser’s preflight', () => {
  const preflight = (url, origin) =>
    ask('OPTIONS', url, {
      headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT', 'Access-Control-Request-Headers': 'content-type,content-range' },
    });

  test('is allowed for the origin that was named, with what it needs', async () => {
    const upload = await create(site.mux, { cors_origin: 'https://studio.example.com' });
    const answer = await preflight(upload.url, 'https://studio.example.com');
    assert.ok([200, 204].includes(answer.status));
    assert.equal(answer.headers['access-control-allow-origin'], 'https://studio.example.com');
    assert.match(answer.headers['access-control-allow-methods'], /PUT/);
    assert.match(answer.headers['access-control-allow-headers'], /content-type/i);
    assert.match(answer.headers['access-control-allow-headers'], /content-range/i);
    const part = await ask('PUT', upload.url, {
      headers: { Origin: 'https://studio.example.com', 'Content-Range': `bytes 0-${step - 1}/${file.length}` }, body: file.subarray(0, step),
    });
    stored(part, step);
    assert.equal(part.headers['access-control-allow-origin'], 'https://studio.example.com');
    assert.match(part.headers['access-control-expose-headers'], /range/i);
  });

  test('is not allowed for another origin', async () => {
    const upload = await create(site.mux, { cors_origin: 'https://studio.example.com' });
    const answer = await preflight(upload.url, 'https://evil.example');
    assert.ok(!['*', 'https://evil.example'].includes(answer.headers['access-control-allow-origin']));
  });

  test('is allowed for every origin by *', async () => {
    const answer = await preflight((await create()).url, 'https://anywhere.example');
    assert.ok(['*', 'https://anywhere.example'].includes(answer.headers['access-control-allow-origin']));
  });
});

test('an upload goes on where it was after the server was restarted, and after it was killed', async () => {
  const server = await Server.start();
  const mux = connect(server);
  const upload = await create(mux);
  stored(await send(upload, 0, 3 * step), 3 * step);
  await server.restart();
  stored(await where(upload), 3 * step);
  stored(await send(upload, 3 * step, 6 * step), 6 * step);
  await server.kill();
  await server.restart();
  stored(await where(upload), 6 * step);
  assert.ok([200, 201].includes((await send(upload, 6 * step, file.length)).status));
  await whole(upload, mux, server);
  server.assertWell();
  await server.stop();
});
