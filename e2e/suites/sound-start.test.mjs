// Where the sound of an upload begins that is encoded on the way in: with its pictures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { read } from '../lib/framecode.mjs';
import { coded, x264 } from '../lib/media.mjs';
import { links, take } from '../lib/mux.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();

const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '1M'];
// In all but the last, the file begins with sound, and the pictures a few milliseconds later.
const kinds = [
  ['Vorbis in WebM', { options: [...vp8, '-c:a', 'libvorbis'], extension: 'webm' }],
  ['Opus in WebM', { options: [...vp8, '-c:a', 'libopus'], extension: 'webm' }],
  ['MP3 beside pictures that stay as they are', { options: [...x264(60), '-c:a', 'libmp3lame'], extension: 'mkv' }],
  ['PCM beside pictures that stay as they are', { options: [...x264(60), '-c:a', 'pcm_s16le'], extension: 'mov' }],
];
const tolerance = 0.003;

for (const [name, kind] of kinds)
  test(name, async () => {
    const file = await coded({ frames: 150, ...kind });
    const original = await read(file);
    const asset = await take(site.mux, file);
    const { mp4, hls } = links(site.server, asset);
    for (const source of [mp4, hls]) {
      const seen = await read(source);
      const late = seen.audio_start - seen.frames[0][0];
      assert.ok(late >= 0 && late <= tolerance, `${source}: sound begins ${late} s after the pictures`);
      // The first click is a part of the first packet, which fades in; every other one is where it was.
      const [was, is] = [original, seen].map(({ clicks, frames }) =>
        clicks.map((click) => click - frames[0][0]).filter((click) => click > 0.1));
      assert.equal(is.length, was.length, `${source}: clicks at ${seen.clicks}`);
      is.forEach((click, n) => assert.ok(Math.abs(click - was[n]) <= tolerance, `${source}: click ${n} is at ${click}, not ${was[n]}`));
    }
  });
