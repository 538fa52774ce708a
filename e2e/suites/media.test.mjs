// Real footage of every kind: taken in by direct upload, clipped, and played to the end without a complaint.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { get } from '../lib/http.mjs';
import { aac, coded, derived, hevc10, interlaced, ordinary, portrait, x264 } from '../lib/media.mjs';
import { clip, ended, links, take, upload } from '../lib/mux.mjs';
import { media, scratch } from '../lib/paths.mjs';
import { walk } from '../lib/playlist.mjs';
import { ffmpeg } from '../lib/run.mjs';
import { decode, probe, samples } from '../lib/samples.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();
const folder = scratch('media');

const kinds = [
  { name: 'an ordinary MP4 with sparse key frames', file: () => media('rabbit.mp4'), size: [720, 480] },
  { name: 'the same, longer', file: () => media('crystal.mp4'), size: [720, 480] },
  { name: 'VP8 and Vorbis in WebM', file: () => media('crystal.webm'), size: [720, 480] },
  { name: 'MP3 alone', file: () => media('viper.mp3'), silentFilm: true },
  { name: 'a camera at 12.5 pictures a second', file: () => media('car-detection.mp4'), size: [768, 432] },
  { name: 'a portrait recording turned by its matrix', file: portrait, size: [360, 640] },
  { name: '10-bit HEVC', file: hevc10, size: [720, 480] },
  { name: 'interlaced MPEG-2 in a transport stream', file: interlaced },
  { name: 'video alone', file: () => derived('crystal.mp4', ['-t', '6', '-c', 'copy', '-an'], 'mp4'), size: [720, 480], silent: true },
  { name: 'VP9 and Opus in WebM', file: () => derived('crystal.mp4', ['-t', '4', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8',
    '-c:a', 'libopus'], 'webm'), size: [720, 480], reasons: { video_codec: 'vp9', audio_codec: 'opus' } },
  { name: 'ProRes and PCM in MOV', file: () => derived('crystal.mp4', ['-t', '3', '-c:v', 'prores_ks', '-profile:v', '0', '-c:a', 'pcm_s16le'], 'mov'),
    size: [720, 480] },
  { name: 'H.264 and AAC in Matroska', file: () => derived('crystal.mp4', ['-c', 'copy'], 'mkv'), size: [720, 480], reasons: undefined },
  { name: 'H.264 and Opus in Matroska', file: () => derived('crystal.mp4', ['-c:v', 'copy', '-c:a', 'libopus'], 'mkv'), size: [720, 480],
    reasons: { audio_codec: 'opus' } },
  { name: 'H.264 and AAC in FLV', file: () => derived('crystal.mp4', ['-c', 'copy'], 'flv'), size: [720, 480] },
  { name: 'AAC alone in MP4', file: () => derived('viper.mp3', ['-t', '20', ...aac], 'm4a'), silentFilm: true },
];

for (const kind of kinds)
  describe(kind.name, () => {
    let source;
    let made;
    let bounds;

    test('is taken in with its length', async () => {
      const file = await kind.file();
      source = await take(site.mux, file);
      const { duration } = await probe(file);
      assert.ok(Math.abs(source.duration - duration) < 0.15, `${source.duration} s for ${duration} s`);
      assert.equal(source.tracks.some((track) => track.type === 'video'), !kind.silentFilm);
      assert.equal(source.tracks.some((track) => track.type === 'audio'), !kind.silent);
      if (kind.silentFilm) assert.equal(source.resolution_tier, 'audio-only');
      if ('reasons' in kind) assert.deepEqual(source.non_standard_input_reasons, kind.reasons);
      const [{ file: told }] = await site.mux.video.assets.retrieveInputInfo(source.id);
      for (const track of told.tracks) assert.ok(Math.abs(track.duration - duration) < 0.15, `${track.type}: ${track.duration} s`);
    });

    test('is clipped', async () => {
      bounds = [source.duration * 0.23, source.duration * 0.71];
      made = await clip(site.mux, source.id, ...bounds);
      // One picture, or one frame of sound where there are no pictures.
      const tick = kind.silentFilm ? 1152 / 44100 : 1 / source.max_stored_frame_rate;
      assert.ok(Math.abs(made.duration - (bounds[1] - bounds[0])) <= tick + 1e-3, `${made.duration} s`);
    });

    for (const which of ['the source', 'the clip'])
      test(`plays as HLS: ${which}`, async () => {
        const asset = which === 'the clip' ? made : source;
        const { hls } = links(site.server, asset);
        await decode(hls);
        await lasts(hls, asset.duration);
        for (const list of (await walk(hls)).playlists) {
          assert.ok(list.ended && list.vod, `${list.url} is not a finished recording`);
          const total = list.segments.reduce((sum, segment) => sum + segment.duration, 0);
          assert.ok(Math.abs(total - asset.duration) < 0.1, `${list.url} lasts ${total} s`);
        }
      });

    test('plays as files', async () => {
      const { mp4, m4a } = links(site.server, made);
      if (!kind.silentFilm) {
        const pictures = await decode(mp4);
        assert.ok(Math.abs(pictures - made.duration * source.max_stored_frame_rate) <= 1.5, `${pictures} pictures`);
        await lasts(mp4, made.duration);
        const { video, audio } = await probe(mp4);
        assert.equal(video.codec_name, 'h264');
        assert.equal(audio?.codec_name, kind.silent ? undefined : 'aac');
      } else assert.equal((await get(mp4)).status, 404);
      if (!kind.silent) {
        await decode(m4a);
        await lasts(m4a, made.duration);
      } else assert.equal((await get(m4a)).status, 404);
    });

    test('is shown the right way up', async () => {
      if (!kind.size) return;
      const picture = join(folder, 'upright.png');
      await ffmpeg(['-i', links(site.server, made).mp4, '-frames:v', '1', '-update', '1', picture]);
      const { video } = await probe(picture);
      assert.deepEqual([video.width, video.height], kind.size);
    });
  });

/** Fails unless a reader finds this length: within a frame of sound and one of pictures. */
async function lasts(url, seconds) {
  const { duration } = await probe(url);
  assert.ok(Math.abs(duration - seconds) < 0.1, `${url} lasts ${duration} s, not ${seconds} s`);
}

describe('a file that lacks something', () => {
  const failed = async (file) => {
    const asset = await ended(site.mux, (await upload(site.mux, file)).id);
    assert.equal(asset.status, 'errored');
    return asset.errors.messages.join(' ');
  };

  test('the end of its bytes: is refused, and the reason names the place', async () => {
    const file = join(folder, 'short.mp4');
    const whole = readFileSync(await ordinary());
    writeFileSync(file, whole.subarray(0, whole.length / 2));
    assert.match(await failed(file), /cut short .*sample \d+ has \d+ bytes from \d+ on, the file ends at \d+/);
  });

  test('pictures that can be decoded: is refused, and not taken for its sound', async () => {
    const file = join(folder, 'blind.mp4');
    // The record of the decoder's settings stands where the first NAL unit should, so no length is right.
    await ffmpeg(['-i', await ordinary(60), '-c', 'copy', '-bsf:v', 'dump_extra=freq=keyframe', file]);
    assert.match(await failed(file), /picture/);
  });

  test('sound at its beginning: gets silence there, and keeps its pictures as they are', async () => {
    const late = await coded({ frames: 300, options: [...x264(60, '-bf', '3'), ...aac, '-af', 'aselect=gt(t\\,4)', '-movflags', '+faststart'] });
    const source = await take(site.mux, late);
    const { mp4 } = links(site.server, source);
    const { audio } = await probe(mp4);
    assert.ok(Number(audio.start_time) < 0.03, `sound begins at ${audio.start_time} s`);
    const [before, after] = [await samples(late), await samples(mp4)].map((all) => all.map((sample) => sample.hash));
    assert.deepEqual(after, before);
  });

  for (const [what, options] of [['as it is', []], ['to be encoded', ['-c:v', 'mpeg2video', '-q:v', '4']]])
    test(`sound at its end, with pictures ${what}: gets silence there`, async () => {
      const short = await coded({ frames: 450, options: [...x264(60, '-bf', '3'), ...options, ...aac, '-af', 'atrim=end=4', '-movflags', '+faststart'] });
      const source = await take(site.mux, short);
      assert.ok(Math.abs(source.duration - 15) < 0.05, `it lasts ${source.duration} s`);
      const made = await clip(site.mux, source.id, 2, 14);
      for (const [asset, seconds] of [[source, 15], [made, 12]]) await assertPlaysThrough(asset, seconds);
    });

  test('pictures at its end: lasts as long as they do', async () => {
    const long = await coded({ frames: 150, options: [...x264(60, '-bf', '3'), ...aac, '-af', 'apad=whole_dur=20', '-movflags', '+faststart'] });
    const source = await take(site.mux, long);
    await assertPlaysThrough(source, 5);
  });
});

/** Fails unless pictures and sound last so long, give or take a packet, whoever plays them. */
async function assertPlaysThrough(asset, seconds) {
  const { hls, dash, mp4 } = links(site.server, asset);
  const about = (found, what) => assert.ok(Math.abs(found - seconds) < 0.05, `${what}: ${found} s instead of ${seconds}`);
  about(asset.duration, 'the asset');
  for (const list of (await walk(hls)).playlists) about(list.segments.reduce((sum, segment) => sum + segment.duration, 0), list.url);
  about((await probe(mp4)).duration, mp4);
  const ends = [...String((await get(dash)).body).matchAll(/<SegmentTemplate timescale="(\d+)".*?<\/SegmentTemplate>/gs)].map(([text, timescale]) => {
    const runs = [...text.matchAll(/<S (?:t="(\d+)" )?d="(\d+)"(?: r="(\d+)")?/g)];
    return runs.reduce((end, [, t, d, r]) => (t ? Number(t) : end) + Number(d) * (Number(r ?? 0) + 1), 0) / Number(timescale);
  });
  assert.equal(ends.length, 2);
  for (const end of ends) about(end, dash);
}
