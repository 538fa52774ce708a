// Pictures that come slowly or unevenly, and clips whose parts are short: the same timeline for player and server.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aac, coded, x264 } from '../../lib/media.mjs';
import { clip, links, take } from '../../lib/mux.mjs';
import { assertWhole, hlsJs, usePlayers } from '../../lib/players.mjs';
import { samples } from '../../lib/samples.mjs';
import { useServer } from '../../lib/site.mjs';

const site = await useServer();
const players = await usePlayers(site);
// Nothing in a page is waited for longer: a player that stalls is a failure.
const patience = { timeout: 60_000 };

const pyramid = (gop) => [...x264(gop, '-bf', '3', '-x264-params', 'b-pyramid=normal'), ...aac, '-movflags', '+faststart'];
// As a recording of a screen: every twentieth picture stays for a second and a half.
const held = ['-vf', String.raw`setpts=(N+floor(N/20)*45)/30/TB`, '-fps_mode', 'passthrough', '-enc_time_base', '1:90000'];

const slow = () => coded({ frames: 75, fps: 5, size: '320x180', options: pyramid(20) });
const screen = () => coded({ frames: 140, fps: 30, size: '320x180', options: [...held, ...pyramid(60)] });

const cases = [
  { name: 'five pictures a second', film: slow, from: 9.2, to: 12.8, first: 46, count: 18 },
  { name: 'five a second, to a picture after a key frame', film: slow, from: 1.6, to: 8.2, first: 8, count: 33 },
  { name: 'ten a second, and one of them between two joins', film: () => coded({ frames: 150, fps: 10, size: '320x180', options: pyramid(30) }),
    from: 11.2, to: 12.5, first: 112, count: 13 },
  { name: 'pictures that are held', film: screen, from: 2.2, to: 6.8 },
  { name: 'pictures that are held, from a key frame on', film: screen, from: 6.49, to: 11 },
  { name: 'two pictures after a key frame', film: () => coded({ frames: 150, fps: 25, size: '320x180', options: pyramid(50) }),
    from: 1.2, to: 2.08, first: 30, count: 22 },
];

for (const one of cases)
  describe(one.name, () => {
    test('play through hls.js: all of them, without a gap or a complaint', patience, async () => {
      const source = await take(site.mux, await one.film());
      const asset = await clip(site.mux, source.id, one.from, one.to);
      const { hls, mp4 } = links(site.server, asset);
      const shown = await samples(mp4);
      if (one.count) assert.equal(shown.length, one.count);

      const { opened, ask, end } = await players.open(hlsJs, { hls });
      if (one.first) assert.equal(opened.first.number, one.first);
      assert.ok(Math.abs(opened.duration - asset.duration) < 0.03, `it lasts ${opened.duration} s`);
      const played = await ask('plays', () => window.playThrough());
      assert.equal(played.buffered.length, 1, `buffered: ${JSON.stringify(played.buffered)}`);
      assert.ok(Math.abs(played.buffered[0][1] - asset.duration) < 0.03, `buffered to ${played.buffered[0][1]} s`);
      const { number } = opened.first;
      assertWhole(played, number, shown.length);
      const starts = shown.map((sample) => sample.pts - shown[0].pts).sort((a, b) => a - b);
      for (const picture of played.pictures)
        assert.ok(Math.abs(picture.time - starts[picture.number - number]) < 0.002, `frame ${picture.number} at ${picture.time} s`);
      const seen = await ask('seeks', (times) => window.lookAt(times), [starts[0] + 0.01, starts.at(-1) + 0.01]);
      assert.deepEqual(seen.pictures.map((picture) => picture.number), [number, number + shown.length - 1]);
      await end();
    });
  });
