// Webhooks through Mux's Node SDK and in Subclip's own format: what is told, in which order, and that nothing is lost.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { json } from '../lib/http.mjs';
import { hevc10, ordinary } from '../lib/media.mjs';
import { Mux, askClip, clip, connect, playable, ready, take, upload } from '../lib/mux.mjs';
import { pause, until } from '../lib/poll.mjs';
import { receive } from '../lib/receiver.mjs';
import { Server } from '../lib/server.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const api = (method, path, body) => json(method, `${site.url}/v1${path}`, token, body);
const receivers = [];
after(() => Promise.all(receivers.map((receiver) => receiver.close())));

async function receiver(answer) {
  const made = await receive(answer);
  receivers.push(made);
  return made;
}

/** Every message, verified by the SDK, by the id of what it tells of. */
async function unwrapped(mux, got, secret) {
  const bySubject = new Map();
  for (const { body, headers } of got) {
    const event = await mux.webhooks.unwrap(body, headers, secret);
    const id = event.object.id;
    bySubject.set(id, [...(bySubject.get(id) ?? []), event]);
  }
  return bySubject;
}

const types = (events) => events.map((event) => event.type);

describe('Mux’s webhooks', () => {
  test('tell of an upload, a clip and their deletion in order, each signed', async () => {
    const to = await receiver();
    const made = await site.mux.system.webhooks.create({ address: to.url }).withResponse();
    assert.equal(made.response.status, 201);
    const hook = made.data;
    assert.equal(hook.address, to.url);
    assert.equal(hook.enabled, true);
    assert.match(hook.created_at, /^\d{4}-\d\d-\d\dT/);
    assert.ok(hook.signing_secret.length > 20);

    const source = await take(site.mux, await ordinary(), { ...playable, passthrough: 'mine' });
    const short = await clip(site.mux, source.id, 1, 3);
    await site.mux.video.assets.update(short.id, { passthrough: 'changed' });
    await site.mux.video.assets.delete(short.id);
    // Each of them is told of in order, whatever is told of the others meanwhile.
    const counts = [[source.id, 6], [short.id, 8], [source.upload_id, 2]];
    await to.until('all is told', (all) => counts.every(([id, count]) => all.filter((event) => event.object.id === id).length >= count));

    const events = await unwrapped(site.mux, to.got, hook.signing_secret);
    const renditions = ['created', 'created'].map((word) => `video.asset.static_rendition.${word}`);
    const files = ['ready', 'ready'].map((word) => `video.asset.static_rendition.${word}`);
    assert.deepEqual(types(events.get(source.id)), ['video.asset.created', ...renditions, 'video.asset.ready', ...files]);
    assert.deepEqual(types(events.get(short.id)), [
      'video.asset.created', ...renditions, 'video.asset.ready', ...files, 'video.asset.updated', 'video.asset.deleted',
    ]);
    assert.deepEqual(types(events.get(source.upload_id)), ['video.upload.created', 'video.upload.asset_created']);

    const all = [...events.values()].flat();
    assert.equal(new Set(all.map((event) => event.id)).size, all.length, 'no event comes twice');
    for (const event of all) {
      assert.match(event.id, /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
      assert.match(event.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      assert.match(event.environment.id, /^[0-9a-z]{6}$/);
      assert.deepEqual(event.attempts, []);
      assert.equal(event.request_id, null);
    }
    const told = events.get(source.id).find((event) => event.type === 'video.asset.ready');
    assert.equal(told.object.type, 'asset');
    const { created_at: createdAt, ...now } = await site.mux.video.assets.retrieve(source.id);
    assert.equal(told.data.created_at, Number(createdAt));
    // What the API answers as text, the asset of a webhook has as numbers; a file told of alone has it as text again.
    const numbered = now.static_renditions.files.map((one) => ({ ...one, filesize: Number(one.filesize) }));
    const expected = { ...now, static_renditions: { ...now.static_renditions, files: numbered } };
    assert.deepEqual({ ...told.data, created_at: undefined }, { ...expected, created_at: undefined });
    const asClip = events.get(short.id)[0].data;
    assert.deepEqual([asClip.status, asClip.source_asset_id], ['preparing', source.id]);
    const file = events.get(source.id).find((event) => event.type.endsWith('static_rendition.ready')).data;
    assert.deepEqual([file.asset_id, file.status, file.name], [source.id, 'ready', 'highest.mp4']);
    assert.equal(file.filesize, now.static_renditions.files[0].filesize);
    const filled = events.get(source.upload_id)[1].data;
    assert.deepEqual([filled.asset_id, filled.status], [source.id, 'asset_created']);

    const message = to.got[0];
    await assert.rejects(site.mux.webhooks.unwrap(`${message.body} `, message.headers, hook.signing_secret));
    await assert.rejects(site.mux.webhooks.unwrap(message.body, message.headers, 'another secret'));
    await site.mux.system.webhooks.delete(hook.id);
  });

  test('tell of what fails and of what is cancelled', async () => {
    const to = await receiver();
    const hook = await site.mux.system.webhooks.create({ address: to.url });
    const broken = await upload(site.mux, Buffer.from('this is no video'));
    const given = await site.mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
    await site.mux.video.uploads.cancel(given.id);
    await to.until('both are told', (all) => all.some((e) => e.type === 'video.asset.errored') && all.some((e) => e.type === 'video.upload.cancelled'));
    const events = await unwrapped(site.mux, to.got, hook.signing_secret);
    assert.equal(events.get(broken.id).at(-1).type, 'video.asset.errored');
    assert.ok(events.get(broken.id).at(-1).data.errors.messages[0].length > 10);
    assert.deepEqual(types(events.get(given.id)), ['video.upload.created', 'video.upload.cancelled']);
    await site.mux.system.webhooks.delete(hook.id);
  });

  test('tell of what could not be taken as it is', async () => {
    const to = await receiver();
    const hook = await site.mux.system.webhooks.create({ address: to.url });
    const source = await take(site.mux, await hevc10());
    await to.until('it is ready', (all) => all.some((event) => event.type === 'video.asset.ready'));
    const events = (await unwrapped(site.mux, to.got, hook.signing_secret)).get(source.id);
    const words = types(events).filter((type) => /^video\.asset\.[a-z_]+$/.test(type));
    assert.deepEqual(words, ['created', 'non_standard_input_detected', 'ready'].map((word) => `video.asset.${word}`));
    const { data } = events.find((event) => event.type.endsWith('non_standard_input_detected'));
    assert.deepEqual([data.status, data.non_standard_input_reasons], ['preparing', source.non_standard_input_reasons]);
    await site.mux.system.webhooks.delete(hook.id);
  });

  test('are managed by the SDK', async () => {
    const { system } = site.mux;
    const address = 'https://example.com/hooks/mux';
    const hook = await system.webhooks.create({ address });
    const second = await system.webhooks.create({ address: `${address}/2` });
    await assert.rejects(system.webhooks.create({ address }), Mux.BadRequestError);
    await assert.rejects(system.webhooks.create({ address: 'nonsense' }), Mux.BadRequestError);
    const shown = await system.webhooks.retrieve(hook.id);
    assert.deepEqual(shown, { id: hook.id, address, enabled: true, created_at: hook.created_at });
    const listed = [];
    for await (const one of system.webhooks.list({ limit: 1 })) listed.push(one.id);
    assert.deepEqual(listed, [second.id, hook.id]);
    const off = await system.webhooks.update(hook.id, { enabled: false });
    assert.deepEqual([off.enabled, off.address], [false, address]);
    const moved = await system.webhooks.update(hook.id, { address: `${address}/new`, enabled: true });
    assert.deepEqual([moved.enabled, moved.address], [true, `${address}/new`]);
    await assert.rejects(system.webhooks.update(hook.id, {}), Mux.BadRequestError);
    for (const { id } of [hook, second]) await system.webhooks.delete(id);
    await assert.rejects(system.webhooks.retrieve(hook.id), Mux.NotFoundError);
    await assert.rejects(system.webhooks.delete(hook.id), Mux.NotFoundError);
  });

  test('repeat what failed, signed anew, and tell of the attempts before', async () => {
    const to = await receiver((_, count) => (count === 1 ? 503 : 200));
    const hook = await site.mux.system.webhooks.create({ address: to.url });
    const waiting = await site.mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
    await to.until('it is told again', (all) => all.length === 2, { withinMs: 20_000 });
    const [first, second] = (await unwrapped(site.mux, to.got, hook.signing_secret)).get(waiting.id);
    assert.deepEqual([first.id, first.attempts.length], [second.id, 0]);
    const [attempt] = second.attempts;
    assert.deepEqual([attempt.response_status_code, attempt.response_body, attempt.address], [503, 'told', to.url]);
    assert.equal(attempt.response_headers['content-type'], 'text/plain');
    assert.equal(typeof attempt.webhook_id, 'number');
    assert.notEqual(to.got[0].headers['mux-signature'], to.got[1].headers['mux-signature']);
    await site.mux.system.webhooks.delete(hook.id);
  });
});

describe('Subclip’s own webhooks', () => {
  test('follow Standard Webhooks, want what they choose, and log what was tried', async () => {
    const to = await receiver();
    const made = await api('POST', '/webhooks', { url: to.url, events: ['asset.ready'] });
    assert.equal(made.status, 201);
    const { id, secret } = made.json;
    assert.equal(made.json.format, 'subclip');
    const source = await take(site.mux, await ordinary());
    await to.until('it is ready', (all) => all.length >= 1);
    const [message] = to.got;
    const verified = new Webhook(secret).verify(message.body, message.headers);
    assert.deepEqual(Object.keys(verified).sort(), ['data', 'timestamp', 'type']);
    assert.deepEqual([verified.type, verified.data.id, verified.data.status], ['asset.ready', source.id, 'ready']);
    assert.deepEqual(verified.data, (await api('GET', `/assets/${source.id}`)).json);
    assert.throws(() => new Webhook(secret).verify(message.body.replace('ready', 'reedy'), message.headers));

    const test = await api('POST', `/webhooks/${id}/test`);
    assert.deepEqual([test.status, test.json.state, test.json.type], [202, 'pending', 'webhook.test']);
    await to.until('the test came', (all) => all.length === 2);
    assert.deepEqual(to.bodies()[1].data, { webhook_id: id });
    const log = await until('it is logged', async () => {
      const { json: one } = await api('GET', `/deliveries/${test.json.id}`);
      return one.state === 'delivered' && one;
    });
    assert.deepEqual([log.log.length, log.log[0].status, log.log[0].body], [1, 200, 'told']);
    assert.equal((await api('POST', `/deliveries/${test.json.id}/resend`)).status, 202);
    await to.until('it came again', (all) => all.length === 3);
    assert.equal(to.got[2].headers['webhook-id'], to.got[1].headers['webhook-id']);

    const { json: rotated } = await api('POST', `/webhooks/${id}/rotate-secret`);
    await api('POST', `/webhooks/${id}/test`);
    await to.until('it came', (all) => all.length === 4);
    assert.throws(() => new Webhook(secret).verify(to.got[3].body, to.got[3].headers));
    new Webhook(rotated.secret).verify(to.got[3].body, to.got[3].headers);
    const { json: page } = await api('GET', `/webhooks/${id}/deliveries?limit=2`);
    assert.equal(page.data.length, 2);
    assert.ok(page.next_cursor);
    assert.ok(!JSON.stringify((await api('GET', `/webhooks/${id}`)).json).includes('whsec_'), 'secrets are shown once');
    assert.equal((await api('DELETE', `/webhooks/${id}`)).status, 204);
  });

  test('leave a log of events even where there are none', async () => {
    const made = await api('POST', '/uploads', {});
    const { json: page } = await api('GET', `/events?subject_id=${made.json.id}`);
    assert.deepEqual(page.data.map((event) => event.type), ['upload.created']);
    assert.equal(page.data[0].data.url, null, 'the URL is all the permission that is needed');
    assert.deepEqual(page.data[0].subject, { type: 'upload', id: made.json.id });
    assert.deepEqual((await api('GET', `/events/${page.data[0].id}`)).json, page.data[0]);
    assert.equal((await api('GET', `/events/${made.json.id}`)).status, 404);
  });

  test('are managed by commands beside the server', async () => {
    const to = await receiver();
    const command = async (...args) => {
      const done = await site.server.command('webhook', ...args);
      assert.equal(done.code, 0, done.stderr);
      return done.stdout.trim();
    };
    const made = await command('create', to.url, '--event', 'asset.ready', '--event', 'asset.errored');
    const [, id, secret] = /^id\s+(\S+)\nsecret\s+(whsec_\S+)$/.exec(made);
    assert.match(await command('list'), new RegExp(`^${id}  enabled +subclip +asset.ready,asset.errored  ${to.url}$`, 'm'));
    const [, sent] = /^queued (\S+)$/.exec(await command('test', id));
    await to.until('the server delivers it', (all) => all.length === 1);
    new Webhook(secret).verify(to.got[0].body, to.got[0].headers);
    await until('it is logged', async () => /delivered +webhook.test +1 tried +200/.test(await command('deliveries', id)));
    assert.match(await command('resend', sent), /^queued/);
    await to.until('it came again', (all) => all.length === 2);
    await command('update', id, '--disable', '--all-events', '--format', 'mux');
    assert.match(await command('list'), new RegExp(`^${id}  disabled +mux +all `, 'm'));
    assert.match((await site.server.command('webhook', 'test', id)).stderr, /disabled/);
    assert.match(await command('delete', id), /^deleted/);
    assert.doesNotMatch(await command('list'), new RegExp(id));
  });
});

test('a thousand events reach nine endpoints while a tenth is dead', async (t) => {
  const events = 1000;
  const well = await Promise.all(Array.from({ length: 9 }, () => receiver()));
  const dead = await receiver(() => new Promise(() => {}));
  const hooks = [];
  for (const { url } of [...well, dead]) hooks.push((await api('POST', '/webhooks', { url })).json.id);
  const began = Date.now();
  for (let n = 0; n < events; n++) await api('POST', '/uploads', {});
  const asked = Date.now();
  await until('all are told', () => well.every(({ got }) => got.length >= events), { withinMs: 180_000, seen: () => well.map(({ got }) => got.length).join(' ') });
  t.diagnostic(`${events} events in ${asked - began} ms, the last delivered to nine endpoints ${Date.now() - asked} ms later; the dead one was asked ${dead.got.length} times`);
  for (const { got } of well) assert.equal(new Set(got.map(({ headers }) => headers['webhook-id'])).size, events);
  const slowest = well.map(({ got }) => got.at(-1).at - asked);
  assert.ok(Math.max(...slowest) < 60_000, `${slowest}`);
  for (const id of hooks) await api('DELETE', `/webhooks/${id}`);
});

test('forty slow endpoints that succeed keep nobody waiting', async (t) => {
  const events = 100;
  // Made first; each takes four seconds over every message.
  const slow = await Promise.all(Array.from({ length: 40 }, () => receiver(() => pause(4000).then(() => 200))));
  const prompt = await receiver();
  const hooks = [];
  for (const { url } of [...slow, prompt]) hooks.push((await api('POST', '/webhooks', { url })).json.id);
  for (let n = 0; n < events; n++) await api('POST', '/uploads', {});
  const asked = Date.now();
  await until('the prompt one is told', () => prompt.got.length >= events, { withinMs: 60_000, seen: () => prompt.got.length });
  t.diagnostic(`${events} events reached it ${prompt.got.at(-1).at - asked} ms after the last was made; the slow ones had ${slow.map(({ got }) => got.length)}`);
  await until('every slow one is served', () => slow.every(({ got }) => got.length > 0), { withinMs: 30_000 });
  for (const id of hooks) await api('DELETE', `/webhooks/${id}`);
});

test('a kill between change and delivery loses nothing', async (t) => {
  const server = await Server.start();
  t.after(() => server.stop());
  const mux = connect(server);
  let open = false;
  const to = await receiver(() => (open ? 200 : new Promise(() => {})));
  const hook = await mux.system.webhooks.create({ address: to.url });
  const wanted = new Map();
  for (let round = 0; round < 3; round++) {
    const source = await take(mux, await ordinary(), {});
    const cut = await askClip(mux, source.id, 1, 3, {});
    wanted.set(source.id, ['created', 'ready']).set(cut.id, ['created', 'ready']);
    // At some moment between the answer and what is told of it.
    await pause(round * 40);
    await server.kill();
    await server.restart();
    await ready(mux, cut.id);
  }
  const before = to.got.length;
  open = true;
  await server.kill();
  await server.restart();
  const heard = () => {
    const bySubject = new Map();
    for (const event of to.bodies().slice(before)) {
      const of = bySubject.get(event.object.id) ?? new Map();
      bySubject.set(event.object.id, of.set(event.id, event.type));
    }
    return bySubject;
  };
  await until('everything is told', () => [...wanted].every(([id, words]) => heard().get(id)?.size === words.length), {
    withinMs: 60_000, seen: () => JSON.stringify([...heard()].map(([id, of]) => [id, ...of.values()])),
  });
  for (const { body, headers } of to.got) await mux.webhooks.unwrap(body, headers, hook.signing_secret);
  for (const [id, words] of wanted) assert.deepEqual([...heard().get(id).values()], words.map((word) => `video.asset.${word}`));
  server.assertWell();
});
