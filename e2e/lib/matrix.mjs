// The product of sources and cuts that frame accuracy is promised for: what the cases are and how each is made.
import { aac, coded, x264 } from './media.mjs';

export const frames = 300;

const rates = ['24000/1001', '25', '30000/1001', '30', '60', 'variable'];
const structures = ['no-b', 'b-pyramid', 'open-gop'];
const gops = [12, 60, 250];
const containers = ['mp4', 'mov', 'mkv', 'ts', 'fmp4'];
const sounds = ['audio', 'silent'];
const cuts = ['from-0', 'on-key', 'before-key', 'after-key', 'inside-gop', 'one-frame', 'to-end'];

export const dimensions = { rate: rates, structure: structures, gop: gops, container: containers, sound: sounds, cut: cuts };

export const nameOf = (c) => Object.keys(dimensions).map((d) => String(c[d]).replace('/', ':')).join(' ');

/** Every case there is. */
export function allCases() {
  return Object.entries(dimensions).reduce(
    (cases, [dimension, values]) => cases.flatMap((c) => values.map((value) => ({ ...c, [dimension]: value }))),
    [{}],
  );
}

/**
 * A small sample in which every value of a dimension meets every value of every other at least once: greedily,
 * the case that covers most pairs not met before; of equals, the one whose values were used least. The same every time.
 */
export function sampledCases() {
  const names = Object.keys(dimensions);
  const pairs = (c) => names.flatMap((a, i) => names.slice(i + 1).map((b) => `${a}=${c[a]} ${b}=${c[b]}`));
  const candidates = allCases().map((c) => ({ c, pairs: pairs(c) }));
  const missing = new Set(candidates.flatMap((one) => one.pairs));
  const used = {};
  const usage = (c) => names.reduce((sum, d) => sum + (used[d + c[d]] ?? 0), 0);
  const chosen = [];
  while (missing.size > 0) {
    let best;
    let most = 0;
    for (const candidate of candidates) {
      const gain = candidate.pairs.reduce((sum, pair) => sum + missing.has(pair), 0);
      if (gain > most || (best && gain === most && usage(candidate.c) < usage(best.c))) [best, most] = [candidate, gain];
    }
    chosen.push(best.c);
    for (const d of names) used[d + best.c[d]] = (used[d + best.c[d]] ?? 0) + 1;
    for (const pair of best.pairs) missing.delete(pair);
  }
  return chosen;
}

/** The frames [first, end) that a cut asks for. 47 is odd to every GOP length, so ends fall anywhere. */
export function bounds({ gop, cut }) {
  const key = gop;
  switch (cut) {
    case 'from-0': return [0, 47];
    case 'on-key': return [key, key + 47];
    case 'before-key': return [key - 1, key + 46];
    case 'after-key': return [key + 1, key + 48];
    case 'inside-gop': return [key + 3, key + 3 + Math.min(40, gop - 4)];
    case 'one-frame': return [key + 5, key + 6];
    case 'to-end': return [frames - 38, frames];
    default: throw new Error(`no such cut: ${cut}`);
  }
}

const muxing = {
  mp4: { extension: 'mp4', options: ['-movflags', '+faststart'] },
  mov: { extension: 'mov', options: [] },
  mkv: { extension: 'mkv', options: [] },
  ts: { extension: 'ts', options: [] },
  fmp4: { extension: 'mp4', options: ['-movflags', '+frag_keyframe+delay_moov+default_base_moof'] },
};

const coding = {
  'no-b': ['-bf', '0'],
  'b-pyramid': ['-bf', '3', '-x264-params', 'b-pyramid=normal'],
  'open-gop': ['-bf', '3', '-x264-params', 'b-pyramid=normal:open-gop=1'],
};

/** The source of a case: 300 numbered frames. */
export function sourceOf({ rate, structure, gop, container, sound }) {
  const variable = rate === 'variable';
  return coded({
    frames,
    fps: variable ? '25' : rate,
    size: '320x180',
    audio: sound === 'audio',
    options: [...(variable ? uneven : []), ...x264(gop, ...coding[structure]), ...(sound === 'audio' ? aac : []),
      ...muxing[container].options],
    extension: muxing[container].extension,
  });
}

// Five frames every fifth of a second, none of them evenly spaced: 33, 33, 50, 17 and 67 ms.
const uneven = [
  '-vf', String.raw`settb=1/90000,setpts=floor(N/5)*18000+eq(mod(N\,5)\,1)*3000+eq(mod(N\,5)\,2)*6000+eq(mod(N\,5)\,3)*10500+eq(mod(N\,5)\,4)*12000`,
  '-fps_mode', 'vfr', '-enc_time_base', '1:90000',
];
