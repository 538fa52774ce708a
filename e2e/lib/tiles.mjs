// Storyboards: their maps read as players read them, and the frames that their tiles show.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read } from './framecode.mjs';
import { scratch } from './paths.mjs';
import { ffmpeg } from './run.mjs';

const folder = scratch('tiles');
let count = 0;

/** The cues of a map: `[{ start, end, url, x, y, width, height }…]`, times in seconds. */
export function cues(vtt) {
  const [head, ...blocks] = vtt.trim().split(/\n\n+/);
  if (head !== 'WEBVTT') throw new Error(`no WebVTT: ${head}`);
  return blocks.map((block) => {
    const [times, text] = block.split('\n');
    const [start, end] = times.split(' --> ').map((time) => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0));
    const [url, place] = text.split('#xywh=');
    const [x, y, width, height] = place.split(',').map(Number);
    return { start, end, url, x, y, width, height };
  });
}

/** The numbers that the first `tiles` tiles of a storyboard show, row by row. */
export async function numbers(picture, extension, tiles, rows) {
  const file = join(folder, `${count++}.${extension}`);
  writeFileSync(file, picture);
  const apart = `${file}.mkv`;
  // Large again, for the tool that reads the numbers.
  const filters = `format=yuv420p,untile=5x${rows},scale=1280:-2:flags=neighbor`;
  await ffmpeg(['-i', file, '-vf', filters, '-frames:v', String(tiles), '-fps_mode', 'passthrough', '-c:v', 'ffv1', apart]);
  return (await read(apart)).frames.map(([, number]) => number);
}
