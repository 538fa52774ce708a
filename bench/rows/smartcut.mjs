// The same cut as a command: Subclip's and smartcut's.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { binary, scratch } from '../../e2e/lib/paths.mjs';
import { smartcut, timed } from '../lib/programs.mjs';
import { accuracy, end, start } from '../lib/seventy.mjs';
import { atLeast, fact, median, note } from '../lib/stats.mjs';

export const name = 'smartcut';
export const title = 'Against smartcut, 70 s clip, as a command';
export const how =
  'The same 70 s of a 10 min file, from the start of the program to its end, in turns: `subclip cut IN OUT --from … --to …` ' +
  'and `smartcut IN OUT --keep …,…`. Both read the file as it lies, with nothing known of it, and write an MP4.';

export async function measure(scene) {
  const folder = scratch('bench');
  const facts = [];
  const verdicts = [];
  for (const bFrames of [true, false]) {
    const kind = bFrames ? 'three B-frames' : 'no B-frames';
    const file = await scene.tenMinutes({ bFrames });
    const ours = join(folder, 'subclip.mp4');
    const theirs = join(folder, 'smartcut.mp4');
    const ms = { ours: [], theirs: [] };
    let said;
    for (let round = 0; round < scene.sizes.rounds; round++) {
      const cut = await timed(binary, ['cut', file, ours, '--force', '--from', start, '--to', end]);
      said = cut.stdout.trim();
      ms.ours.push(cut.ms);
      ms.theirs.push((await timed(smartcut, [file, theirs, '--keep', `${start},${end}`])).ms);
    }
    const [oursShow, theirsShow] = await Promise.all([accuracy(ours), accuracy(theirs)]);
    facts.push(
      fact(`${kind}: subclip cut`, ms.ours, 'ms'),
      fact(`${kind}: smartcut`, ms.theirs, 'ms'),
      note(`${kind}: subclip cut says`, said),
      note(`${kind}: Subclip's frames`, oursShow),
      note(`${kind}: smartcut's frames`, theirsShow),
      note(`${kind}: size`, `Subclip ${statSync(ours).size} bytes, smartcut ${statSync(theirs).size} bytes`),
    );
    verdicts.push(atLeast(`${kind}: smartcut against subclip cut, medians`, 10, median(ms.theirs) / median(ms.ours), 'times'));
  }
  return { facts, verdicts };
}
