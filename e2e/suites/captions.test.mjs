// Captions through Mux's Node SDK: brought, cut with clips, generated, told of, and shown to the right people.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fetched, file, held, program, rendered, settledTexts, texts, vtt } from '../lib/captions.mjs';
import { ask, get, json } from '../lib/http.mjs';
import { ordinary } from '../lib/media.mjs';
import { Mux, askClip, clip, links, pid, playable, ready, refused, take, upload } from '../lib/mux.mjs';
import { scratch } from '../lib/paths.mjs';
import { until } from '../lib/poll.mjs';
import { receive } from '../lib/receiver.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { token } from '../lib/token.mjs';

// Says how many seconds it heard, and in which language.
const transcriber = program('transcribe', `bytes=$(wc -c)
printf 'WEBVTT\\n'
[ "$SUBCLIP_LANGUAGE" = auto ] && printf 'Language: de\\n'
printf '\\n00:00.500 --> 00:02.000\\nHeard %d s in %s\\n' $((bytes / 32000)) "$SUBCLIP_LANGUAGE"`);

const site = await useServer({ env: { SUBCLIP_TRANSCRIBE: transcriber } });
const files = await useFiles();
const film = await ordinary();
const mux = site.mux;
const base = (asset) => `${site.url}/${pid(asset)}`;

// Cues before, across, inside and after a cut from 3 s to 7 s of the film's ten seconds.
const cues = [
  [0.5, 1.5, 'Before'],
  [2, 3.25, 'Across <i>the start</i>'],
  [3.5, 4.125, 'Inside'],
  [4, 4.5, 'Over it'],
  [6.75, 8, 'Across the end'],
  [7, 9, 'After'],
];
const cut = vtt([0, 0.25, 'Across <i>the start</i>'], [0.5, 1.125, 'Inside'], [1, 1.5, 'Over it'], [3.75, 4, 'Across the end']);
const english = files.url(file('english.vtt', vtt(...cues)));
const german = files.url(file('deutsch.srt', '\ufeff1\r\n00:00:03,500 --> 00:00:04,125\r\n<i>Drinnen</i> & draußen\r\n'));

const withTexts = (...more) => ({
  ...playable,
  inputs: [
    { url: files.url(film) },
    { url: english, type: 'text', text_type: 'subtitles', language_code: 'en-GB', name: 'English', closed_captions: true, passthrough: 'mine' },
    ...more,
  ],
});
const source = await ready(mux, (await mux.video.assets.create(withTexts({ url: german, type: 'text', text_type: 'subtitles', language_code: 'de' }))).id);
const [ofEnglish, ofGerman] = await settledTexts(mux, source.id, 2);

describe('captions of an asset', () => {
  test('come with it by URL, as WebVTT or SRT', async () => {
    const { id, ...said } = ofEnglish;
    assert.deepEqual(said, {
      type: 'text', status: 'ready', text_type: 'subtitles', text_source: 'uploaded', language_code: 'en-GB',
      name: 'English', closed_captions: true, passthrough: 'mine',
    });
    assert.equal(ofGerman.name, 'German');
    assert.equal(await fetched(`${base(source)}/text/${id}.vtt`), vtt(...cues));
    assert.equal(await fetched(`${base(source)}/text/${ofGerman.id}.vtt`), vtt([3.5, 4.125, '<i>Drinnen</i> &amp; draußen']));
    assert.equal(await fetched(`${base(source)}/text/${ofGerman.id}.txt`), 'Drinnen & draußen\n');
    assert.equal(await mux.video.playback.track(pid(source), id), vtt(...cues));
    assert.equal(await mux.video.playback.transcript(pid(source), ofGerman.id), 'Drinnen & draußen\n');
    const info = await mux.video.assets.retrieveInputInfo(source.id);
    assert.deepEqual(info.map((one) => one.settings.type ?? 'main'), ['main', 'text', 'text']);
    assert.equal(info[1].settings.url, english);
  });

  test('are renditions of the playlist, and shown in the language that was asked for', async () => {
    const { hls } = links(site.server, source);
    const [first, second] = await rendered(hls);
    assert.deepEqual([first.NAME, first.LANGUAGE, first.DEFAULT, first.AUTOSELECT], ['English', 'en-GB', 'NO', 'YES']);
    assert.match(first.CHARACTERISTICS, /transcribes-spoken-dialog.*describes-music-and-sound/);
    assert.deepEqual([second.NAME, second.LANGUAGE, second.CHARACTERISTICS], ['German', 'de', undefined]);
    assert.match(first.playlist, /#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:10\.000000,\n/);
    assert.equal(first.segment, vtt(...cues).replace('WEBVTT\n', 'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n'));
    assert.match(await fetched(hls), /#EXT-X-STREAM-INF:.*SUBTITLES="text"/);
    for (const [language, expected] of [['en', 'YES,NO'], ['en-US', 'YES,NO'], ['de-CH', 'NO,YES'], ['fr', 'NO,NO'], ['', 'NO,NO']]) {
      const found = await rendered(`${hls}?default_subtitles_lang=${language}`);
      assert.equal(found.map((one) => one.DEFAULT).join(), expected, language);
    }
    const answer = await get(`${base(source)}/text/${ofEnglish.id}.vtt`);
    assert.match(answer.headers['content-type'], /^text\/vtt/);
    for (const wrong of [`${ofEnglish.id}.srt`, `${source.id}.vtt`, 'x.vtt', ofEnglish.id]) {
      assert.equal((await get(`${base(source)}/text/${wrong}`)).status, 404, wrong);
    }
  });

  test('come with an upload', async () => {
    const inputs = [{}, { url: english, type: 'text', text_type: 'subtitles', language_code: 'en', name: 'English' }];
    const made = await ready(mux, (await upload(mux, film, { ...playable, inputs })).id);
    const [text] = await settledTexts(mux, made.id);
    assert.deepEqual([text.status, text.name], ['ready', 'English']);
  });

  test('are added, changed and deleted', async () => {
    const asset = await take(mux, film);
    const before = (await rendered(links(site.server, asset).hls)).length;
    assert.equal(before, 0);
    const made = await mux.video.assets
      .createTrack(asset.id, { type: 'text', text_type: 'subtitles', url: english, language_code: 'en' })
      .withResponse();
    assert.equal(made.response.status, 201);
    assert.deepEqual([made.data.status, made.data.name, made.data.closed_captions], ['preparing', 'English', false]);
    const [text] = await settledTexts(mux, asset.id);
    assert.deepEqual([text.id, text.status], [made.data.id, 'ready']);
    const change = { name: 'Englisch', language_code: 'en-US', closed_captions: true, passthrough: 'x' };
    const changed = await mux.video.assets.updateTrack(asset.id, text.id, change);
    for (const [field, value] of Object.entries(change)) assert.equal(changed[field], value);
    assert.equal((await rendered(links(site.server, asset).hls))[0].NAME, 'Englisch');
    await refused(mux.video.assets.createTrack(asset.id, { type: 'text', text_type: 'subtitles', url: english, language_code: 'de', name: 'Englisch' }), /name of its own/);
    const sound = asset.tracks.find((track) => track.type === 'audio');
    await refused(mux.video.assets.deleteTrack(asset.id, sound.id), /Only text tracks/);
    await mux.video.assets.deleteTrack(asset.id, text.id);
    assert.deepEqual(texts(await mux.video.assets.retrieve(asset.id)), []);
    assert.equal((await get(`${base(asset)}/text/${text.id}.vtt`)).status, 404);
    assert.equal((await rendered(links(site.server, asset).hls)).length, 0);
    await assert.rejects(mux.video.assets.deleteTrack(asset.id, text.id), Mux.NotFoundError);
    await assert.rejects(mux.video.assets.updateTrack(source.id, text.id, {}), Mux.NotFoundError);
  });

  test('can fail, and the asset plays on', async () => {
    const asset = await take(mux, film);
    for (const [url, words] of [
      [files.url(film), /more than 2097152 bytes|not UTF-8/],
      [files.url(file('page.html', '<p>Sign in</p>')), /neither WebVTT/],
      [files.url(file('latin.srt', Buffer.from('1\n00:00:01,000 --> 00:00:02,000\nGr\xfc\xdfe\n', 'latin1'))), /not UTF-8/],
      [files.url(file('gone.vtt', ''), 'missing'), /404/],
    ]) {
      const { id } = await mux.video.assets.createTrack(asset.id, { type: 'text', text_type: 'subtitles', url, language_code: 'en', name: url });
      const text = (await settledTexts(mux, asset.id)).find((one) => one.id === id);
      assert.equal(text.status, 'errored', url);
      assert.match(text.error.messages.join(' '), words, url);
    }
    assert.equal((await mux.video.assets.retrieve(asset.id)).status, 'ready');
    assert.equal((await rendered(links(site.server, asset).hls)).length, 0);
    assert.equal((await get(links(site.server, asset).mp4)).status, 200);
  });
});

describe('captions of a clip', () => {
  test('are those of its source, cut and shifted, and stay when that is gone', async () => {
    const own = await ready(mux, (await mux.video.assets.create(withTexts())).id);
    await settledTexts(mux, own.id);
    const first = await clip(mux, own.id, 3, 7);
    const [text] = texts(first);
    assert.deepEqual([text.status, text.name, text.language_code, text.closed_captions], ['ready', 'English', 'en-GB', true]);
    assert.notEqual(text.id, texts(await mux.video.assets.retrieve(own.id))[0].id);
    assert.equal(await fetched(`${base(first)}/text/${text.id}.vtt`), cut);
    // A clip of the clip, from 0.5 s to 3.8 s of it.
    const second = await clip(mux, first.id, 0.5, 3.8);
    const inner = vtt([0, 0.625, 'Inside'], [0.5, 1, 'Over it'], [3.25, 3.3, 'Across the end']);
    assert.equal(await fetched(`${base(second)}/text/${texts(second)[0].id}.vtt`), inner);
    await mux.video.assets.delete(own.id);
    assert.equal(await fetched(`${base(first)}/text/${text.id}.vtt`), cut);
    await mux.video.assets.delete(first.id);
    const [shown] = await rendered(links(site.server, second).hls);
    assert.ok(shown.segment.endsWith(inner.replace('WEBVTT\n', '')));
    assert.doesNotMatch(shown.segment, /Before|After/);
  });

  test('lie on the frames that were cut', async () => {
    // Frame 100 of 30 a second is at 3.3333 s, frame 205 at 6.8333 s.
    const made = await clip(mux, source.id, 3.34, 6.83);
    const shift = Math.round(100_000 / 30) / 1000;
    const end = Math.floor(205_000 / 30) / 1000 - shift;
    const expected = vtt([3.5 - shift, 4.125 - shift, 'Inside'], [4 - shift, 4.5 - shift, 'Over it'], [6.75 - shift, end, 'Across the end']);
    assert.equal(await fetched(`${base(made)}/text/${texts(made)[0].id}.vtt`), expected);
  });

  test('are cut for a part that is played without being a clip', async () => {
    const part = await rendered(`${links(site.server, source).hls}?asset_start_time=3&asset_end_time=7`);
    assert.equal(part[0].segment.replace(/X-TIMESTAMP-MAP.*\n/, ''), cut);
    assert.match(part[0].playlist, /#EXTINF:4\.000000,/);
    // What belongs to the part is found under the part alone, and the part opens nothing else.
    assert.match(part[0].address, /3000000-7000000/);
    assert.equal(await fetched(`${base(source)}/text/${ofEnglish.id}.vtt?asset_start_time=3&asset_end_time=7`), cut);
  });

  test('come by themselves beside those of the source', async () => {
    const own = files.url(file('own.vtt', vtt([0, 1, 'Of the clip'])));
    const inputs = [
      { url: `mux://assets/${source.id}`, start_time: 3, end_time: 7 },
      { url: own, type: 'text', text_type: 'subtitles', language_code: 'en', name: 'English' },
    ];
    const made = await ready(mux, (await mux.video.assets.create({ ...playable, inputs })).id);
    const all = await settledTexts(mux, made.id, 2);
    assert.deepEqual(all.map((one) => one.name), ['English', 'German']);
    assert.equal(await fetched(`${base(made)}/text/${all[0].id}.vtt`), vtt([0, 1, 'Of the clip']));
  });

  test('come when they have come to the source', async () => {
    const late = await held(vtt(...cues));
    after(() => late.close());
    const asset = await take(mux, film);
    await mux.video.assets.createTrack(asset.id, { type: 'text', text_type: 'subtitles', url: late.url, language_code: 'en' });
    const first = await clip(mux, asset.id, 3, 7);
    const second = await clip(mux, first.id, 0.5, 3.8);
    assert.deepEqual([first, second].map((one) => texts(one)[0].status), ['preparing', 'preparing']);
    late.release();
    const [text] = await settledTexts(mux, first.id);
    assert.equal(await fetched(`${base(first)}/text/${text.id}.vtt`), cut);
    const [inner] = await settledTexts(mux, second.id);
    assert.equal(await fetched(`${base(second)}/text/${inner.id}.vtt`), vtt([0, 0.625, 'Inside'], [0.5, 1, 'Over it'], [3.25, 3.3, 'Across the end']));
  });

  test('come though the source goes before it has them', async () => {
    const late = await held(vtt(...cues));
    after(() => late.close());
    const asset = await take(mux, film);
    await mux.video.assets.createTrack(asset.id, { type: 'text', text_type: 'subtitles', url: late.url, language_code: 'en' });
    const made = await clip(mux, asset.id, 3, 7);
    await mux.video.assets.delete(asset.id);
    late.release();
    const [text] = await settledTexts(mux, made.id);
    assert.equal(await fetched(`${base(made)}/text/${text.id}.vtt`), cut);
  });

  test('come with a clip of an asset that is still preparing', async () => {
    const inputs = withTexts().inputs.with(0, { url: files.url(film, 'slow') });
    const asset = await mux.video.assets.create({ ...playable, inputs });
    const made = await ready(mux, (await askClip(mux, asset.id, 3, 7)).id);
    const [text] = await settledTexts(mux, made.id);
    assert.equal(await fetched(`${base(made)}/text/${text.id}.vtt`), cut);
  });
});

describe('captions that are generated', () => {
  test('come after the asset, in a language or in the one that is found out', async () => {
    const inputs = [{ url: files.url(film), generated_subtitles: [{ language_code: 'en', name: 'CC', passthrough: 'g' }, { language_code: 'auto' }] }];
    const asset = await ready(mux, (await mux.video.assets.create({ ...playable, inputs })).id);
    const [inEnglish, found] = await settledTexts(mux, asset.id, 2);
    assert.deepEqual(
      [inEnglish.status, inEnglish.text_source, inEnglish.language_code, inEnglish.name, inEnglish.passthrough],
      ['ready', 'generated_vod', 'en', 'CC', 'g'],
    );
    assert.deepEqual([found.status, found.language_code, found.name], ['ready', 'de', 'German']);
    assert.equal(await fetched(`${base(asset)}/text/${inEnglish.id}.txt`), 'Heard 10 s in en\n');
  });

  test('are asked for of the sound of an asset', async () => {
    const asset = await take(mux, film);
    const [pictures, sound] = asset.tracks;
    const asked = { generated_subtitles: [{ language_code: 'en' }] };
    const made = await mux.video.assets.generateSubtitles(asset.id, sound.id, asked).withResponse();
    assert.equal(made.response.status, 201);
    assert.deepEqual(made.data.map((one) => [one.status, one.text_source, one.name]), [['preparing', 'generated_vod', 'English']]);
    await settledTexts(mux, asset.id);
    await refused(mux.video.assets.generateSubtitles(asset.id, sound.id, asked), /generated already/);
    await refused(mux.video.assets.generateSubtitles(asset.id, pictures.id, asked), /audio track/);
    await refused(mux.video.assets.generateSubtitles(asset.id, sound.id, { generated_subtitles: [] }), /at least one/);
    await assert.rejects(mux.video.assets.generateSubtitles(asset.id, source.id, asked), Mux.NotFoundError);
    const made2 = await clip(mux, asset.id, 1, 3);
    assert.equal(await fetched(`${base(made2)}/text/${texts(made2)[0].id}.vtt`), vtt([0, 1, 'Heard 10 s in en']));
  });

  test('keep what is said of them meanwhile, and end with the text track', async () => {
    const folder = scratch('transcribing');
    const [begun, go] = [join(folder, 'begun'), join(folder, 'go')];
    const slow = program('slow', `cat > /dev/null
echo $$ >> ${begun}
while [ ! -e ${go} ]; do sleep 0.1; done
printf 'WEBVTT\\nLanguage: de\\n\\n00:00.500 --> 00:02.000\\nHeard\\n'`);
    await site.server.restart({ env: { SUBCLIP_TRANSCRIBE: slow } });
    const asset = await take(mux, film);
    const sound = asset.tracks.find((track) => track.type === 'audio');
    const generate = async () => (await mux.video.assets.generateSubtitles(asset.id, sound.id, { generated_subtitles: [{ language_code: 'auto' }] }))[0].id;
    const pids = () => (existsSync(begun) ? readFileSync(begun, 'utf8').trim().split('\n') : []);
    const deleted = await generate();
    await until('it is being transcribed', () => pids().length === 1, { withinMs: 120_000, everyMs: 50 });
    await mux.video.assets.deleteTrack(asset.id, deleted);
    await until('nobody listens any more', () => !existsSync(`/proc/${pids()[0]}`), { withinMs: 30_000, everyMs: 50 });
    const kept = await generate();
    await until('the next one is being transcribed', () => pids().length === 2, { withinMs: 120_000, everyMs: 50 });
    const made = await clip(mux, asset.id, 0, 2);
    await mux.video.assets.updateTrack(asset.id, kept, { name: 'Untertitel', passthrough: 'mine' });
    writeFileSync(go, '');
    const [text] = await settledTexts(mux, asset.id);
    assert.deepEqual([text.status, text.language_code, text.name, text.passthrough], ['ready', 'de', 'Untertitel', 'mine']);
    const [ofClip] = await settledTexts(mux, made.id);
    assert.deepEqual([ofClip.status, ofClip.language_code, ofClip.name], ['ready', 'de', 'German']);
  });

  test('are refused where nothing makes them, and what failed says why', async () => {
    await site.server.restart({ env: { SUBCLIP_TRANSCRIBE: program('broken', "echo 'no model' >&2; exit 3") } });
    const asset = await take(mux, film);
    const sound = asset.tracks.find((track) => track.type === 'audio');
    const asked = { generated_subtitles: [{ language_code: 'en' }] };
    await mux.video.assets.generateSubtitles(asset.id, sound.id, asked);
    const [failed] = await settledTexts(mux, asset.id);
    assert.equal(failed.status, 'errored');
    assert.match(failed.error.messages[0], /status 3: no model/);
    const env = { ...site.server.extraEnv };
    delete env.SUBCLIP_TRANSCRIBE;
    site.server.extraEnv = env;
    await site.server.restart();
    await refused(mux.video.assets.generateSubtitles(asset.id, sound.id, asked), /SUBCLIP_TRANSCRIBE/);
    const inputs = [{ url: files.url(film), ...asked }];
    await refused(mux.video.assets.create({ inputs }), /SUBCLIP_TRANSCRIBE/);
    await refused(mux.video.uploads.create({ cors_origin: '*', new_asset_settings: { inputs: [asked] } }), /SUBCLIP_TRANSCRIBE/);
  });
});

describe('captions and those who watch', () => {
  test('webhooks are told of them', async () => {
    const receiver = await receive();
    after(() => receiver.close());
    const hook = await mux.system.webhooks.create({ address: receiver.url });
    const asset = await ready(mux, (await mux.video.assets.create(withTexts())).id);
    const [text] = await settledTexts(mux, asset.id);
    const made = await clip(mux, asset.id, 3, 7);
    await mux.video.assets.createTrack(asset.id, { type: 'text', text_type: 'subtitles', url: files.url(film, 'missing'), language_code: 'de' });
    await settledTexts(mux, asset.id, 2);
    await mux.video.assets.deleteTrack(asset.id, text.id);
    const told = (id) => receiver.bodies().filter((body) => body.object.id === id).map((body) => body.type.replace('video.asset.', ''));
    const ofTracks = () => told(asset.id).filter((kind) => kind.startsWith('track.'));
    const ofClip = () => told(made.id).filter((kind) => !kind.startsWith('static_rendition'));
    // Each of them is told of in order, whatever is told of the other meanwhile.
    await receiver.until('all is told', () => ofTracks().length >= 5 && ofClip().length >= 4);
    assert.deepEqual(ofTracks(), ['track.created', 'track.ready', 'track.created', 'track.errored', 'track.deleted']);
    assert.deepEqual(ofClip(), ['created', 'track.created', 'track.ready', 'ready']);
    const all = receiver.bodies();
    const body = all.find((one) => one.type === 'video.asset.track.ready' && one.object.id === asset.id);
    assert.deepEqual([body.data.id, body.data.asset_id, body.data.status, body.data.language_code], [text.id, asset.id, 'ready', 'en-GB']);
    const failed = all.find((one) => one.type === 'video.asset.track.errored');
    assert.match(failed.data.error.messages[0], /404/);
    const whole = all.find((one) => one.type === 'video.asset.ready' && one.object.id === made.id);
    assert.deepEqual(texts(whole.data).map((one) => one.name), ['English']);
    await mux.system.webhooks.delete(hook.id);
  });

  test('only who has a token gets those of a signed id', async () => {
    const { id, private_key } = await mux.system.signingKeys.create();
    const signer = new Mux({ ...connectedTo(), jwtSigningKey: id, jwtPrivateKey: private_key });
    const playback = await mux.video.assets.createPlaybackId(source.id, { policy: 'signed' });
    const signed = await signer.jwt.signPlaybackId(playback.id, { type: 'video' });
    const thumbnail = await signer.jwt.signPlaybackId(playback.id, { type: 'thumbnail' });
    const url = `${site.url}/${playback.id}/text/${ofEnglish.id}.vtt`;
    assert.equal(await fetched(`${url}?token=${signed}`), vtt(...cues));
    for (const other of [url, `${url}?token=${thumbnail}`, `${url}?token=${signed}x`]) assert.equal((await get(other)).status, 403, other);
    const [shown] = await rendered(`${site.url}/${playback.id}.m3u8?token=${signed}`);
    assert.match(shown.segment, /Before/);
    const outside = shown.address.replace(/\.[^/]*\/text-/, '/text-');
    assert.equal((await get(outside)).status, 403, outside);
    const part = await signer.jwt.signPlaybackId(playback.id, { type: 'video', params: { asset_start_time: '3', asset_end_time: '7' } });
    const [cutShort] = await rendered(`${site.url}/${playback.id}.m3u8?token=${part}`);
    assert.doesNotMatch(cutShort.segment, /Before|After/);
    const widened = cutShort.address.replace(/3000000-7000000[^.]*/, 'all');
    assert.notEqual(widened, cutShort.address);
    assert.equal((await get(widened)).status, 403, widened);
  });
});

const connectedTo = () => ({ baseURL: `${site.url}/mux`, tokenId: token.id, tokenSecret: token.secret, maxRetries: 0 });

describe('captions in /v1', () => {
  const send = (asset, query, body) =>
    ask('POST', `${site.url}/v1/assets/${asset.id}/text-tracks/file?${query}`, {
      headers: { Authorization: `Basic ${Buffer.from(`${token.id}:${token.secret}`).toString('base64')}`, 'Content-Type': 'application/x-subrip' },
      body: Buffer.from(body),
    });

  test('are sent as they are', async () => {
    const asset = await take(mux, film);
    const sent = await send(asset, 'language=fr&closed_captions=true', '1\n00:00:01,000 --> 00:00:02,000\nDéjà vu\n');
    assert.equal(sent.status, 201, String(sent.body));
    const made = JSON.parse(sent.body);
    assert.deepEqual([made.status, made.source, made.language, made.name, made.closed_captions], ['ready', 'uploaded', 'fr', 'French', true]);
    assert.equal(await fetched(`${base(asset)}/text/${made.id}.vtt`), vtt([1, 2, 'Déjà vu']));
    const told = JSON.parse((await send(asset, '', 'WEBVTT\nLanguage: nl\n\n00:01.000 --> 00:02.000\nHoi\n')).body);
    assert.deepEqual([told.language, told.name], ['nl', 'Dutch']);
    for (const [query, body, words] of [
      ['', 'nothing of the kind', /neither WebVTT/],
      ['language=german%20language', 'WEBVTT', /language/],
      ['lang=de', 'WEBVTT', /lang/],
    ]) {
      const answer = await send(asset, query, body);
      assert.equal(answer.status, 400);
      assert.match(String(answer.body), words);
    }
    assert.equal((await send(asset, '', 'x'.repeat(3_000_000))).status, 413);
  });

  test('are asked for, listed, changed and deleted', async () => {
    const address = `${site.url}/v1/assets`;
    const made = await json('POST', address, token, { url: files.url(film), text_tracks: [{ url: english, language: 'en' }] });
    assert.equal(made.status, 201, String(made.body));
    await ready(mux, made.json.id);
    const [{ id }] = await settledTexts(mux, made.json.id);
    const own = `${address}/${made.json.id}/text-tracks`;
    assert.equal((await json('GET', `${own}/${id}`, token)).json.status, 'ready');
    assert.equal((await json('PATCH', `${own}/${id}`, token, { name: 'Subtitles' })).json.name, 'Subtitles');
    assert.equal((await json('GET', `${address}/${made.json.id}`, token)).json.text_tracks[0].name, 'Subtitles');
    const more = await json('POST', own, token, { url: german, language: 'de', passthrough: 'p' });
    assert.deepEqual([more.status, more.json.status, more.json.passthrough], [201, 'preparing', 'p']);
    assert.equal((await json('DELETE', `${own}/${id}`, token)).status, 204);
    assert.equal((await json('GET', `${own}/${id}`, token)).status, 404);
    const events = (await json('GET', `${site.url}/v1/events?limit=100`, token)).json.data;
    const kinds = events.filter((event) => event.subject.id === made.json.id).map((event) => event.type);
    assert.ok(kinds.includes('track.deleted') && kinds.includes('track.ready'), kinds.join(' '));
  });
});
