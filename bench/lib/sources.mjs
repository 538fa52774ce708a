// The videos that are measured with: real footage at 1080p30 with film grain, every frame carrying its number, as
// FFmpeg's x264 makes it with GOPs of 2 s. So Subclip has never seen its parameter sets, and every cut can be checked.
import { check } from '../../e2e/lib/framecode.mjs';
import { coded, kept } from '../../e2e/lib/media.mjs';
import { media } from '../../e2e/lib/paths.mjs';
import { ffmpeg } from '../../e2e/lib/run.mjs';

const version = 3;
export const fps = 30;
export const gopFrames = 60;

/** A conforming MP4 of `seconds`: `footageSeconds` of pictures, again and again. */
export async function source({ seconds, bFrames, footageSeconds }) {
  const again = Math.round(seconds / footageSeconds) - 1;
  return kept(['bench source', version, seconds, bFrames, footageSeconds], 'mp4', async (out) => {
    const pictures = await footage(footageSeconds, bFrames);
    const sound = await clicks(footageSeconds);
    const loop = ['-stream_loop', String(again)];
    await ffmpeg([...loop, '-i', pictures, ...loop, '-i', sound, '-map', '0:v', '-map', '1:a', '-c:v', 'copy',
      '-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart', out], { withinMs: 1_800_000 });
  });
}

/** Frame numbers and clicks alone, small. */
const numbers = (seconds) => coded({
  frames: seconds * fps, fps: String(fps), size: '320x180', extension: 'mov',
  options: ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '10', '-g', '30', '-c:a', 'pcm_s16le'],
});

function footage(seconds, bFrames) {
  return kept(['bench footage', version, seconds, bFrames], 'mp4', async (out) => {
    const code = await numbers(seconds);
    const filter =
      '[0:v]fps=30,scale=1920:1080:flags=bicubic,setsar=1[a];[1:v]fps=30,scale=1920:1080:flags=bicubic,setsar=1[b];' +
      '[a][b]blend=all_mode=screen,noise=c0s=6:c0f=t:all_seed=7[film];' +
      '[2:v]fps=30,crop=320:22:0:0,scale=1920:134:flags=neighbor[code];[film][code]overlay=0:0:shortest=1,format=yuv420p';
    await ffmpeg(['-stream_loop', '-1', '-i', media('crystal.mp4'), '-stream_loop', '-1', '-i', media('rabbit.mp4'),
      '-i', code, '-filter_complex', filter, '-frames:v', String(seconds * fps), '-an', '-c:v', 'libx264',
      '-preset', 'medium', '-crf', '26', '-g', String(gopFrames), '-keyint_min', String(gopFrames),
      '-sc_threshold', '0', '-bf', bFrames ? '3' : '0', out], { withinMs: 3_600_000 });
    // What is said of other programs' frames rests on these.
    await check(out, 0, seconds * fps - 1, String(fps));
  });
}

function clicks(seconds) {
  return kept(['bench clicks', version, seconds], 'wav', async (out) => {
    await ffmpeg(['-i', await numbers(seconds), '-map', '0:a', '-t', String(seconds), '-c:a', 'pcm_s16le', out]);
  });
}
