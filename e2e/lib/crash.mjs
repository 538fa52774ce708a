// Rounds of work cut short by `kill -9`, and what must hold after each: nothing accepted is lost, nothing is left over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { serveFiles } from './fileserver.mjs';
import { added, contents, holds } from './folder.mjs';
import { check } from './framecode.mjs';
import { ask } from './http.mjs';
import { aac, coded, ordinary, x264 } from './media.mjs';
import { Mux, connect, ended, links, playable, ready } from './mux.mjs';
import { pause, until } from './poll.mjs';
import { seeded } from './random.mjs';
import { Server } from './server.mjs';

const step = 256 * 1024;

/** One asset each way in: indexed in place (so `kept` as it came), remuxed, encoded anew. */
async function footage() {
  const frames = 120;
  const small = { frames, size: '320x180' };
  return [
    { file: await ordinary(300), frames: 300, kept: true },
    { file: await coded({ ...small, options: [...x264(30, '-bf', '2'), ...aac], extension: 'mkv' }), frames },
    { file: await coded({ ...small, options: ['-c:v', 'mpeg4', '-q:v', '3', ...aac], extension: 'mp4' }), frames },
  ];
}

/** Plays `rounds` rounds; `say` is told of each. Gives counts of what was done and how it ended. */
export async function crashRounds({ rounds, seed = 7, say = () => {} }) {
  const random = seeded(seed);
  const kinds = await footage();
  const files = await serveFiles();
  const server = await Server.start();
  const empty = contents(server.data);
  const world = new World(server, files, random, kinds);
  try {
    for (let round = 1; round <= rounds; round++) {
      const work = Array.from({ length: random.between(2, 5) }, () => world.act());
      await Promise.race([Promise.allSettled(work), pause(random.between(5, 1500))]);
      await server.kill();
      blame(await Promise.allSettled(work));
      await server.restart();
      await world.settle();
      say(`round ${round}: ${JSON.stringify(world.counts)}`);
    }
    await world.playAll();
    await world.finish();
    await world.deleteAll();
    const gc = await server.command('gc');
    assert.equal(gc.code, 0, gc.stderr);
    let left;
    await until('no orphan is left', () => (left = added(empty, contents(server.data))).length === 0, { seen: () => left.join(', ') });
    server.assertWell();
    return world.counts;
  } finally {
    await server.stop();
    await files.close();
  }
}

/** A connection that broke is what was wanted, and a request may be refused; any other failure is the server's. */
function blame(outcomes) {
  for (const { reason } of outcomes.filter((outcome) => outcome.status === 'rejected')) {
    const refused = reason instanceof Mux.APIError && reason.status >= 400 && reason.status < 500;
    const broken = reason instanceof Mux.APIConnectionError || ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(reason.code);
    if (!refused && !broken) throw reason;
  }
}

/** Whether the source that a clip waited for went before it was ready, by deletion or because it failed itself. */
const mayFail = ({ dependsOn }) => dependsOn !== undefined && ['deleting', 'errored'].includes(dependsOn.state);

/** What was promised to the client, and the random acts that add to it. */
class World {
  counts = { accepted: 0, ready: 0, errored: 0, deleted: 0, resumed: 0 };
  assets = new Map();
  uploads = [];

  constructor(server, files, random, kinds) {
    Object.assign(this, { server, files, random, kinds, mux: connect(server) });
  }

  act() {
    const acts = [() => this.fetch(), () => this.upload(), () => this.clip(), () => this.clip(), () => this.delete()];
    return this.random.pick(acts)();
  }

  /** What answered 201 has been accepted; what died on the way may or may not be there, and is not counted on. */
  accept(asset, about) {
    this.counts.accepted += 1;
    this.assets.set(asset.id, { ...about, state: 'open' });
  }

  async fetch() {
    const kind = this.random.pick(this.kinds);
    const mode = this.random.pick(['plain', 'slow']);
    this.accept(await this.mux.video.assets.create({ inputs: this.files.url(kind.file, mode), ...playable }), { first: 0, frames: kind.frames });
  }

  async upload() {
    const kind = this.random.pick(this.kinds);
    const chunk = step * this.random.between(1, 3);
    const upload = await this.mux.video.uploads.create({ cors_origin: '*', new_asset_settings: playable });
    const own = { id: upload.id, url: upload.url, kind, bytes: this.unlike(kind), chunk, acknowledged: 0 };
    this.uploads.push(own);
    await this.send(own, 0);
  }

  /** The file with a free box of its own at the end, so that no other upload holds the same bytes. */
  unlike(kind) {
    const bytes = readFileSync(kind.file);
    if (!kind.kept) return bytes;
    const box = Buffer.from('\0\0\0\x10free12345678', 'latin1');
    box.writeDoubleBE(this.random.next(), 8);
    return Buffer.concat([bytes, box]);
  }

  async send(upload, from) {
    const { bytes, chunk } = upload;
    for (let at = from; at < bytes.length; ) {
      const to = Math.min(at + chunk, bytes.length);
      const answer = await ask('PUT', upload.url, {
        headers: { 'Content-Range': `bytes ${at}-${to - 1}/${bytes.length}` },
        body: bytes.subarray(at, to),
      });
      assert.ok(to === bytes.length ? answer.status < 300 : answer.status === 308, `${answer.status} ${answer.body}`);
      upload.acknowledged = at = to;
    }
  }

  async clip() {
    const sources = [...this.assets].filter(([, about]) => about.state !== 'deleting' && about.frames >= 60);
    if (sources.length === 0) return;
    const [id, source] = this.random.pick(sources);
    const settled = source.state === 'ready';
    const from = this.random.below(source.frames - 40);
    const to = this.random.between(from + 20, Math.min(from + 200, source.frames));
    const input = { url: `mux://assets/${id}`, start_time: from / 30, end_time: to / 30 };
    this.accept(await this.mux.video.assets.create({ inputs: [input], ...playable }), {
      first: source.first + from,
      frames: to - from,
      dependsOn: settled ? undefined : source,
    });
  }

  async delete() {
    const own = [...this.assets].filter(([, about]) => about.state !== 'deleting');
    if (own.length < 4) return;
    const [id, about] = this.random.pick(own);
    about.state = 'deleting';
    await this.mux.video.assets.delete(id);
    about.gone = true;
  }

  /**
   * After a restart: every accepted asset becomes ready, for all files are healthy; what was deleted is not there. Only
   * a clip may fail, with a reason: one whose source was not ready when it was asked for, and was deleted or failed.
   */
  async settle() {
    for (const [id, about] of this.assets) {
      if (about.state === 'deleting') {
        await this.settleDeleted(id, about);
        continue;
      }
      if (about.state !== 'open') continue;
      const asset = await ended(this.mux, id);
      about.state = asset.status;
      if (asset.status === 'errored') {
        const why = asset.errors?.messages?.join(' ') ?? '';
        assert.ok(mayFail(about), `asset ${id} is of a healthy file and errored: ${JSON.stringify(asset.errors)}`);
        assert.ok(why.length > 5, `asset ${id} errored without a reason`);
      } else assert.equal(Math.round(asset.duration * 30), about.frames, `asset ${id} lasts ${asset.duration} s`);
      this.counts[asset.status] += 1;
      about.asset = asset;
    }
    for (const upload of [...this.uploads]) if (this.random.chance(0.5)) await this.resume(upload);
  }

  async settleDeleted(id, about) {
    // A delete that answered has happened. One that was cut off has happened or has not, and can be asked for again.
    if (!about.gone) await this.mux.video.assets.delete(id).catch((error) => assert.ok(error instanceof Mux.NotFoundError, String(error)));
    await assert.rejects(this.mux.video.assets.retrieve(id), Mux.NotFoundError);
    this.assets.delete(id);
    this.counts.deleted += 1;
  }

  /** Asks an upload how far it has come and sends the rest; the stored object must be the file. */
  async resume(upload) {
    this.uploads.splice(this.uploads.indexOf(upload), 1);
    const query = await ask('PUT', upload.url, { headers: { 'Content-Range': `bytes */${upload.bytes.length}` }, body: Buffer.alloc(0) });
    if (query.status === 308) {
      const stored = query.headers.range ? Number(query.headers.range.split('-')[1]) + 1 : 0;
      assert.ok(stored >= upload.acknowledged, `${stored} bytes are there, ${upload.acknowledged} were acknowledged`);
      await this.send(upload, stored);
    } else assert.ok(query.status < 300, `${query.status} ${query.body}`);
    const assetId = await until(`upload ${upload.id} becomes an asset`, async () => (await this.mux.video.uploads.retrieve(upload.id)).asset_id);
    const asset = await ready(this.mux, assetId);
    if (upload.kind.kept) assert.ok(holds(this.server.data, upload.bytes), `upload ${upload.id} is not stored byte for byte`);
    this.assets.set(assetId, { first: 0, frames: upload.kind.frames, state: 'ready', asset });
    this.counts.resumed += 1;
  }

  async finish() {
    for (const upload of [...this.uploads]) await this.resume(upload);
  }

  /** Plays what is ready: each asset still shows its own frames. */
  async playAll() {
    const ready = [...this.assets.values()].filter((about) => about.state === 'ready');
    for (const { asset, first, frames } of ready.slice(-20)) await check(links(this.server, asset).mp4, first, first + frames - 1);
  }

  async deleteAll() {
    for await (const asset of this.mux.video.assets.list()) await this.mux.video.assets.delete(asset.id);
    for await (const upload of this.mux.video.uploads.list())
      if (upload.status === 'waiting') await this.mux.video.uploads.cancel(upload.id);
  }
}
