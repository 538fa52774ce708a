// The first minute of a newcomer: `serve --demo FILE` ends by printing links to a clip, and they play.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../lib/http.mjs';
import { media } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { decode, probe } from '../lib/samples.mjs';
import { Server } from '../lib/server.mjs';

test('the demo prints an HLS and an MP4 link that play, and again when started again', async () => {
  const server = await Server.start({ args: ['--demo', media('rabbit.mp4')] });
  for (const run of ['first', 'second']) {
    const from = run === 'first' ? 0 : server.log().length;
    if (run === 'second') await server.restart();
    const { hls, mp4 } = await until('the links are printed', () => {
      const said = server.log().slice(from);
      const [, hls, mp4] = /\bclip\b[\s\S]*?(https?:\S+\.m3u8)[\s\S]*?(https?:\S+\.mp4)/i.exec(said) ?? [];
      return hls && { hls, mp4 };
    }, { seen: () => server.log() });
    assert.equal((await get(hls)).status, 200);
    assert.ok((await decode(hls)) > 0);
    assert.ok((await decode(mp4)) > 0);
    const { duration } = await probe(mp4);
    assert.ok(duration > 0.5 && duration < 7.7, `a clip of the sample, not the sample: ${duration} s`);
  }
  server.assertWell();
  await server.stop();
});
