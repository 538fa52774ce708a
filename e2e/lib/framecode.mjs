// tools/framecode: videos whose every frame shows its own number, made and read.
import { framecodeTool } from './paths.mjs';
import { must, run } from './run.mjs';

/** Fails unless `source` (file or URL, HLS too) shows exactly frames first..=last, evenly spaced at `fps`, in sync. */
export async function check(source, first, last, fps) {
  const args = ['check', String(source), '--first', String(first), '--last', String(last)];
  if (fps) args.push('--fps', String(fps));
  const done = await run(framecodeTool, args);
  if (done.code !== 0) throw new Error(`${source}: ${(done.stdout + done.stderr).trim()}`);
}

/** What `source` shows: `{ frames: [[pts_seconds, number]…], clicks: [seconds…], audio_start }`. */
export async function read(source) {
  return JSON.parse((await must(framecodeTool, ['read', String(source), '--json'])).stdout);
}

/** Seconds from the first picture of `seen` to its frame `n`; one past the last frame gives the end. */
export function timeOf(seen, n) {
  const frames = seen.frames;
  if (n < frames.length) return frames[n][0] - frames[0][0];
  const last = frames.length - 1;
  return frames[last][0] - frames[0][0] + (frames[last][0] - frames[last - 1][0]);
}

/**
 * Fails unless `source` shows frames first..=last of the video read as `original`, each at its own distance
 * from the first, with every click where the original has it. For rates that vary, where no step can be named.
 */
export async function checkAgainst(original, source, first, last, tolerance = 0.0025) {
  const seen = await read(source);
  const numbers = seen.frames.map(([, n]) => n);
  const wanted = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  if (String(numbers) !== String(wanted)) {
    const at = wanted.findIndex((n, i) => numbers[i] !== n);
    throw new Error(`${source}: ${numbers.length} frames for ${wanted.length}; frame ${at} shows ${numbers[at]}, wanted ${wanted[at]}`);
  }
  const origin = seen.frames[0][0];
  for (const [pts, n] of seen.frames) {
    const want = timeOf(original, n) - timeOf(original, first);
    if (Math.abs(pts - origin - want) > tolerance)
      throw new Error(`${source}: frame ${n} comes ${(pts - origin).toFixed(4)} s after the first, wanted ${want.toFixed(4)} s`);
  }
  const shift = original.frames[first][0] - origin;
  // The first click may be the tail of one that began before the cut.
  for (const click of seen.clicks.slice(1)) {
    const nearest = Math.min(...original.clicks.map((c) => Math.abs(c - shift - click)));
    if (nearest > 0.025) throw new Error(`${source}: a click at ${click} s is ${Math.round(nearest * 1000)} ms from the original's`);
  }
}
