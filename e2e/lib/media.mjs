// Media made on the spot with FFmpeg, kept outside the tree under a name that tells how it was made.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, framecodeTool, media, scratch } from './paths.mjs';
import { ffmpeg, must } from './run.mjs';

const making = new Map();

/** The file that `make(path)` makes, made once per recipe: `key` is everything the result depends on. */
export function kept(key, extension, make) {
  const name = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 24);
  const file = join(cache, `${name}.${extension}`);
  if (existsSync(file)) return Promise.resolve(file);
  if (!making.has(file)) making.set(file, makeOnce(name, extension, file, make).finally(() => making.delete(file)));
  return making.get(file);
}

// Under a name of this process until it is whole: test files run side by side and share the folder.
async function makeOnce(name, extension, file, make) {
  const fresh = join(cache, `${name}.${process.pid}.${extension}`);
  try {
    await make(fresh);
    renameSync(fresh, file);
  } finally {
    rmSync(fresh, { force: true });
  }
  return file;
}

let toolVersion;

/** A framecode video: `{ frames, fps, size, first, audio, options: […FFmpeg output options], extension }`. */
export function coded({ frames = 300, fps = '30', size = '640x360', first = 0, audio = true, options = [], extension = 'mp4' }) {
  toolVersion ??= createHash('sha256').update(readFileSync(framecodeTool)).digest('hex');
  const args = ['--frames', String(frames), '--fps', String(fps), '--size', size, '--first', String(first)];
  if (!audio) args.push('--no-audio');
  return kept(['framecode', toolVersion, args, options, extension], extension, (out) =>
    must(framecodeTool, ['make', out, ...args, '--', ...options]),
  );
}

/** FFmpeg's `options` applied to one of the repository's own media files. */
export function derived(name, options, extension) {
  return kept(['derived', name, options, extension], extension, (out) => ffmpeg(['-i', media(name), ...options, out]));
}

/** x264 with key frames exactly every `gop` frames. */
export const x264 = (gop, ...more) => [
  '-c:v', 'libx264', '-preset', 'veryfast', '-g', String(gop), '-keyint_min', String(gop), '-sc_threshold', '0', ...more,
];

/**
 * Frames 0 to 299 without sound: two films, the second coded with `options`, joined without being coded again.
 * Each key frame brings parameter sets along; what the file is described with tells only those of its first part.
 */
export async function joined(...options) {
  const half = (first, ...more) => coded({ first, frames: 150, audio: false, options: x264(50, '-bf', '3', ...more) });
  const parts = [await half(0, '-b:v', '1M'), await half(150, '-crf', '20', ...options)];
  return kept(['joined', 1, parts], 'mp4', async (out) => {
    const list = join(scratch('joined'), 'list');
    writeFileSync(list, parts.map((part) => `file '${part}'\n`).join(''));
    await ffmpeg(['-f', 'concat', '-safe', '0', '-i', list, '-c', 'copy', out]);
  });
}

export const aac = ['-c:a', 'aac', '-b:a', '96k'];

/** An ordinary conforming MP4 of numbered frames: 30 fps, two-second GOPs, B-frames. */
export const ordinary = (frames = 300, size = '640x360') =>
  coded({ frames, size, options: [...x264(60, '-bf', '3'), ...aac, '-movflags', '+faststart'] });

/** A portrait recording as a phone makes it: landscape pictures and a matrix that turns them. */
export function portrait() {
  return kept(['portrait', 1], 'mp4', async (out) => {
    const options = ['-t', '6', '-vf', 'scale=640:360,setsar=1', ...x264(30, '-bf', '0'), ...aac, '-movflags', '+faststart'];
    const flat = await derived('crystal.mp4', options, 'mp4');
    writeFileSync(out, turnedQuarter(readFileSync(flat)));
  });
}

/** 10-bit HEVC with AAC. */
export const hevc10 = () =>
  derived('crystal.mp4', ['-t', '5', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error',
    '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1', ...aac], 'mp4');

/** Interlaced MPEG-2 in a transport stream, 25 pictures a second, top field first, with MPEG audio. */
export const interlaced = () =>
  derived('crystal.mp4', ['-t', '6', '-vf', 'fps=50,scale=720:576,setsar=16/15,tinterlace=interleave_top,setfield=tff',
    '-c:v', 'mpeg2video', '-b:v', '5M', '-g', '15', '-bf', '2', '-flags', '+ildct+ilme', '-c:a', 'mp2', '-b:a', '192k'], 'ts');

/** Writes a rotation of 90 degrees into the first (video) track header of an MP4 (ISO/IEC 14496-12, 8.3.2). */
function turnedQuarter(file) {
  const at = file.indexOf('tkhd');
  const version = file[at + 4];
  const matrix = at + 4 + 4 + (version === 1 ? 32 : 20) + 8 + 8;
  const width = file.readUInt32BE(matrix + 36);
  const height = file.readUInt32BE(matrix + 40);
  const fixed = 0x10000;
  [0, fixed, 0, -fixed, 0, 0, height, 0, 0x40000000].forEach((value, i) => file.writeInt32BE(value, matrix + 4 * i));
  if (width < height) throw new Error('the recording was not in landscape');
  return file;
}
