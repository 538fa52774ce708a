// Playback through Mux's Node SDK, which asks for everything at the API's own address (contract, section 1.2).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picture } from '../lib/image.mjs';
import { clip, pid, take } from '../lib/mux.mjs';
import { media } from '../lib/paths.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const source = await take(site.mux, media('rabbit.mp4'));
const asset = await clip(site.mux, source.id, 1, 4);

test('hls gives a playlist whose addresses lead on', async () => {
  const answer = await site.mux.video.playback.hls(pid(asset));
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type'), /^application\/(vnd\.apple\.mpegurl|x-mpegurl)/i);
  const text = await answer.text();
  assert.match(text, /^#EXTM3U/);
  const variant = text.split('\n').find((line) => line && !line.startsWith('#'));
  assert.equal((await fetch(new URL(variant, answer.url))).status, 200);
});

test('hls takes the parameters that change nothing here', async () => {
  const answer = await site.mux.video.playback.hls(pid(asset), {
    max_resolution: '720p', min_resolution: '480p', rendition_order: 'desc', redundant_streams: true, default_subtitles_lang: 'en',
    exclude_pdt: true, roku_trick_play: true, low_latency: false,
  });
  assert.equal(answer.status, 200);
});

test('thumbnail gives the picture asked for', async () => {
  for (const kind of ['jpg', 'png', 'webp']) {
    const answer = await site.mux.video.playback.thumbnail(pid(asset), kind, { time: 1, width: 320 });
    assert.equal(answer.status, 200);
    const seen = picture(Buffer.from(await answer.arrayBuffer()));
    assert.deepEqual([seen.kind, seen.width], [kind, 320]);
  }
});

test('staticRendition gives the files', async () => {
  const highest = await site.mux.video.playback.staticRendition(pid(asset), 'highest.mp4');
  assert.equal(highest.status, 200);
  assert.equal(highest.headers.get('content-type'), 'video/mp4');
  assert.equal(Buffer.from(await highest.arrayBuffer()).toString('latin1', 4, 8), 'ftyp');
  const audio = await site.mux.video.playback.staticRendition(pid(asset), 'audio.m4a', { download: 'cats' });
  assert.equal(audio.status, 200);
  assert.match(audio.headers.get('content-disposition'), /attachment.*cats\.m4a/);
});
