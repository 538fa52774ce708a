// Players that are programs of their own, without a screen: FFmpeg, mpv and VLC play what playlists and manifests name.
//
// A join by discontinuity is not among it: FFmpeg, and so mpv, keep the first init after a break.
import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { check, read } from '../lib/framecode.mjs';
import { get } from '../lib/http.mjs';
import { clipOf, foreign, fps } from '../lib/joins.mjs';
import { links } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { attributes } from '../lib/playlist.mjs';
import { must } from '../lib/run.mjs';
import { samples } from '../lib/samples.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const items = {};
before(async () => {
  const clip = await clipOf(site, foreign);
  items.asset = { ...links(site.server, clip.source), from: 0, last: 359 };
  items.clip = { ...clip, last: clip.from + clip.count - 1 };
});

/** What mpv shows, written down picture by picture. */
async function mpv(url) {
  const out = join(scratch('mpv'), 'seen.mkv');
  await must('mpv', ['--no-config', '--really-quiet', '--no-audio', '--of=matroska', '--ovc=rawvideo', `--o=${out}`, url]);
  return out;
}

/** The numbers of the pictures that VLC shows. It does not run as root. */
async function vlc(url) {
  const folder = scratch('vlc');
  chmodSync(folder, 0o777);
  const nobody = 65_534;
  const root = process.getuid() === 0;
  if (root) chownSync(folder, nobody, nobody);
  const out = join(folder, 'seen.ts');
  const sout = `#transcode{vcodec=mp2v,vb=8000,fps=${fps},acodec=none,deinterlace=0}:std{access=file,mux=ts,dst=${out}}`;
  await must('cvlc', ['-I', 'dummy', '--no-media-library', '-q', url, '--sout', sout, 'vlc://quit'],
    { env: { HOME: folder }, cwd: folder, withinMs: 60_000, ...(root ? { uid: nobody, gid: nobody } : {}) });
  return (await read(out)).frames.map(([, number]) => number);
}

for (const name of ['asset', 'clip'])
  for (const form of ['hls', 'dash'])
    describe(`${name} by ${form.toUpperCase()}`, () => {
      test('plays in FFmpeg', async () => {
        const { from, last, [form]: url } = items[name];
        await check(url, from, last, fps);
      });

      test('plays in mpv', async () => {
        const { from, last, [form]: url } = items[name];
        await check(await mpv(url), from, last, fps);
      });

      test('plays in VLC', async () => {
        const { from, last, [form]: url } = items[name];
        const numbers = await vlc(url);
        // Its transcoder shows the first picture twice and leaves the last few undone, whatever it plays.
        const end = Math.max(...numbers);
        assert.ok(end > last - 10, `it ends on frame ${end}`);
        assert.deepEqual([...new Set(numbers)], Array.from({ length: end - from + 1 }, (_, i) => from + i));
      });
    });

describe('key pictures', () => {
  /** Where a multivariant playlist says they are. */
  async function keys(url) {
    const line = (await get(url)).body.toString().match(/^#EXT-X-I-FRAME-STREAM-INF:(.*)$/m)[1];
    return { ...attributes(line), url: new URL(attributes(line).URI, url).href };
  }

  test('are those of the film, each when it is shown', async () => {
    const seen = await read((await keys(items.asset.hls)).url);
    assert.deepEqual(seen.frames.map(([, number]) => number), [0, 60, 120, 180, 240, 300]);
    for (const [time, number] of seen.frames) assert.ok(Math.abs(time - number / fps) < 0.001, `${number} at ${time} s`);
  });

  test('of a clip are its own, and those of its edges', async () => {
    const { hls, from, last, joins } = items.clip;
    const seen = await read((await keys(hls)).url);
    const numbers = seen.frames.map(([, number]) => number);
    assert.deepEqual(numbers, [...new Set([from, 60, 120, 180, ...joins.map((at) => from + at)])].sort((a, b) => a - b));
    assert.ok(numbers.every((number) => number >= from && number <= last));
    for (const [time, number] of seen.frames) assert.ok(Math.abs(time - (number - from) / fps) < 0.001, `${number} at ${time} s`);
  });

  test('take what their playlist says', async () => {
    for (const { hls } of Object.values(items)) {
      const told = await keys(hls);
      const bits = (await samples(told.url)).map(({ size }) => size * 8);
      const seconds = [...(await get(told.url)).body.toString().matchAll(/^#EXTINF:([\d.]+),/gm)].map(([, text]) => Number(text));
      const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
      const average = sum(bits) / sum(seconds);
      assert.ok(Number(told['AVERAGE-BANDWIDTH']) >= average && Number(told['AVERAGE-BANDWIDTH']) < average * 1.2, JSON.stringify([told, average]));
      assert.ok(Number(told.BANDWIDTH) >= Number(told['AVERAGE-BANDWIDTH']));
    }
  });
});
