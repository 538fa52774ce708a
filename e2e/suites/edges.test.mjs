// What a cut copies and what it encodes: the middle byte for byte, two GOPs at most, and edges that look like the source.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { coded, derived, joined, ordinary, x264, aac } from '../lib/media.mjs';
import { clip, links, take } from '../lib/mux.mjs';
import { json } from '../lib/http.mjs';
import { media } from '../lib/paths.mjs';
import { must } from '../lib/run.mjs';
import { samples } from '../lib/samples.mjs';
import { useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();

/** Sources with frames [first, end) to cut, and the length of their GOPs in frames. */
const cases = [
  { name: 'two-second GOPs with B-frames', file: () => ordinary(), fps: 30, first: 47, end: 230, gop: 60 },
  { name: 'real footage with sparse key frames', file: () => media('crystal.mp4'), fps: 30, first: 31, end: 331, gop: 250 },
  {
    name: 'real footage with B-frames',
    file: () => derived('crystal.mp4', ['-t', '10', ...x264(50, '-bf', '3', '-crf', '20'), ...aac], 'mp4'),
    fps: 30, first: 22, end: 275, gop: 50,
  },
  { name: 'a cut on key frames', file: () => ordinary(), fps: 30, first: 60, end: 180, gop: 60, encoded: 0 },
];

for (const one of cases)
  describe(one.name, () => {
    const count = one.end - one.first;
    let file;
    let asset;
    let made;
    let fresh;

    before(async () => {
      file = await one.file();
      const source = await take(site.mux, file);
      asset = await clip(site.mux, source.id, one.first / one.fps, one.end / one.fps);
      made = await samples(links(site.server, asset).mp4);
      const old = new Set((await samples(file)).map((sample) => sample.hash));
      fresh = made.filter((sample) => !old.has(sample.hash));
    });

    test('has as many new samples as its plan says, and at most two GOPs', async () => {
      const { json: told } = await json('GET', `${site.url}/v1/assets/${asset.id}`, token);
      assert.equal(made.length, count);
      assert.equal(told.cut.encoded_frames, fresh.length);
      assert.equal(told.cut.copied_frames, count - fresh.length);
      assert.ok(fresh.length <= 2 * one.gop, `${fresh.length} encoded frames`);
      if (one.encoded !== undefined) assert.equal(fresh.length, one.encoded);
    });

    test('has the same samples in its HLS', async () => {
      const played = await samples(links(site.server, asset).hls);
      assert.deepEqual(played.map((sample) => sample.hash), made.map((sample) => sample.hash));
    });

    test('has only samples of the source in its audio', async () => {
      const old = new Set((await samples(file, 'a:0')).map((sample) => sample.hash));
      const sound = await samples(links(site.server, asset).mp4, 'a:0');
      assert.ok(sound.length > 0);
      assert.equal(sound.filter((sample) => !old.has(sample.hash)).length, 0);
    });

    test('shows no frame further than 35 dB from the source', async () => {
      const worst = Math.min(...(await likeness(links(site.server, asset).mp4, file, one.first, one.end)));
      assert.ok(worst >= 35, `the worst frame has ${worst} dB`);
    });
  });

for (const [name, file] of [
  ['coded otherwise', () => joined('-coder', 'vlc')],
  ['under a parameter set id of its own', () => joined('-x264-params', 'sps-id=1')],
])
  test(`two films made one, the second ${name}, are cut exactly and look like the source`, async () => {
    const film = await file();
    const source = await take(site.mux, film);
    const { json: told } = await json('GET', `${site.url}/v1/assets/${source.id}`, token);
    assert.match(told.input.file.not_conforming.join(), /the key frame at byte \d+ brings/);
    for (const [first, end] of [[22, 140], [122, 231], [172, 290]]) {
      const { mp4 } = links(site.server, await clip(site.mux, source.id, first / 30, end / 30));
      await check(mp4, first, end - 1, 30);
      const worst = Math.min(...(await likeness(mp4, film, first, end)));
      assert.ok(worst >= 35, `the worst frame of ${first} to ${end} has ${worst} dB`);
    }
  });

for (const [name, extension, ...options] of [
  ['an MP4', 'mp4', '-x264-params', 'repeat-headers=1'],
  ['a transport stream', 'ts'],
])
  test(`${name} that repeats its own parameter sets in each key frame is not coded again`, async () => {
    const film = await coded({ frames: 150, extension, options: [...x264(50, '-bf', '3', ...options), ...aac] });
    const source = await take(site.mux, film);
    const { json: told } = await json('GET', `${site.url}/v1/assets/${source.id}`, token);
    assert.deepEqual(told.input.file.not_conforming ?? [], []);
    const { mp4 } = links(site.server, await clip(site.mux, source.id, 22 / 30, 131 / 30));
    await check(mp4, 22, 130, 30);
    const worst = Math.min(...(await likeness(mp4, film, 22, 131)));
    assert.ok(worst >= 35, `the worst frame has ${worst} dB`);
  });

/** The PSNR of each frame of `clipped` against frames [first, end) of `original`, in dB; infinite where they are equal. */
async function likeness(clipped, original, first, end) {
  const graph = `[1:v]trim=start_frame=${first}:end_frame=${end},settb=1/30,setpts=N[b];[0:v]settb=1/30,setpts=N[a];[a][b]psnr=shortest=1:stats_file=-`;
  const { stdout } = await must('ffmpeg', ['-nostdin', '-v', 'error', '-i', clipped, '-i', original, '-lavfi', graph, '-f', 'null', '/dev/null']);
  const found = [...stdout.matchAll(/psnr_avg:(\S+)/g)].map(([, value]) => (value === 'inf' ? Infinity : Number(value)));
  assert.equal(found.length, end - first);
  return found;
}
