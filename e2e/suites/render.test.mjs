// Watermarks and loudness: what an owner wants done to the media itself (contract, 2.2 and 2.3).
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { added, contents } from '../lib/folder.mjs';
import { check, checkAgainst, read } from '../lib/framecode.mjs';
import { ask } from '../lib/http.mjs';
import { aac, coded, derived, kept, ordinary, x264 } from '../lib/media.mjs';
import { clip, connect, ended, links, playable, ready, refused, take, upload } from '../lib/mux.mjs';
import { gallery, scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { ffmpeg, must } from '../lib/run.mjs';
import { decode, samples } from '../lib/samples.mjs';
import { Server } from '../lib/server.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const files = await useFiles();

/** An image of one colour. */
const image = (colour, size, extension = 'png') =>
  kept(['image', colour, size], extension, (out) => ffmpeg(['-f', 'lavfi', '-i', `color=${colour}:s=${size}`, '-frames:v', '1', out]));

const red = await image('red', '300x150');
const blue = await image('blue', '300x150', 'jpg');

/** An input that lays an image over the video. */
const over = (file, overlay_settings) => ({ url: files.url(file), overlay_settings });

// On 640x360 a pixel is a third of one of 1920x1080, so the images are drawn 100 by 50.
const bottomRight = over(red, { vertical_align: 'bottom', vertical_margin: '30px', horizontal_align: 'right', horizontal_margin: '10%' });
const middleLeft = over(blue, { vertical_align: 'middle', horizontal_align: 'left', horizontal_margin: '60px', opacity: '50%' });

/** Where those are drawn: left, top, width, height. */
const redBox = [640 - 64 - 100, 360 - 10 - 50, 100, 50];
const blueBox = [20, (360 - 50) / 2, 100, 50];

const watermarked = { ...playable, inputs: [{}, bottomRight, middleLeft] };

/** One picture of a film, as `{ width, data }` of RGB. */
async function picture(source, number, width = 640) {
  const { stdout } = await must('ffmpeg', ['-v', 'error', '-nostdin', '-i', String(source), '-vf',
    `select=eq(n\\,${number}),format=rgb24`, '-frames:v', '1', '-f', 'rawvideo', '-'], { binary: true });
  return { width, data: stdout };
}

/** The mean colour of a box of a picture. */
function mean({ width, data }, [left, top, wide, high]) {
  const sum = [0, 0, 0];
  for (let y = top; y < top + high; y++)
    for (let x = left; x < left + wide; x++) for (let c = 0; c < 3; c++) sum[c] += data[(y * width + x) * 3 + c];
  return sum.map((s) => s / wide / high);
}

const inner = ([x, y, w, h]) => [x + 4, y + 4, w - 8, h - 8];
/** Four boxes around one, each a few pixels away from its edge. */
const around = ([x, y, w, h]) => [[x, y - 12, w, 8], [x, y + h + 2, w, 6], [x - 12, y, 8, h], [x + w + 4, y, 8, h]];
const near = (seen, wanted, what, tolerance = 12) =>
  seen.forEach((value, c) => assert.ok(Math.abs(value - wanted[c]) <= tolerance, `${what}: ${seen.map(Math.round)}, not ${wanted.map(Math.round)}`));

/** Fails unless both images lie over picture `number` of `made`, which is `of` in `original`, and nothing lies beside them. */
async function hasBoth(made, number, original, of) {
  const [now, before] = [await picture(made, number), await picture(original, of)];
  near(mean(now, inner(redBox)), [254, 0, 0], 'the opaque image');
  const ground = mean(before, inner(blueBox));
  near(mean(now, inner(blueBox)), [ground[0] / 2, ground[1] / 2, (ground[2] + 254) / 2], 'the half opaque image', 16);
  for (const box of [...around(redBox), ...around(blueBox)]) near(mean(now, box), mean(before, box), `beside at ${box}`);
}

/** Fails unless neither image is there. */
async function hasNone(made, number, original, of) {
  const [now, before] = [await picture(made, number), await picture(original, of)];
  for (const box of [redBox, blueBox]) near(mean(now, inner(box)), mean(before, inner(box)), `at ${box}`);
}

const original = await ordinary();
const source = await take(site.mux, original, watermarked);

describe('a watermark', () => {
  test('is burnt into every picture of an upload, where it belongs', async () => {
    const { mp4, hls } = links(site.server, source);
    assert.equal(source.duration, 10);
    await check(mp4, 0, 299, 30);
    await check(hls, 0, 299, 30);
    assert.equal(await decode(mp4), 300);
    for (const number of [0, 119, 120, 299]) await hasBoth(mp4, number, original, number);
    const shot = join(gallery(), 'watermark.png');
    await ffmpeg(['-i', mp4, '-vf', 'select=eq(n\\,100)', '-frames:v', '1', shot]);
  });

  test('is told of in the inputs, as it was asked for', async () => {
    const info = await site.mux.video.assets.retrieveInputInfo(source.id);
    assert.equal(info.length, 3);
    assert.equal(info[1].settings.url, bottomRight.url);
    assert.deepEqual(info[1].settings.overlay_settings, { ...bottomRight.overlay_settings, opacity: '100%' });
    assert.equal(info[2].settings.overlay_settings.opacity, '50%');
    const pending = await site.mux.video.uploads.create({ cors_origin: '*', new_asset_settings: { ...watermarked, normalize_audio: true } });
    assert.equal(pending.new_asset_settings.inputs[1].overlay_settings.vertical_margin, '30px');
    assert.equal(pending.new_asset_settings.normalize_audio, true);
  });

  test('stays in a clip, whose frames are shared as ever', async () => {
    const made = await clip(site.mux, source.id, 1.5, 5.1, { ...playable, copy_overlays: true, normalize_audio: false });
    await check(links(site.server, made).hls, 45, 152, 30);
    for (const number of [0, 50, 107]) await hasBoth(links(site.server, made).mp4, number, original, 45 + number);
    const own = await own_asset(made.id);
    assert.ok(own.cut.copied_frames > 60, JSON.stringify(own.cut));
  });

  test('is left out of a clip that does not want it, and of a clip of a clip', async () => {
    const clean = await clip(site.mux, source.id, 1.5, 5.1, { ...playable, copy_overlays: false });
    await check(links(site.server, clean).hls, 45, 152, 30);
    for (const number of [0, 50, 107]) await hasNone(links(site.server, clean).mp4, number, original, 45 + number);

    const marked = await clip(site.mux, source.id, 1.5, 5.1);
    await site.mux.video.assets.delete(clean.id);
    const inner = await clip(site.mux, marked.id, 0.5, undefined, { ...playable, copy_overlays: false });
    assert.equal(inner.duration, 3.1);
    await check(links(site.server, inner).hls, 60, 152, 30);
    for (const number of [0, 92]) await hasNone(links(site.server, inner).mp4, number, original, 60 + number);
    const whole = await clip(site.mux, marked.id, undefined, undefined, { ...playable, copy_overlays: false });
    await check(links(site.server, whole).mp4, 45, 152, 30);
    await hasNone(links(site.server, whole).mp4, 0, original, 45);
  });

  test('can be a clip’s own, and lies over the source’s', async () => {
    const plain = await take(site.mux, original);
    const inputs = [{ url: `mux://assets/${plain.id}`, start_time: 1.1, end_time: 7.7 }, bottomRight, middleLeft];
    const asked = await site.mux.video.assets.create({ ...playable, inputs });
    assert.equal(asked.status, 'preparing');
    const made = await ready(site.mux, asked.id);
    await check(links(site.server, made).hls, 33, 230, 30);
    await check(links(site.server, made).mp4, 33, 230, 30);
    for (const number of [0, 100, 197]) await hasBoth(links(site.server, made).mp4, number, original, 33 + number);
    const own = await own_asset(made.id);
    assert.deepEqual([own.cut.copied_frames, own.cut.encoded_frames], [0, 198]);
    // A clip of it is cut from what was rendered, without a join.
    const again = await clip(site.mux, made.id, 1, 3);
    await check(links(site.server, again).hls, 63, 122, 30);
    assert.equal((await own_asset(again.id)).cut.join, 'identical');
    const bare = await clip(site.mux, made.id, 1, 3, { ...playable, copy_overlays: false });
    await check(links(site.server, bare).hls, 63, 122, 30);
    await hasNone(links(site.server, bare).mp4, 30, original, 93);
  });

  test('is burnt into pictures that come at any time, and into what had to be normalised first', async () => {
    const uneven = await coded({
      frames: 240, audio: false,
      options: ['-vf', "settb=1/90000,setpts='(N+0.4*mod(N,3))/30/TB'", '-fps_mode', 'passthrough', '-enc_time_base', '1/90000',
        '-video_track_timescale', '90000', ...x264(60, '-bf', '3')],
    });
    const made = await take(site.mux, uneven, watermarked);
    const before = await read(uneven);
    await checkAgainst(before, links(site.server, made).mp4, 0, 239, 0.0001);
    await hasBoth(links(site.server, made).mp4, 77, uneven, 77);
    const part = await clip(site.mux, made.id, 2.2, 6.1);
    const first = (await read(links(site.server, part).mp4)).frames[0][1];
    await checkAgainst(before, links(site.server, part).hls, first, first + Math.round(part.tracks[0].duration * 30) - 1, 0.0025);

    const other = await coded({ frames: 90, extension: 'webm', audio: false, options: ['-c:v', 'libvpx', '-b:v', '2M', '-g', '30'] });
    const normalised = await take(site.mux, other, watermarked);
    await check(links(site.server, normalised).mp4, 0, 89, 30);
    near(mean(await picture(links(site.server, normalised).mp4, 40), inner(redBox)), [254, 0, 0], 'the image');
  });

  test('is asked for in Subclip’s own API too', async () => {
    const overlay = { url: files.url(red), vertical_align: 'bottom', vertical_margin: '30px', horizontal_align: 'right', horizontal_margin: '10%' };
    const made = await own('POST', '/v1/assets', { url: files.url(original), overlays: [overlay] });
    assert.equal(made.overlays[0].opacity, '100%');
    const asset = await ready(site.mux, made.id);
    const now = await picture(`${site.url}/${asset.playback_ids[0].id}/highest.mp4`, 40);
    near(mean(now, inner(redBox)), [254, 0, 0], 'the image');
  });
});

const headers = {
  Authorization: `Basic ${Buffer.from(`${token.id}:${token.secret}`).toString('base64')}`,
  'Content-Type': 'application/json',
};
async function own(method, path, body) {
  const answer = await ask(method, `${site.url}${path}`, { headers, body: body && JSON.stringify(body) });
  assert.ok(answer.status < 300, `${answer.status} ${answer.body}`);
  return JSON.parse(answer.body);
}
const own_asset = (id) => own('GET', `/v1/assets/${id}`);

describe('what makes no watermark', () => {
  const asked = (overlay) => site.mux.video.assets.create({ ...playable, inputs: [{ url: files.url(original) }, overlay] });

  test('is refused at once where it is asked for wrongly', async () => {
    await refused(asked(over(red, { vertical_margin: 'ten' })), /inputs\[1\]\.overlay_settings\.vertical_margin must be a percentage like 10%/);
    await refused(asked(over(red, { vertical_align: 'left', opacity: '120%' })), /must be one of top, middle, bottom/, /opacity must be at most 100%/);
    await refused(asked({ overlay_settings: {} }), /inputs\[1\]\.url must be the http or https URL/);
  });

  const fails = async (overlay, words) => {
    const asset = await ended(site.mux, (await asked(overlay)).id);
    assert.equal(asset.status, 'errored');
    assert.equal(asset.errors.type, 'invalid_input');
    assert.match(asset.errors.messages[0], words);
  };

  test('fails the asset in words where the image is none', async () => {
    const text = join(scratch('text'), 'logo.png');
    writeFileSync(text, 'no image');
    await fails(over(text, {}), /The image of overlay 1 can't be used: It is neither a PNG nor a JPEG file/);
    const broken = join(scratch('broken'), 'broken.png');
    writeFileSync(broken, Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(500, 7)]));
    await fails(over(broken, {}), /overlay 1 can't be used: .*can't be decoded/);
    await fails(over(await image('green', '4100x10'), {}), /4100 by 10 pixels large, and 4096 is the most/);
    await fails({ url: files.url(red, 'missing'), overlay_settings: {} }, /overlay 1 can't be fetched: The host answered 404/);
  });

  test('fails what has no pictures', async () => {
    const sound = await derived('crystal.mp4', ['-t', '3', '-vn', ...aac], 'm4a');
    const asset = await ended(site.mux, (await upload(site.mux, sound, watermarked)).id);
    assert.match(asset.errors.messages[0], /no pictures in this file to lay an image over/);
    const plain = await take(site.mux, sound);
    const inputs = [{ url: `mux://assets/${plain.id}` }, bottomRight];
    await refused(site.mux.video.assets.create({ inputs }), /no pictures to lay an image over/);
  });

  test('is not fetched from private addresses', async () => {
    const server = await Server.start({ env: { SUBCLIP_ALLOW_PRIVATE_URLS: 'false' } });
    const mux = connect(server);
    const asset = await ended(mux, (await upload(mux, original, watermarked)).id);
    assert.match(asset.errors.messages[0], /overlay 1 can't be fetched: .*private address/);
    await server.stop();
  });
});

describe('rendering', () => {
  /** A minute, in fifteen pieces. */
  const long = () => coded({ frames: 1800, size: '1280x720', options: [...x264(60, '-bf', '3'), ...aac, '-movflags', '+faststart'] });

  /** Waits until some of it is done, and not all. */
  const halfway = (mux, id) => {
    let last;
    return until('a part is rendered', async () => {
      last = await mux.video.assets.retrieve(id);
      assert.notEqual(last.status, 'errored', JSON.stringify(last.errors));
      return last.progress.state === 'transcoding' && last.progress.progress >= 20 && last;
    }, { withinMs: 120_000, everyMs: 50, seen: () => JSON.stringify(last?.progress) });
  };

  test('goes on after kill -9 with what was done', async () => {
    const server = await Server.start();
    const mux = connect(server);
    const asset = await upload(mux, await long(), { ...playable, inputs: [{}, bottomRight] });
    const seen = await halfway(mux, asset.id);
    assert.ok(seen.progress.progress < 90, `too fast to be stopped: ${seen.progress.progress}`);
    await server.kill();
    await server.restart();
    const done = await ready(mux, asset.id, 240_000);
    assert.match(server.log(), /rendering goes on/);
    await check(links(server, done).mp4, 0, 1799, 30);
    await check(links(server, done).hls, 0, 1799, 30);
    const [, pieces] = /rendering goes on.*pieces=(\d+)/.exec(server.log().replace(/\x1b\[[0-9;]*m/g, ''));
    assert.ok(Number(pieces) >= 2, `${pieces} pieces were kept`);
    server.assertWell();
    await server.stop();
  });

  test('of a clip goes on when its source is deleted, and moved from under it', async () => {
    const server = await Server.start();
    const mux = connect(server);
    const from = await take(mux, await long());
    const inputs = [{ url: `mux://assets/${from.id}`, start_time: 5.1, end_time: 52 }, bottomRight];
    const asked = await mux.video.assets.create({ ...playable, inputs });
    await halfway(mux, asked.id);
    await mux.video.assets.delete(from.id);
    const done = await ready(mux, asked.id, 240_000);
    await check(links(server, done).mp4, 153, 1559, 30);
    server.assertWell();
    await server.stop();
  });

  test('ends when its asset is deleted, and leaves nothing', async () => {
    const server = await Server.start();
    const mux = connect(server);
    const empty = contents(server.data);
    const asset = await upload(mux, await long(), { ...playable, inputs: [{}, bottomRight] });
    await halfway(mux, asset.id);
    await mux.video.assets.delete(asset.id);
    let left;
    await until('the data folder is as empty as it was', () => (left = added(empty, contents(server.data))).length === 0,
      { seen: () => left.join(', ') });
    server.assertWell();
    await server.stop();
  });
});

describe('normalize_audio', () => {
  /** Integrated loudness in LUFS. */
  async function loudness(source) {
    const { stderr } = await must('ffmpeg', ['-hide_banner', '-nostdin', '-i', String(source), '-map', 'a', '-af', 'ebur128', '-f', 'null', '-']);
    return Number(/Integrated loudness:\s+I:\s+(-?[\d.]+) LUFS/.exec(stderr.slice(stderr.lastIndexOf('Summary')))[1]);
  }
  const music = (volume) =>
    derived('crystal.mp4', ['-t', '8', ...x264(60, '-bf', '2'), '-af', `volume=${volume}dB`, ...aac, '-movflags', '+faststart'], 'mp4');

  for (const volume of [-20, 6])
    test(`brings sound to -24 LUFS and leaves pictures alone, ${volume} dB`, async () => {
      const file = await music(volume);
      const made = await take(site.mux, file, { ...playable, normalize_audio: true });
      assert.equal(made.normalize_audio, true);
      const { mp4, m4a } = links(site.server, made);
      for (const url of [mp4, m4a]) {
        const lufs = await loudness(url);
        assert.ok(Math.abs(lufs + 24) < 1, `${await loudness(file)} became ${lufs}`);
      }
      const hashes = async (source) => (await samples(source)).map((sample) => sample.hash);
      assert.deepEqual(await hashes(mp4), await hashes(file));
      // So does a clip of it that asks for it, and one of it that does not.
      const inner = await clip(site.mux, made.id, 2, 6);
      assert.ok(Math.abs((await loudness(links(site.server, inner).m4a)) + 24) < 6);
    });

  test('measures a clip for itself, and keeps it in sync', async () => {
    const plain = await take(site.mux, original);
    const made = await clip(site.mux, plain.id, 1.1, 7.7, { ...playable, normalize_audio: true });
    await check(links(site.server, made).hls, 33, 230, 30);
    await check(links(site.server, made).mp4, 33, 230, 30);
    assert.equal(made.duration, 6.6);
    const loud = await take(site.mux, await music(0));
    const part = await clip(site.mux, loud.id, 3.3, 6.9, { ...playable, normalize_audio: true });
    const lufs = await loudness(links(site.server, part).mp4);
    assert.ok(Math.abs(lufs + 24) < 1, `${lufs}`);
    assert.ok((await own_asset(part.id)).cut.copied_frames > 0);
  });

  test('leaves the length of sound alone as it is', async () => {
    const file = await derived('viper.mp3', ['-t', '20', ...aac], 'm4a');
    const plain = await take(site.mux, file);
    const made = await take(site.mux, file, { ...playable, normalize_audio: true });
    assert.ok(Math.abs((await loudness(links(site.server, made).m4a)) + 24) < 1);
    assert.equal(made.duration, plain.duration);
  });

  test('goes with a watermark', async () => {
    const made = await take(site.mux, original, { ...watermarked, normalize_audio: true });
    await check(links(site.server, made).hls, 0, 299, 30);
    await hasBoth(links(site.server, made).mp4, 150, original, 150);
  });

  test('is nothing to silence, and to what has no sound', async () => {
    const mute = await coded({ frames: 60, audio: false, options: x264(30) });
    const made = await take(site.mux, mute, { ...playable, normalize_audio: true });
    await check(links(site.server, made).hls, 0, 59, 30);
    const silent = await kept(['silent', 1], 'mp4', (out) =>
      ffmpeg(['-f', 'lavfi', '-i', 'testsrc=s=320x180:d=3', '-f', 'lavfi', '-i', 'anullsrc=r=48000', '-t', '3', ...x264(30), ...aac, out]));
    assert.equal((await take(site.mux, silent, { ...playable, normalize_audio: true })).status, 'ready');
  });
});
