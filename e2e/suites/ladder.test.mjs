// The quality ladder: lower qualities in playlists, made when they are asked for, once, exact to the frame, and made again
// when somebody throws them away; and files of them.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { enginesOf, exchangeable } from '../lib/engine.mjs';
import { check } from '../lib/framecode.mjs';
import { get, head, json } from '../lib/http.mjs';
import { aac, coded, x264 } from '../lib/media.mjs';
import { clip, connect, links, pid, take } from '../lib/mux.mjs';
import { mediaPlaylist, multivariant } from '../lib/playlist.mjs';
import { inParallel, until } from '../lib/poll.mjs';
import { average, peak, sent, steady } from '../lib/rates.mjs';
import { receive } from '../lib/receiver.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

// Nothing is served from memory: what is on the disk is wiped and damaged here.
const engine = await exchangeable();
const env = { SUBCLIP_LOG: 'info,subclip_app=debug', SUBCLIP_CACHE_MEMORY_BYTES: '0', SUBCLIP_FFMPEG: engine.program };
const site = await useServer({ env });
const cache = join(site.server.data, 'cache');
/** Takes the cache away at once, so that nobody puts something in while it is emptied. */
function wipe() {
  const away = `${cache}-away`;
  if (existsSync(cache)) renameSync(cache, away);
  rmSync(away, { recursive: true, force: true });
}
const [frames, fps] = [300, 30];
// Files are encoded at the lowest priority: whatever else a machine has to do comes first.
const preparing = { withinMs: 300_000 };

/** Enough bits that lower qualities are worth their while. */
const film = (...options) =>
  coded({ frames, size: '1280x720', options: [...x264(60, '-bf', '3', '-crf', '12', ...options), ...aac, '-movflags', '+faststart'] });
const foreign = () => film('-x264-params', 'cqm=jvt:b-pyramid=normal');

/** What was encoded of a rung, as `first+frames` by the number of its first sample; parameter sets are learned from one. */
function encoded(lines) {
  // Colours stand between a field and its value.
  const log = site.server.log().replaceAll(/\x1b\[[0-9;]*m/g, '');
  const found = log.matchAll(/a piece of a rung was encoded track=(\w+) lines=(\d+) first=(\d+) frames=(\d+)/g);
  return [...found].filter(([, , of, , count]) => Number(of) === lines && count !== '1').map(([, track, , first, count]) => `${track}:${first}+${count}`);
}

/** The qualities of an asset, the largest first, each with its segments. */
async function qualities(hls, query = '') {
  const text = (await get(hls + query)).body.toString();
  const { variants } = multivariant(text, hls);
  return Promise.all(
    variants.map(async (variant) => {
      const answer = await get(variant.url);
      assert.equal(answer.status, 200, `${variant.url}: ${answer.body}`);
      return { ...variant, ...mediaPlaylist(answer.body.toString(), variant.url) };
    }),
  );
}

const heights = (list) => list.map((one) => Number(one.RESOLUTION.split('x')[1]));
const bytes = async (url) => {
  const answer = await get(url);
  assert.equal(answer.status, 200, `${url}: ${answer.status} ${answer.body.subarray(0, 200)}`);
  return answer.body;
};

describe('a film', () => {
  let hls;
  let source;
  before(async () => {
    source = await take(site.mux, await film());
    hls = links(site.server, source).hls;
  });

  test('lists its qualities, a middle one first', async () => {
    const listed = await qualities(hls);
    assert.deepEqual(listed.map((one) => one.RESOLUTION), ['854x480', '1280x720', '640x360']);
    assert.deepEqual(listed.map((one) => one['FRAME-RATE']), ['30.000', '30.000', '30.000']);
    for (const one of listed) assert.match(one.CODECS, /^avc1\.6400[0-9A-F]{2},mp4a\.40\.2$/);
    const [of480, of720, of360] = listed.map((one) => Number(one.BANDWIDTH));
    assert.ok(of720 > of480 && of480 > of360, `${of720} ${of480} ${of360}`);
    for (const one of listed) assert.ok(Number(one['AVERAGE-BANDWIDTH']) <= Number(one.BANDWIDTH));
  });

  test('lists those that were asked for', async () => {
    const listed = async (query) => heights(await qualities(hls, `?${query}`));
    assert.deepEqual(await listed('rendition_order=desc'), [720, 480, 360]);
    assert.deepEqual(await listed('max_resolution=480p'), [480, 360]);
    assert.deepEqual(await listed('max_resolution=540p'), [480, 360]);
    assert.deepEqual(await listed('max_resolution=270p'), [360]);
    assert.deepEqual(await listed('min_resolution=480p'), [720, 480]);
    assert.deepEqual(await listed('min_resolution=480p&max_resolution=480p'), [480]);
    assert.deepEqual(await listed('redundant_streams=true&rendition_order=desc'), [720, 720, 480, 480, 360, 360]);
    for (const query of ['max_resolution=huge', 'min_resolution=720p&max_resolution=480p', 'rendition_order=asc'])
      assert.equal((await get(`${hls}?${query}`)).status, 400, query);
  });

  test('has the same segments in each, with the right frames and no more bits than promised', async () => {
    const listed = await qualities(hls, '?rendition_order=desc');
    const durations = listed[0].segments.map((segment) => segment.duration);
    // Sound is promised with each quality, and the segment of it that takes most comes with any of the pictures.
    const [{ url: audio }] = multivariant((await bytes(hls)).toString(), hls).renditions;
    const sound = await sent(audio);
    for (const one of listed) {
      assert.deepEqual(one.segments.map((segment) => segment.duration), durations);
      await check(one.url, 0, frames - 1, fps);
      for (const segment of one.segments)
        assert.equal((await get(segment.url)).headers['cache-control'], 'public, max-age=31536000, immutable');
      const pictures = await sent(one.url);
      const most = peak(pictures) + peak(sound);
      assert.ok(most <= Number(one.BANDWIDTH), `${most} of ${one.BANDWIDTH} for ${one.RESOLUTION}`);
      const usual = average(pictures) + average(sound);
      assert.ok(usual <= Number(one['AVERAGE-BANDWIDTH']), `${usual} of ${one['AVERAGE-BANDWIDTH']} for ${one.RESOLUTION}`);
    }
  });

  test('says by DASH what a channel must carry, also where the last segment is a single frame', async () => {
    // Segments of four seconds, and a frame.
    const short = await clip(site.mux, source.id, 1, 5 + 1 / fps);
    for (const { hls: from, dash } of [links(site.server, source), links(site.server, short)]) {
      const manifest = (await bytes(dash)).toString();
      const wait = Number(/minBufferTime="PT([\d.]+)S"/.exec(manifest)[1]);
      const told = [...manifest.matchAll(/<Representation [^>]*>/g)].map(([tag]) => /height="/.test(tag) ? [/height="(\d+)"/.exec(tag)[1], Number(/bandwidth="(\d+)"/.exec(tag)[1])] : []);
      const listed = await qualities(from);
      assert.equal(told.filter(([height]) => height).length, listed.length);
      for (const one of listed) {
        const { BANDWIDTH, RESOLUTION } = one;
        const promised = Object.fromEntries(told)[RESOLUTION.split('x')[1]];
        const needed = steady(await sent(one.url), wait);
        assert.ok(needed <= promised && promised <= Number(BANDWIDTH), `${needed} of ${promised} for ${RESOLUTION}`);
      }
    }
  });

  test('serves parts of segments, and tells of them without sending them', async () => {
    const [of480] = (await qualities(hls)).filter((one) => one.RESOLUTION === '854x480');
    const { url } = of480.segments[1];
    const whole = await bytes(url);
    const part = await get(url, { Range: 'bytes=100-1099' });
    assert.equal(part.status, 206);
    assert.ok(part.body.equals(whole.subarray(100, 1100)));
    const told = await head(url);
    assert.equal(Number(told.headers['content-length']), whole.length);
    const again = await get(url, { 'If-None-Match': told.headers.etag });
    assert.equal(again.status, 304);
  });

  test('names who made it in the addresses that are kept for ever', async () => {
    const of480 = (await qualities(hls)).find((one) => one.RESOLUTION === '854x480');
    const [, mark] = of480.segments[0].url.match(/\/480p-([0-9a-f]{8})\/0\.m4s$/);
    const addresses = [...of480.inits, ...of480.segments.map((segment) => segment.url)];
    const other = mark.replace(/./, (digit) => (digit === '0' ? '1' : '0'));
    for (const address of addresses) {
      assert.ok(address.includes(`/480p-${mark}/`), address);
      for (const folder of [`480p-${other}`, '480p', `360p-${mark}`])
        assert.equal((await get(address.replace(`480p-${mark}`, folder))).status, 404, `${folder} of ${address}`);
    }
    assert.equal((await get(of480.url.replace('480p.m3u8', `480p-${mark}.m3u8`))).status, 404, 'playlists are not kept');
    const manifest = (await bytes(hls.replace('.m3u8', '.mpd'))).toString();
    assert.match(manifest, new RegExp(`id="480p-${mark}"`));
    assert.match(manifest, /id="360p-[0-9a-f]{8}"/);
    // Other bytes have another validator, also of one name and one size.
    const told = await Promise.all(of480.segments.map((segment) => head(segment.url)));
    for (const answer of told) assert.match(answer.headers.etag, /m4s-[0-9a-f]{16}"$/);
    assert.equal(new Set(told.map((answer) => answer.headers.etag.split('-').at(-1))).size, told.length);
  });

  test('has no quality beyond its ladder', async () => {
    const base = `${site.url}/${pid(source)}/p5/all`;
    for (const name of ['1080p.m3u8', '720p.m3u8', '540p/0.m4s', '481p.m3u8', '480p/99.m4s', '480p/x.m4s'])
      assert.equal((await get(`${base}/${name}`)).status, 404, name);
  });
});

test('ten viewers who ask at once have one piece encoded, and the next ones are made ahead', async () => {
  const source = await take(site.mux, await film('-x264-params', 'ref=2'));
  const { segments } = (await qualities(links(site.server, source).hls)).find((one) => one.RESOLUTION === '640x360');
  const known = encoded(360).length;
  const all = await Promise.all(Array.from({ length: 10 }, () => bytes(segments[0].url)));
  assert.ok(all.every((one) => one.equals(all[0])));
  await until('the next pieces are made', () => encoded(360).length >= known + 3);
  const fresh = encoded(360).slice(known);
  assert.equal(new Set(fresh).size, fresh.length, `none is made twice: ${fresh}`);
  assert.deepEqual(fresh.map((one) => one.split(':')[1]).sort(), ['0+120', '120+120', '240+60']);
  await bytes(segments[1].url);
  await bytes(segments[2].url);
  assert.equal(encoded(360).length, known + 3);
});

describe('clips', () => {
  for (const [name, file, join] of [
    ['whose edges match byte for byte', () => coded({ frames, size: '1280x720', extension: 'webm', options: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-row-mt', '1', '-b:v', '3M', '-g', '60', '-c:a', 'libopus'] }), 'identical'],
    ['with both parameter sets under one init', foreign, 'one_init'],
  ])
    test(`${name} show the right frames in each quality`, async () => {
      const source = await take(site.mux, await file());
      const [first, end] = [47, 227];
      const asset = await clip(site.mux, source.id, first / fps, end / fps);
      const { json: told } = await json('GET', `${site.url}/v1/assets/${asset.id}`, token);
      assert.equal(told.cut.join, join);
      const listed = await qualities(links(site.server, asset).hls);
      assert.ok(listed.length >= 2, `${heights(listed)}`);
      for (const one of listed) {
        assert.equal(one.inits.length, 1);
        await check(one.url, first, end - 1, fps);
      }
      // Broken at the same places, each quality goes on where another one stops.
      const broken = await qualities(links(site.server, asset).hls, '?join=discontinuity');
      const shape = ({ segments }) => segments.map(({ duration, discontinuity }) => [duration, discontinuity]);
      for (const one of broken) assert.deepEqual(shape(one), shape(broken[0]));
    });

  test('show the right frames in a part that is played without a clip', async () => {
    const source = await take(site.mux, await film());
    const [first, end] = [31, 200];
    const hls = `${links(site.server, source).hls}?asset_start_time=${first / fps}&asset_end_time=${end / fps}`;
    const { variants } = multivariant((await get(hls)).body.toString(), hls);
    const lower = variants.find((one) => one.RESOLUTION === '640x360');
    await check(lower.url, first, end - 1, fps);
  });
});

describe('the cache', () => {
  let segments;
  let before_;
  before(async () => {
    const source = await take(site.mux, await film());
    ({ segments } = (await qualities(links(site.server, source).hls)).find((one) => one.RESOLUTION === '854x480'));
    before_ = await Promise.all(segments.map((segment) => bytes(segment.url)));
  });

  test('may be wiped under load, and nobody sees it', async () => {
    let wiped = 0;
    const asks = Array.from({ length: 60 }, (_, n) => n);
    await inParallel(asks, 6, async (n) => {
      if (n % 6 === 0) {
        wipe();
        wiped += 1;
      }
      const at = n % segments.length;
      assert.ok((await bytes(segments[at].url)).equals(before_[at]), `segment ${at}`);
    });
    assert.equal(wiped, 10);
  });

  const files = () => {
    const entries = existsSync(cache) ? readdirSync(cache, { recursive: true, withFileTypes: true }) : [];
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  };
  const held = () => files().length;

  test('serves nothing that the disk has damaged', async () => {
    for (const segment of segments) await bytes(segment.url);
    await until('all are kept', () => held() >= segments.length);
    let damaged = 0;
    for (const file of files()) {
      const kept = readFileSync(file);
      // Inside the pictures, where no box tells that something is wrong.
      if (kept.length < 16384) continue;
      kept.fill(0, 8192, 12288);
      rmSync(file);
      writeFileSync(file, kept);
      damaged += 1;
    }
    assert.ok(damaged >= segments.length, `${damaged}`);
    for (const [at, segment] of segments.entries()) assert.ok((await bytes(segment.url)).equals(before_[at]), `segment ${at}`);
  });

  test('is no garbage', async () => {
    await Promise.all(segments.map((segment) => bytes(segment.url)));
    // It is written when viewers have it.
    await until('all are kept', () => held() >= segments.length);
    const count = held();
    const done = await site.server.command('gc');
    assert.equal(done.code, 0, done.stderr);
    assert.equal(held(), count);
  });

  test('keeps nothing of a film that is deleted while it is encoded', async () => {
    const count = held();
    const gone = await take(site.mux, await film('-x264-params', 'ref=1'));
    const [of480] = (await qualities(links(site.server, gone).hls)).filter((one) => one.RESOLUTION === '854x480');
    const asked = of480.segments.map((segment) => get(segment.url));
    await site.mux.video.assets.delete(gone.id);
    const done = await site.server.command('gc');
    assert.equal(done.code, 0, done.stderr);
    await Promise.all(asked);
    await until('nothing of it is left', () => held() === count);
  });

  test('survives a restart', async () => {
    await Promise.all(segments.map((segment) => bytes(segment.url)));
    await until('what is made ahead is made', () => encoded(480).length >= segments.length);
    await site.server.restart();
    const known = encoded(480).length;
    for (const [at, segment] of segments.entries()) assert.ok((await bytes(segment.url)).equals(before_[at]));
    assert.equal(encoded(480).length, known);
    site.mux = connect(site.server);
  });
});

describe('files', () => {
  test('of explicit sizes are prepared, told of, and skipped where they would be larger', async () => {
    const to = await receive();
    try {
      const hook = await site.mux.system.webhooks.create({ address: to.url });
      const source = await take(site.mux, await film(), {
        playback_policies: ['public'],
        static_renditions: [{ resolution: '1080p' }, { resolution: '720p' }, { resolution: '360p', passthrough: 'small' }],
      });
      const states = async () => {
        const asset = await site.mux.video.assets.retrieve(source.id);
        return Object.fromEntries(asset.static_renditions.files.map((file) => [file.resolution, file]));
      };
      const done = await until('the file is ready', async () => {
        const now = await states();
        return now['360p'].status === 'ready' && now;
      }, preparing);
      assert.equal(done['1080p'].status, 'skipped');
      assert.equal(done['720p'].status, 'ready');
      const file = done['360p'];
      assert.deepEqual([file.name, file.ext, file.type, file.width, file.height, file.passthrough], ['360p.mp4', 'mp4', 'advanced', 640, 360, 'small']);
      const url = `${site.url}/${pid(source)}/360p.mp4`;
      const whole = await get(`${url}?download=cats`);
      assert.equal(whole.status, 200);
      assert.equal(String(whole.body.length), file.filesize);
      assert.equal(file.bitrate, Math.round((whole.body.length * 8) / source.duration));
      assert.match(whole.headers['content-disposition'], /filename="cats\.mp4"/);
      assert.equal((await get(`${site.url}/${pid(source)}/1080p.mp4`)).status, 404);
      assert.equal((await get(`${site.url}/${pid(source)}/480p.mp4`)).status, 404);
      await check(url, 0, frames - 1, fps);
      await check(`${site.url}/${pid(source)}/720p.mp4`, 0, frames - 1, fps);
      // It is stored, and not lost with the cache.
      wipe();
      assert.ok((await bytes(url)).equals(whole.body));

      await to.until('it is told', (all) => all.some((event) => event.type === 'video.asset.static_rendition.ready' && event.data.resolution === '360p'));
      const told = to.got.map(({ body }) => JSON.parse(body)).filter((event) => /static_rendition\./.test(event.type) && event.object.id === source.id);
      const of = (resolution) => told.filter((event) => event.data.resolution === resolution).map((event) => event.type.split('.').pop());
      assert.deepEqual([of('1080p'), of('720p'), of('360p')], [['created', 'skipped'], ['created', 'ready'], ['created', 'ready']]);

      await site.mux.video.assets.deleteStaticRendition(source.id, file.id);
      assert.equal((await get(url)).status, 404);
      await site.mux.system.webhooks.delete(hook.id);
    } finally {
      await to.close();
    }
  });

  test('that are asked for later are prepared then, of clips too', async () => {
    const source = await take(site.mux, await foreign());
    const asset = await clip(site.mux, source.id, 47 / fps, 227 / fps, { playback_policies: ['public'] });
    engine.hang();
    const made = await site.mux.video.assets.createStaticRendition(asset.id, { resolution: '480p' });
    assert.equal(made.status, 'preparing');
    const url = `${site.url}/${pid(asset)}/480p.mp4`;
    await until('an engine is at work on it', () => enginesOf(site.server).length > 0, { everyMs: 50 });
    assert.equal((await get(url)).status, 412);
    engine.live();
    for (const waiting of enginesOf(site.server)) process.kill(waiting, 'SIGKILL');
    await until('the file is ready', async () => (await get(url)).status === 200, preparing);
    await check(url, 47, 226, fps);
    const part = await get(`${url}?asset_start_time=1&asset_end_time=2`);
    assert.equal(part.status, 400);
    assert.match(String(part.body), /Make a clip/);
    await site.mux.video.assets.delete(source.id);
    assert.equal((await site.server.command('gc')).code, 0);
    await check(url, 47, 226, fps);
  });

  test('of the old kinds have one state together', async () => {
    const source = await take(site.mux, await film(), { playback_policies: ['public'], mp4_support: 'standard' });
    const asset = await until('the files are ready', async () => {
      const asset = await site.mux.video.assets.retrieve(source.id);
      return asset.static_renditions.status === 'ready' && asset;
    }, preparing);
    assert.deepEqual(asset.static_renditions.files.map((file) => [file.name, file.height]), [['low.mp4', 360], ['medium.mp4', 540], ['high.mp4', 720]]);
    for (const name of ['low', 'medium', 'high']) await check(`${site.url}/${pid(source)}/${name}.mp4`, 0, frames - 1, fps);
    await site.mux.video.assets.updateMP4Support(source.id, { mp4_support: 'none' });
    assert.equal((await get(`${site.url}/${pid(source)}/low.mp4`)).status, 404);
    await site.mux.video.assets.updateMP4Support(source.id, { mp4_support: 'capped-1080p' });
    await check(`${site.url}/${pid(source)}/capped-1080p.mp4`, 0, frames - 1, fps);
  });
});

test('a budget of next to nothing does no harm', async () => {
  await site.server.restart({ env: { SUBCLIP_CACHE_BYTES: '1' } });
  const mux = connect(site.server);
  const source = await take(mux, await film());
  const lower = (await qualities(links(site.server, source).hls)).find((one) => one.RESOLUTION === '640x360');
  await check(lower.url, 0, frames - 1, fps);
  if (existsSync(cache)) {
    const held = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.equal(held.length, 0);
  }
});
