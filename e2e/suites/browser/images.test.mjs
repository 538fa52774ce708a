// Moving pictures and storyboards as a browser has them: decoded by it, fetched by a page of another origin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from '../../lib/browser.mjs';
import { ordinary } from '../../lib/media.mjs';
import { clip, pid, take } from '../../lib/mux.mjs';
import { useBrowser, useFiles, useServer } from '../../lib/site.mjs';

const site = await useServer();
const files = await useFiles();
const browser = await useBrowser();
const source = await take(site.mux, await ordinary());
const [first, end] = [77, 203];
const base = `${site.url}/${pid(await clip(site.mux, source.id, first / 30, end / 30))}`;

/** In the page: the number that each frame of a moving picture shows, and how long it is shown, in milliseconds. */
async function decode([url, type]) {
  const decoder = new ImageDecoder({ data: (await fetch(url)).body, type });
  await decoder.completed;
  await decoder.tracks.ready;
  const { frameCount, repetitionCount } = decoder.tracks.selectedTrack;
  const canvas = new OffscreenCanvas(1, 1);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const frames = [];
  for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex });
    [canvas.width, canvas.height] = [image.displayWidth, image.displayHeight];
    context.drawImage(image, 0, 0);
    // Twenty squares in the top eighth, the most significant first.
    let number = 0;
    for (let bit = 0; bit < 20; bit++) {
      const [red] = context.getImageData(Math.floor(((bit + 0.5) * canvas.width) / 20), Math.floor(canvas.height / 16), 1, 1).data;
      number = number * 2 + (red > 127 ? 1 : 0);
    }
    frames.push([number, image.duration / 1000]);
    image.close();
  }
  return { frames, repetitionCount };
}

for (const [kind, step] of [['gif', 10], ['webp', 1]])
  test(`animated.${kind} shows every frame of a clip, over and over`, async () => {
    const { page, said } = await openPage(browser, files);
    const seen = await page.evaluate(decode, [`${base}/animated.${kind}?end=4.2&fps=30&width=640`, `image/${kind}`]);
    assert.deepEqual(seen.frames.map(([number]) => number), Array.from({ length: end - first }, (_, n) => first + n));
    seen.frames.forEach(([, ms], n) => assert.ok(Math.abs(ms - 1000 / 30) <= step, `frame ${n} is shown for ${ms} ms`));
    const length = seen.frames.reduce((sum, [, ms]) => sum + ms, 0);
    assert.ok(Math.abs(length - 4200) < 20, `${length} ms`);
    assert.equal(seen.repetitionCount, Infinity);
    assert.deepEqual(said, []);
    await page.close();
  });

test('a storyboard’s map is a track that a player can read, and its picture loads', async () => {
  const { page, said } = await openPage(browser, files);
  const cues = await page.evaluate(async (src) => {
    const video = Object.assign(document.createElement('video'), { crossOrigin: 'anonymous' });
    const track = Object.assign(document.createElement('track'), { kind: 'metadata', label: 'thumbnails', src, default: true });
    document.body.append(video);
    video.append(track);
    track.track.mode = 'hidden';
    await new Promise((resolve, reject) => Object.assign(track, { onload: resolve, onerror: reject }));
    return Array.from(track.track.cues, ({ startTime, endTime, text }) => ({ startTime, endTime, text }));
  }, `${base}/storyboard.vtt?format=webp`);
  assert.equal(cues.length, 50);
  assert.deepEqual([cues[0].startTime, cues[49].endTime], [0, 4.2]);
  const size = await page.evaluate(async (src) => {
    const image = Object.assign(new Image(), { crossOrigin: 'anonymous', src });
    await image.decode();
    return [image.naturalWidth, image.naturalHeight];
  }, cues[7].text);
  assert.deepEqual(size, [1280, 1440]);
  assert.equal(cues[7].text, `${base}/storyboard.webp#xywh=512,144,256,144`);
  assert.deepEqual(said, []);
  await page.close();
});
