// Several sounds of one film through Mux's Node SDK: each is told from the others by its pitch.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { file, held } from '../lib/captions.mjs';
import { ask, get, json } from '../lib/http.mjs';
import { readFileSync } from 'node:fs';
import { coded, ordinary, x264 } from '../lib/media.mjs';
import { Mux, askClip, clip, links, pid, playable, ready, refused, take, upload } from '../lib/mux.mjs';
import { receive } from '../lib/receiver.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { assertHears, film, listed, pitches, settledSounds, sounds, tone } from '../lib/sounds.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const files = await useFiles();
const { mux, server } = site;
const base = (asset) => `${site.url}/${pid(asset)}`;

const plain = await film([400, 'und']);
const german = files.url(await tone(600));
const french = files.url(await tone(900, { options: ['-c:a', 'pcm_s16le', '-ac', '2'], extension: 'wav' }));
const inputs = () => [
  { url: files.url(plain), language_code: 'en', name: 'English' },
  { url: german, type: 'audio', language_code: 'de', passthrough: 'dubbed' },
  { url: french, type: 'audio', language_code: 'fr-CA', name: 'Français' },
];
const source = await ready(mux, (await mux.video.assets.create({ ...playable, inputs: inputs() })).id);
await settledSounds(mux, source.id, 2);

/** Fails unless the playlist names sounds so, `[name, pitch]` each, and each of them is heard. */
async function assertOffers(hls, expected, cut) {
  const found = (await listed(hls)).sounds;
  assert.deepEqual(found.map((one) => one.NAME), expected.map(([name]) => name), hls);
  for (const [n, [, pitch]] of expected.entries()) await assertHears(found[n].url, pitch, cut);
}

describe('sounds of an asset', () => {
  test('come with it, and each is heard', async () => {
    const told = sounds(await mux.video.assets.retrieve(source.id));
    assert.deepEqual(
      told.map((one) => [one.primary, one.name, one.language_code, one.status, one.max_channels, one.passthrough, one.duration]),
      [
        [true, 'English', 'en', 'ready', 1, undefined, 10],
        [false, 'German', 'de', 'ready', 1, 'dubbed', 10],
        [false, 'Français', 'fr-CA', 'ready', 2, undefined, 10],
      ],
    );
    const { hls, mp4, m4a } = links(server, source);
    await assertOffers(hls, [['English', 400], ['German', 600], ['Français', 900]]);
    const { variants, sounds: found } = await listed(hls);
    assert.deepEqual(found.map((one) => [one.LANGUAGE, one.DEFAULT, one.AUTOSELECT, one.CHANNELS]), [
      ['en', 'YES', 'YES', '1'], ['de', 'NO', 'YES', '1'], ['fr-CA', 'NO', 'YES', '2'],
    ]);
    assert.equal(new Set(found.map((one) => one['GROUP-ID'])).size, 1);
    // Whoever chooses the one that takes most must not be told less.
    const most = await rateOf(found[2].url);
    assert.ok(variants.every((one) => Number(one.BANDWIDTH) > most), `${most} ${JSON.stringify(variants)}`);
    await assertHears(m4a, 400);
    await assertHears(mp4, 400);
    const manifest = String((await get(links(server, source).dash)).body);
    assert.deepEqual([...manifest.matchAll(/<Label>([^<]*)/g)].map(([, label]) => label), ['English', 'German', 'Français']);
    assert.deepEqual([...manifest.matchAll(/Representation id="(audio[^"]*)"/g)].map(([, id]) => id), ['audio', 'audio-2', 'audio-3']);
    const info = await mux.video.assets.retrieveInputInfo(source.id);
    assert.deepEqual(info.map((one) => [one.settings.type, one.settings.language_code]), [[undefined, 'en'], ['audio', 'de'], ['audio', 'fr-CA']]);
  });

  test('come with an upload', async () => {
    const made = await ready(mux, (await upload(mux, plain, { ...playable, inputs: [{ language_code: 'en' }, inputs()[1]] })).id);
    await settledSounds(mux, made.id);
    await assertOffers(links(server, made).hls, [['English', 400], ['German', 600]]);
  });

  test('are added, changed and deleted, and the pictures stay what they are', async () => {
    const asset = await take(mux, plain);
    const { hls } = links(server, asset);
    const segment = `${base(asset)}/p5/all/video/1.m4s`;
    const before = await get(segment);
    const first = await listed(hls);
    assert.deepEqual(first.sounds.map((one) => [one.NAME, one.LANGUAGE]), [['Default', undefined]]);
    // Mux's Python SDK says the kind of text of sounds, too.
    const made = await mux.video.assets
      .createTrack(asset.id, { type: 'audio', text_type: 'subtitles', url: german, language_code: 'de' })
      .withResponse();
    assert.equal(made.response.status, 201);
    assert.deepEqual([made.data.type, made.data.status, made.data.name, made.data.primary], ['audio', 'preparing', 'German', false]);
    const [track] = await settledSounds(mux, asset.id);
    assert.deepEqual([track.id, track.status], [made.data.id, 'ready']);
    await assertOffers(hls, [['Default', 400], ['German', 600]]);
    const after1 = await get(segment);
    assert.ok(after1.body.equals(before.body) && after1.headers.etag === before.headers.etag);
    const change = { name: 'Deutsch', language_code: 'de-AT', passthrough: 'x' };
    const changed = await mux.video.assets.updateTrack(asset.id, track.id, change);
    for (const [field, value] of Object.entries(change)) assert.equal(changed[field], value);
    const renamed = await listed(hls);
    assert.deepEqual(renamed.sounds.map((one) => one.NAME), ['Default', 'Deutsch']);
    assert.equal(new Set([first.etag, renamed.etag]).size, 2);

    const ask1 = (settings) => mux.video.assets.createTrack(asset.id, { type: 'audio', url: german, language_code: 'de', ...settings });
    await refused(ask1({ name: 'Deutsch' }), /name of its own/);
    await refused(ask1({ name: 'Default' }), /name of its own/);
    await refused(ask1({ language_code: undefined }), /language_code/);
    const primary = sounds(asset)[0];
    await refused(mux.video.assets.deleteTrack(asset.id, primary.id), /primary/);
    await refused(mux.video.assets.updateTrack(asset.id, primary.id, { name: 'x' }), /primary/);
    await refused(mux.video.assets.generateSubtitles(asset.id, track.id, { generated_subtitles: [{ language_code: 'en' }] }), /primary/);

    const old = renamed.sounds[1].url;
    await mux.video.assets.deleteTrack(asset.id, track.id);
    assert.equal((await get(old)).status, 404);
    assert.equal((await get(old.replace(/\.m3u8.*/, '/0.m4s'))).status, 404);
    await assert.rejects(mux.video.assets.deleteTrack(asset.id, track.id), Mux.NotFoundError);
    // What a viewer may still hold of it must never be taken for another.
    await ask1({ url: french });
    await settledSounds(mux, asset.id);
    assert.match((await listed(hls)).sounds[1].url, /audio-3\.m3u8/);
    await assertOffers(hls, [['Default', 400], ['German', 900]]);
  });

  test('that end early are silent to the end', async () => {
    const asset = await take(mux, plain);
    const short = files.url(await tone(600, { seconds: 6.5 }));
    await mux.video.assets.createTrack(asset.id, { type: 'audio', url: short, language_code: 'de' });
    await settledSounds(mux, asset.id);
    await assertOffers(links(server, asset).hls, [['Default', 400], ['German', 600]]);
  });

  test('can fail, and the asset plays on', async () => {
    const asset = await take(mux, plain);
    const silent = await coded({ frames: 300, audio: false, options: [...x264(60, '-bf', '3'), '-movflags', '+faststart'] });
    for (const [n, [url, words]] of [
      [files.url(file('page.html', '<p>Sign in</p>')), /not a media file|can't be/],
      [files.url(silent), /no sound/],
      [files.url(await tone(600), 'missing'), /404/],
    ].entries()) {
      const { id } = await mux.video.assets.createTrack(asset.id, { type: 'audio', url, language_code: 'en', name: String(n) });
      const track = (await settledSounds(mux, asset.id)).find((one) => one.id === id);
      assert.equal(track.status, 'errored', url);
      assert.match(track.error.messages.join(' '), words, url);
    }
    assert.equal((await mux.video.assets.retrieve(asset.id)).status, 'ready');
    await assertOffers(links(server, asset).hls, [['Default', 400]]);
  });

  test('are taken of the file that has them', async () => {
    const asset = await take(mux, await film([400, 'eng'], [600, 'deu'], [900, 'fra']));
    const told = sounds(asset).map((one) => [one.primary, one.name, one.language_code, one.status]);
    assert.deepEqual(told, [[true, 'Default', 'en', 'ready'], [false, 'German', 'de', 'ready'], [false, 'French', 'fr', 'ready']]);
    await assertOffers(links(server, asset).hls, [['Default', 400], ['German', 600], ['French', 900]]);
  });

  test('go with pictures that have none', async () => {
    const silent = await coded({ frames: 300, audio: false, options: [...x264(60, '-bf', '3'), '-movflags', '+faststart'] });
    const asset = await take(mux, silent);
    await mux.video.assets.createTrack(asset.id, { type: 'audio', url: german, language_code: 'de' });
    await settledSounds(mux, asset.id);
    await assertOffers(links(server, asset).hls, [['German', 600]]);
    assert.equal((await listed(links(server, asset).hls)).sounds[0].DEFAULT, 'YES');
    assert.equal((await get(links(server, asset).m4a)).status, 404);
    const part = await clip(mux, asset.id, 3, 7);
    await assertOffers(links(server, part).hls, [['German', 600]], { step: 2, seconds: 4 });
  });
});

describe('sounds of a clip', () => {
  const all = [['English', 400], ['German', 600], ['Français', 900]];

  test('are those of its source, and stay when that is gone', async () => {
    const own = await ready(mux, (await mux.video.assets.create({ ...playable, inputs: inputs() })).id);
    await settledSounds(mux, own.id, 2);
    const first = await clip(mux, own.id, 3, 7);
    const told = sounds(first).map((one) => [one.name, one.language_code, one.status, one.passthrough]);
    assert.deepEqual(told, [['English', 'en', 'ready', undefined], ['German', 'de', 'ready', 'dubbed'], ['Français', 'fr-CA', 'ready', undefined]]);
    await assertOffers(links(server, first).hls, all, { step: 2, seconds: 4 });
    const second = await clip(mux, first.id, 0.5, 3.5);
    await assertOffers(links(server, second).hls, all, { step: 1.5, seconds: 3 });
    await mux.video.assets.deleteTrack(own.id, sounds(await mux.video.assets.retrieve(own.id))[1].id);
    await assertOffers(links(server, first).hls, all, { step: 2, seconds: 4 });
    await mux.video.assets.delete(own.id);
    await assertOffers(links(server, first).hls, all, { step: 2, seconds: 4 });
    await mux.video.assets.delete(first.id);
    await assertOffers(links(server, second).hls, all, { step: 1.5, seconds: 3 });
    await assertOffers(`${links(server, second).hls}?join=discontinuity`, all, { step: 1.5, seconds: 3 });
  });

  test('are cut for a part that is played without being a clip', async () => {
    const part = `${links(server, source).hls}?asset_start_time=3&asset_end_time=7`;
    await assertOffers(part, all, { step: 2, seconds: 4 });
  });

  test('come by themselves beside those of the source', async () => {
    const own = [{ url: `mux://assets/${source.id}`, start_time: 3, end_time: 7, name: 'Original' }, { url: french, type: 'audio', language_code: 'de' }];
    const made = await ready(mux, (await mux.video.assets.create({ ...playable, inputs: own })).id);
    await settledSounds(mux, made.id, 2);
    const found = (await listed(links(server, made).hls)).sounds;
    assert.deepEqual(found.map((one) => one.NAME).sort(), ['Français', 'German', 'Original']);
    const ofClip = found.find((one) => one.NAME === 'German');
    // It begins with the clip: so its step lies beyond the end, and would be heard after 2 s had it been cut like the source's.
    const heard = await pitches(ofClip.url, 0.1, 1.9, 3.9);
    for (const pitch of heard.pitches) assert.ok(Math.abs(pitch - 900) < 15, `${heard.pitches}`);
    assert.ok(Math.abs(heard.seconds - 4) < 0.1, `${heard.seconds} s`);
    await assertHears(found.find((one) => one.NAME === 'Original').url, 400, { step: 2, seconds: 4 });
  });

  test('come though they are still on their way to the source', async () => {
    const late = await held(readFileSync(await tone(600)));
    after(() => late.close());
    const asset = await take(mux, plain);
    await mux.video.assets.createTrack(asset.id, { type: 'audio', url: late.url, language_code: 'de' });
    const first = await clip(mux, asset.id, 3, 7);
    assert.deepEqual(sounds(first).map((one) => one.status), ['ready', 'preparing']);
    const second = await clip(mux, first.id, 0.5, 3.5);
    await mux.video.assets.delete(asset.id);
    late.release();
    await settledSounds(mux, first.id);
    await settledSounds(mux, second.id);
    await assertOffers(links(server, first).hls, [['Default', 400], ['German', 600]], { step: 2, seconds: 4 });
    await assertOffers(links(server, second).hls, [['Default', 400], ['German', 600]], { step: 1.5, seconds: 3 });
  });

  test('come with a clip of an asset that is still preparing', async () => {
    const slow = inputs().with(0, { url: files.url(plain, 'slow'), language_code: 'en' });
    const asset = await mux.video.assets.create({ ...playable, inputs: slow });
    const made = await ready(mux, (await askClip(mux, asset.id, 3, 7)).id);
    await settledSounds(mux, made.id, 2);
    await assertOffers(links(server, made).hls, all, { step: 2, seconds: 4 });
  });
});

describe('sounds and those who hear of them', () => {
  test('webhooks are told of them', async () => {
    const receiver = await receive();
    after(() => receiver.close());
    const hook = await mux.system.webhooks.create({ address: receiver.url });
    const asset = await ready(mux, (await mux.video.assets.create({ ...playable, inputs: inputs().slice(0, 2) })).id);
    const [track] = await settledSounds(mux, asset.id);
    await mux.video.assets.createTrack(asset.id, { type: 'audio', url: files.url(await tone(600), 'missing'), language_code: 'fr' });
    await settledSounds(mux, asset.id, 2);
    await mux.video.assets.deleteTrack(asset.id, track.id);
    await receiver.until('all is told', (bodies) => bodies.some((body) => body.type === 'video.asset.track.deleted'));
    const told = receiver.bodies().filter((body) => body.object.id === asset.id && body.type.startsWith('video.asset.track.'));
    assert.deepEqual(told.map((body) => body.type.replace('video.asset.track.', '')), ['created', 'ready', 'created', 'errored', 'deleted']);
    const { data } = told[1];
    assert.deepEqual([data.id, data.asset_id, data.type, data.status, data.language_code, data.primary], [track.id, asset.id, 'audio', 'ready', 'de', false]);
    await mux.system.webhooks.delete(hook.id);
  });

  test('only who has a token hears those of a signed id', async () => {
    const { id, private_key } = await mux.system.signingKeys.create();
    const signer = new Mux({ baseURL: `${site.url}/mux`, tokenId: token.id, tokenSecret: token.secret, jwtSigningKey: id, jwtPrivateKey: private_key });
    const playback = await mux.video.assets.createPlaybackId(source.id, { policy: 'signed' });
    const part = await signer.jwt.signPlaybackId(playback.id, { type: 'video', params: { asset_start_time: '3', asset_end_time: '7' } });
    const found = (await listed(`${site.url}/${playback.id}.m3u8?token=${part}`)).sounds;
    await assertHears(found[1].url, 600, { step: 2, seconds: 4 });
    for (const other of [found[1].url.replace(/3000000-7000000[^.]*/, 'all'), found[1].url.replace(/3000000-7000000[^/]*/, 'all')]) {
      assert.equal((await get(other)).status, 403, other);
    }
  });

  test('/v1 has them too', async () => {
    const address = `${site.url}/v1/assets`;
    const asked = { url: files.url(plain), main_audio: { language: 'en' }, audio_tracks: [{ url: german, language: 'de', name: 'Deutsch' }] };
    const made = await json('POST', address, token, asked);
    assert.equal(made.status, 201, String(made.body));
    await ready(mux, made.json.id);
    const [{ id }] = await settledSounds(mux, made.json.id);
    const own = `${address}/${made.json.id}/audio-tracks`;
    const one = (await json('GET', `${own}/${id}`, token)).json;
    assert.deepEqual([one.status, one.name, one.language, one.channels, one.sample_rate], ['ready', 'Deutsch', 'de', 1, 48_000]);
    assert.equal((await json('PATCH', `${own}/${id}`, token, { name: 'Dubbed' })).json.name, 'Dubbed');
    assert.equal((await json('GET', `${address}/${made.json.id}`, token)).json.audio_tracks[0].name, 'Dubbed');
    assert.equal((await json('POST', own, token, { url: 'ftp://h/x' })).status, 400);
    const more = await json('POST', own, token, { url: french, language: 'fr' });
    assert.deepEqual([more.status, more.json.status, more.json.name], [201, 'preparing', 'French']);
    assert.equal((await json('DELETE', `${own}/${id}`, token)).status, 204);
    assert.equal((await json('GET', `${own}/${id}`, token)).status, 404);
  });
});

/** Bits per second of the largest segment of a playlist. */
async function rateOf(playlist) {
  const text = String((await get(playlist)).body);
  const lengths = [...text.matchAll(/#EXTINF:([\d.]+),\n(.*)/g)];
  const rates = await Promise.all(lengths.map(async ([, seconds, name]) => {
    const { body } = await ask('GET', new URL(name, playlist).href);
    return (body.length * 8) / Number(seconds);
  }));
  return Math.max(...rates);
}
