// Proves one case of the matrix: the same cut by command, as HLS and as MP4, each with exactly the right frames.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, checkAgainst, read, timeOf } from './framecode.mjs';
import { bounds, frames, sourceOf } from './matrix.mjs';
import { clip, links, take } from './mux.mjs';
import { binary } from './paths.mjs';
import { must } from './run.mjs';

/** Mux refuses clips under half a second: those are cut by command alone. */
const MUX_MINIMUM_SECONDS = 0.5;

/** Throws a sentence that says what differs. */
export async function proveCase(site, one) {
  const file = await sourceOf(one);
  const original = await read(file);
  const [first, end] = bounds(one);
  const last = end - 1;
  const prove = (source) =>
    one.rate === 'variable' ? checkAgainst(original, source, first, last) : check(source, first, last, one.rate);

  const folder = mkdtempSync(join(tmpdir(), 'subclip-matrix-'));
  try {
    const byCommand = join(folder, 'clip.mp4');
    await must(binary, ['cut', file, byCommand, ...asked(one, original, first, end)]);
    await prove(byCommand);
  } finally {
    rmSync(folder, { recursive: true });
  }

  const [from, to] = [timeOf(original, first), timeOf(original, end)];
  if (to - from < MUX_MINIMUM_SECONDS) return;
  const source = await take(site.mux, file);
  const made = await clip(site.mux, source.id, one.cut === 'from-0' ? undefined : from, end === frames ? undefined : to);
  await prove(links(site.server, made).hls);
  await prove(links(site.server, made).mp4);
  for (const asset of [made, source]) await site.mux.video.assets.delete(asset.id);
}

/** Half of the sources are cut by frame numbers, half by times. */
function asked({ gop, sound }, original, first, end) {
  const byFrames = (gop === 60) !== (sound === 'audio');
  if (byFrames) return ['--frames', `${first}..${end}`];
  return ['--from', timeOf(original, first).toFixed(6), '--to', timeOf(original, end).toFixed(6)];
}
