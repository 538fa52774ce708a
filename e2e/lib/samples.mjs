// What lies in a file or stream, sample by sample, and whether it decodes and plays to its end.
import { must, run } from './run.mjs';

/** The samples of one stream (`v:0`, `a:0`) as they lie there: `[{ pts, duration, size, hash, key }]`. */
export async function samples(source, stream = 'v:0') {
  const { stdout } = await must('ffprobe', [
    '-v', 'error', '-select_streams', stream, '-show_packets', '-show_data_hash', 'sha256', '-show_entries',
    'packet=pts_time,duration_time,size,flags,data_hash', '-of', 'json', String(source),
  ]);
  return (JSON.parse(stdout).packets ?? []).map((p) => ({
    pts: Number(p.pts_time),
    duration: Number(p.duration_time),
    size: Number(p.size),
    hash: p.data_hash,
    key: p.flags.startsWith('K'),
  }));
}

/** Streams and length as ffprobe sees them. */
export async function probe(source) {
  const { stdout } = await must('ffprobe', ['-v', 'error', '-show_streams', '-show_format', '-of', 'json', String(source)]);
  const { streams, format } = JSON.parse(stdout);
  return {
    video: streams.find((s) => s.codec_type === 'video'),
    audio: streams.find((s) => s.codec_type === 'audio'),
    duration: Number(format.duration),
  };
}

/** Decodes everything; fails on the first word of complaint. Gives the number of pictures shown. */
export async function decode(source) {
  const done = await run('ffmpeg', ['-hide_banner', '-nostdin', '-v', 'error', '-i', String(source), '-f', 'null', '-',
    '-progress', 'pipe:1']);
  if (done.code !== 0 || done.stderr.trim())
    throw new Error(`${source} does not decode cleanly: ${done.stderr.trim().split('\n').slice(0, 4).join('\n') || done.code}`);
  return Number([...done.stdout.matchAll(/^frame=\s*(\d+)/gm)].pop()?.[1] ?? 0);
}
