// The 70 s clip that is compared with other programs' work: both its ends lie inside GOPs, and its frames are known.
import { check } from '../../e2e/lib/framecode.mjs';
import { fps } from './sources.mjs';

const first = 310;
const frames = 70 * fps;

/** In seconds, with digits enough for any program to find the frame. */
export const start = (first / fps).toFixed(6);
export const end = ((first + frames) / fps).toFixed(6);

/** Whether `file` shows exactly the frames asked for, in sync: a sentence. */
export async function accuracy(file) {
  try {
    await check(file, first, first + frames - 1, String(fps));
    return 'exact: every frame asked for and no other, in sync';
  } catch (error) {
    return `not exact: ${error.message.slice(String(file).length + 2).replaceAll('\n', '; ')}`;
  }
}
