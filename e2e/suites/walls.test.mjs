// Nothing of the source outside a clip can be had with the clip's playback id, by any address.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { check, read } from '../lib/framecode.mjs';
import { get } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { clip, links, pid, take } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { attributes, mediaPlaylist, scope, text, walk } from '../lib/playlist.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const [first, end] = [77, 203];
const folder = scratch('walls');

const file = await ordinary();
const source = await take(site.mux, file);
const asset = await clip(site.mux, source.id, first / 30, end / 30);
const base = `${site.url}/${pid(asset)}`;
/** Every body that any test here got with status 200 or 206. */
const haul = [];

/** Asks like a viewer who is up to no good, and keeps what comes. */
async function take200(url, headers) {
  const answer = await get(url, headers);
  if (answer.status === 200 || answer.status === 206) haul.push(answer.body);
  assert.ok(answer.status < 500, `${url}: ${answer.status}`);
  return answer;
}

describe('what the playlists name', () => {
  for (const join of ['', '?join=discontinuity'])
    test(`is the clip and nothing else ${join}`, async () => {
      const all = await walk(`${base}.m3u8${join}`);
      assert.ok(all.urls.length > 2);
      for (const url of all.urls) assert.equal((await take200(url)).status, 200, url);
      for (const list of all.playlists) {
        const total = list.segments.reduce((sum, segment) => sum + segment.duration, 0);
        assert.ok(Math.abs(total - (end - first) / 30) < 0.05, `${list.url} lasts ${total} s`);
      }
    });

  test('shows exactly the frames asked for, and so does the MP4', async () => {
    await check(links(site.server, asset).hls, first, end - 1, 30);
    await check(links(site.server, asset).mp4, first, end - 1, 30);
    haul.push((await get(links(site.server, asset).mp4)).body, (await get(links(site.server, asset).m4a)).body);
  });

  test('shows nothing more to a reader that ignores edit lists', async () => {
    const copy = join(folder, 'clip.mp4');
    writeFileSync(copy, (await get(links(site.server, asset).mp4)).body);
    const listed = execFileSync('ffprobe', ['-v', 'error', '-ignore_editlist', '1', '-select_streams', 'v:0', '-count_packets',
      '-show_entries', 'stream=nb_read_packets', '-of', 'csv=p=0', copy], { encoding: 'utf8' });
    assert.equal(parseInt(listed, 10), end - first);
  });
});

describe('what they do not name', () => {
  const odd = ['-1', '-0', '00', '+1', '1.0', '1e3', '0x1', '', ' ', '%20', '%00', 'a', 'NaN', 'Infinity', '4294967295', '4294967296',
    '9223372036854775807', '9223372036854775808', '18446744073709551615', '18446744073709551616', '9'.repeat(400),
    '..', '%2e%2e', '..%2f..', '..%2fvideo%2f0', '1;2', '1,2', '1-2', '1..3'];

  test('segments beyond the last and before the first are not found', async () => {
    const named = new Set();
    for (const join of ['one-init', 'discontinuity']) {
      const { top, playlists } = await walk(`${base}.m3u8?join=${join}`);
      const keys = new URL(attributes(/^#EXT-X-I-FRAME-STREAM-INF:(.*)$/m.exec(top)[1]).URI, base);
      for (const { segments } of [...playlists, mediaPlaylist(await text(keys), keys)])
        for (const { url } of segments) named.add(new URL(url).pathname);
    }
    // Short numbers and long ones: all that is named must be among what is asked for, or the names tried here are none.
    const met = new Set();
    for (const folder of ['video', 'audio', 'keys'])
      for (const n of [...Array(80).keys(), ...odd])
        for (const file of [`${n}.m4s`, `split-${n}.m4s`]) {
          const path = `/${pid(asset)}${scope}/${folder}/${file}`;
          const answer = await take200(site.url + path);
          if (named.has(path)) {
            met.add(path);
            assert.equal(answer.status, 200, path);
          } else assert.ok([400, 404, 414].includes(answer.status), `${path}: ${answer.status}`);
        }
    assert.deepEqual(met, named);
  });

  test('other names of tracks, inits and playlists are not found', async () => {
    const beside = ['video', 'video/', '', 'index.m3u8', 'master.mp4', 'source.mp4', 'original', 'video/0', 'video/0.m4s', 'objects', 'highest.mp4/0',
      '../highest.mp4x', 'text/0.vtt'];
    const within = ['video', 'video/', '', 'index.m3u8', 'source.m3u8', 'edge.m3u8', '360p.m3u8', 'audio-2.m3u8', 'text-0.m3u8', 'video/init2.mp4',
      'video/init-99.mp4', 'video/init--1.mp4', 'video/init-00.mp4', 'audio/init-0.mp4', 'audio-2/init.mp4', 'source/init.mp4', 'source/0.m4s', 'edge/0.m4s',
      '360p/0.m4s', 'video/0', 'video/0.mp4', 'video/0.m4s/0', 'objects', 'tiles/99.jpg'].map((name) => `${scope.slice(1)}/${name}`);
    for (const path of [...beside, ...within]) {
      const answer = await take200(`${base}/${path}`);
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`);
    }
  });

  test('no other part than the clip’s own lies beside it', async () => {
    const { urls } = await walk(`${base}.m3u8`);
    const packaging = scope.replace(/all$/, '');
    const parts = ['-2566667-0', '-1-1', '4200000-10000000', '10000000-20000000', '0-18446744073709551615', '0-1-1a2b3c4d', 'all-1a2b3c4d', 'all.x',
      'ALL', 'source', asset.source_asset_id, '..', '%2e%2e', ''].map((part) => packaging + part);
    for (const url of urls) {
      for (const other of [...parts, '/p0/all', '/p05/all', '/all', '']) {
        const answer = await take200(url.replace(scope, other));
        assert.ok([400, 403, 404].includes(answer.status), `${other} for ${url}: ${answer.status}`);
      }
      // A part that ends later than the clip ends with it.
      const answer = await take200(url.replace(scope, `${packaging}0-10000000`));
      assert.ok(answer.body.equals((await get(url)).body), url);
    }
  });

  test('query parameters widen nothing', async () => {
    const plain = await walk(`${base}.m3u8`);
    const wishes = ['start=-10&end=100', 'asset_start_time=-5&asset_end_time=100', 'program_start_time=0', 'from=0', 'offset=-1', 'time=0',
      `pid=${asset.source_asset_id}`, 'join=none', 'join=', 'segment=0'];
    for (const wish of wishes) {
      const answer = await take200(`${base}.m3u8?${wish}`);
      if (answer.status === 200) for (const url of (await walk(`${base}.m3u8?${wish}`)).urls) await take200(url);
      for (const url of plain.urls) await take200(`${url}${url.includes('?') ? '&' : '?'}${wish}`);
      await take200(`${base}/highest.mp4?${wish}`);
    }
  });

  test('byte ranges reach no further than the bodies', async () => {
    const { urls } = await walk(`${base}.m3u8`);
    for (const url of [...urls, `${base}/highest.mp4`, `${base}/audio.m4a`]) {
      const size = (await get(url)).body.length;
      for (const range of [`0-${size * 9}`, `${size}-`, `${size}-${size + 1000}`, `-${size * 9}`, '-0', '-1', '18446744073709551615-',
        '0-18446744073709551615', '5-2', '-5--2', `${size - 1}-${size + 10}`, '0-0,1-1', `0-${size * 2},${size}-${size * 3}`]) {
        const answer = await take200(url, { Range: `bytes=${range}` });
        assert.ok([200, 206, 416].includes(answer.status), `${range}: ${answer.status}`);
        assert.ok(answer.status === 416 || answer.body.length <= size + 1000, `${range}: ${answer.body.length} of ${size} bytes`);
      }
    }
  });
});

describe('pictures', () => {
  test('are of the clip, whatever the time asked for', async () => {
    for (const time of ['-100', '-1', '-0.001', '0', '1.9', String((end - first) / 30), '4.3', '100', '1e9', '-1e308', 'NaN', '', 'Infinity', 'x']) {
      const answer = await get(`${base}/thumbnail.png?time=${time}`);
      assert.ok(answer.status === 200 || (answer.status >= 400 && answer.status < 500), `${time}: ${answer.status}`);
      if (answer.status !== 200) continue;
      const copy = join(folder, 'picture.png');
      writeFileSync(copy, answer.body);
      const [[, number]] = (await read(copy)).frames;
      assert.ok(number >= first && number < end, `time=${time} shows frame ${number}`);
    }
  });
});

test('no sample of the source outside the clip lies in anything that was handed out', () => {
  const bytes = readFileSync(file);
  const [inside, outside] = [[], []];
  for (const medium of ['v:0', 'a:0'])
    for (const sample of layout(file, medium)) {
      const within = sample.pts >= first / 30 - 1e-6 && sample.pts < end / 30 - 1e-6;
      (within ? inside : outside).push(bytes.subarray(sample.at, sample.at + sample.size));
    }
  // Short samples and those that lie inside too (silence) prove nothing.
  const telling = outside.filter((sample) => sample.length > 64 && !inside.some((other) => other.equals(sample)));
  assert.ok(telling.length > 150, `only ${telling.length} telling samples`);
  assert.ok(haul.length > 100);
  const found = telling.filter((sample) => haul.some((body) => body.includes(sample)));
  assert.equal(found.length, 0, `${found.length} samples of the source lie in what the clip's addresses gave`);
  // That the search can find: samples of the middle are there.
  assert.ok(inside.some((sample) => haul.some((body) => body.includes(sample))));
});

/** Where each sample of a stream lies in the file. */
function layout(source, stream) {
  const told = execFileSync('ffprobe', ['-v', 'error', '-select_streams', stream, '-show_entries', 'packet=pts_time,pos,size', '-of', 'json', source],
    { encoding: 'utf8', maxBuffer: 1 << 26 });
  return JSON.parse(told).packets.map((p) => ({ pts: Number(p.pts_time), at: Number(p.pos), size: Number(p.size) }));
}
