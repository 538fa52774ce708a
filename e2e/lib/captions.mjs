// Captions as a customer brings them and as a viewer gets them.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { get } from './http.mjs';
import { scratch } from './paths.mjs';
import { until } from './poll.mjs';

/** A WebVTT file of cues, each `[start, end, text]` in seconds. */
export const vtt = (...cues) =>
  `WEBVTT\n${cues.map(([start, end, text]) => `\n${clock(start)} --> ${clock(end)}\n${text}\n`).join('')}`;

export const clock = (seconds) => {
  const ms = Math.round(seconds * 1000);
  const two = (number) => String(Math.floor(number)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
};

const folder = scratch('captions');

/** A file with this text. */
export function file(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A program, of these lines of shell. */
export function program(name, lines) {
  const path = file(name, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

export const texts = (asset) => (asset.tracks ?? []).filter((track) => track.type === 'text');

/** Waits until all captions of an asset are ready or failed, and gives them. */
export function settledTexts(mux, assetId, count = 1) {
  let last;
  return until(`captions of ${assetId} are settled`, async () => {
    last = texts(await mux.video.assets.retrieve(assetId));
    return last.length >= count && last.every((track) => track.status !== 'preparing') && last;
  }, { withinMs: 120_000, everyMs: 50, seen: () => JSON.stringify(last) });
}

/** The body of a viewer's URL, which must be there. */
export async function fetched(url) {
  const answer = await get(url);
  assert.equal(answer.status, 200, `${url}: ${answer.body}`);
  return answer.body.toString();
}

/** The captions that a playlist names: their attributes, and the playlist and the file that they lead to. */
export async function rendered(hls) {
  const lines = (await fetched(hls)).split('\n').filter((line) => line.startsWith('#EXT-X-MEDIA:TYPE=SUBTITLES'));
  return Promise.all(lines.map(async (line) => {
    const said = Object.fromEntries([...line.matchAll(/([A-Z-]+)=("([^"]*)"|[^,]*)/g)].map(([, name, plain, quoted]) => [name, quoted ?? plain]));
    const playlist = new URL(said.URI, hls);
    const text = await fetched(playlist);
    const segment = new URL(text.split('\n').find((one) => one && !one.startsWith('#')), playlist);
    return { ...said, playlist: text, address: segment.href, segment: await fetched(segment) };
  }));
}

/** A server of one text, which sends nothing before `release` is called. */
export async function held(text) {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  const server = http.createServer(async (_, response) => {
    await gate;
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/held.vtt`,
    release,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
