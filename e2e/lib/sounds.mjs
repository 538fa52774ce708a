// Sounds that can be told apart by their pitch, and what a viewer hears of them.
import assert from 'node:assert/strict';
import { multivariant } from './playlist.mjs';
import { get } from './http.mjs';
import { coded, kept, x264 } from './media.mjs';
import { until } from './poll.mjs';
import { ffmpeg, must } from './run.mjs';

const aac = ['-c:a', 'aac', '-b:a', '64k', '-ac', '1'];

/** `frequency` up to 5 s, and half as much again from there on: so it is heard where a sound was cut. */
const stepped = (frequency, seconds) =>
  `aevalsrc=exprs='0.4*sin(2*PI*t*if(lt(t\\,5)\\,${frequency}\\,${frequency * 1.5}))':s=48000:d=${seconds}`;

/** A file of nothing but such a tone. */
export const tone = (frequency, { seconds = 12, options = aac, extension = 'm4a' } = {}) =>
  kept(['tone', 2, frequency, seconds, options], extension, (out) => ffmpeg(['-f', 'lavfi', '-i', stepped(frequency, seconds), ...options, out]));

/** Ten seconds of numbered frames with tones: the first is heard, the others lie beside it, `[frequency, language]` each. */
export async function film(...tones) {
  const pictures = await coded({ frames: 300, audio: false, options: [...x264(60, '-bf', '3'), '-movflags', '+faststart'] });
  const inputs = tones.flatMap(([frequency]) => ['-f', 'lavfi', '-i', stepped(frequency, 10)]);
  const maps = tones.flatMap(([, language], n) => ['-map', `${n + 1}:a`, `-metadata:s:a:${n}`, `language=${language}`]);
  return kept(['film of tones', 2, pictures, tones], 'mp4', (out) =>
    ffmpeg(['-i', pictures, ...inputs, '-map', '0:v', ...maps, '-c:v', 'copy', ...aac, '-movflags', '+faststart', out]));
}

const rate = 8000;

/** The pitches of what is heard at an address between these times, in Hz, each from one of them to the next. */
export async function pitches(url, ...times) {
  const args = ['-v', 'error', '-i', url, '-map', '0:a:0', '-ac', '1', '-ar', String(rate), '-f', 's16le', '-'];
  const { stdout } = await must('ffmpeg', args, { binary: true });
  const samples = new Int16Array(stdout.buffer, stdout.byteOffset, stdout.length >> 1);
  const heard = (from, to) => {
    let crossings = 0;
    for (let n = Math.round(from * rate) + 1; n < Math.min(to * rate, samples.length); n++)
      if (samples[n - 1] < 0 !== samples[n] < 0) crossings++;
    return crossings / 2 / (to - from);
  };
  return { seconds: samples.length / rate, pitches: times.slice(1).map((time, n) => heard(times[n], time)) };
}

/** Fails unless a tone of `frequency` is heard, which steps up at `step` seconds. */
export async function assertHears(url, frequency, { step = 5, seconds = 10 } = {}) {
  const heard = await pitches(url, step - 1.1, step - 0.1, step + 0.1, step + 1.1);
  const near = (found, expected, off) => Math.abs(found - expected) < off;
  const [before, astride, after] = heard.pitches;
  assert.ok(near(before, frequency, 15) && near(after, frequency * 1.5, 15), `${url}: ${heard.pitches} instead of ${frequency}`);
  // Half of it before the step and half after, give or take 30 ms.
  assert.ok(near(astride, frequency * 1.25, frequency * 0.075), `${url}: the step lies beside its place: ${astride}`);
  assert.ok(heard.seconds <= seconds + 0.05 && heard.seconds > seconds - 0.1, `${url}: ${heard.seconds} s`);
}

export const sounds = (asset) => (asset.tracks ?? []).filter((track) => track.type === 'audio');

/** Waits until all sounds of an asset are ready or failed, and gives those beside the first. */
export function settledSounds(mux, assetId, count = 1) {
  let last;
  return until(`sounds of ${assetId} are settled`, async () => {
    last = sounds(await mux.video.assets.retrieve(assetId)).filter((track) => !track.primary);
    return last.length >= count && last.every((track) => track.status !== 'preparing') && last;
  }, { withinMs: 120_000, everyMs: 50, seen: () => JSON.stringify(last) });
}

/** The sounds that a playlist names, with their addresses, in its order. */
export async function listed(hls) {
  const answer = await get(hls);
  assert.equal(answer.status, 200, `${hls}: ${answer.body}`);
  const { variants, renditions } = multivariant(String(answer.body), hls);
  return { variants, sounds: renditions.filter((one) => one.TYPE === 'AUDIO'), etag: answer.headers.etag };
}

