// Who may play: signing keys, tokens, what playlists make of them, and restrictions, through Mux's Node SDK.
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, test } from 'node:test';
import { check } from '../lib/framecode.mjs';
import { get, head, json } from '../lib/http.mjs';
import { picture } from '../lib/image.mjs';
import { aac, coded, ordinary, x264 } from '../lib/media.mjs';
import { Mux, askClip, clip, connect, ended, pid, ready, take, upload } from '../lib/mux.mjs';
import { mediaNames, scope, text, walk } from '../lib/playlist.mjs';
import { pause, until } from '../lib/poll.mjs';
import { must } from '../lib/run.mjs';
import { useFiles, useServer } from '../lib/site.mjs';
import { token as credentials } from '../lib/token.mjs';

const site = await useServer();
const files = await useFiles();
const signed = { playback_policies: ['signed'], static_renditions: [{ resolution: 'highest' }, { resolution: 'audio-only' }] };
const [first, end] = [77, 203];

const source = await take(site.mux, await ordinary(), signed);
const cut = await clip(site.mux, source.id, first / 30, end / 30, signed);
const other = await clip(site.mux, source.id, 0, 2, signed);
const open = await clip(site.mux, source.id, 0, 1);
const id = pid(cut);

/** A key, and the SDK with it, as a customer's program has them. */
async function newKey() {
  const made = await site.mux.system.signingKeys.create();
  const mux = new Mux({ baseURL: `${site.url}/mux`, tokenId: credentials.id, tokenSecret: credentials.secret,
    jwtSigningKey: made.id, jwtPrivateKey: made.private_key, maxRetries: 0 });
  return { ...made, mux, for: (playback, options) => mux.jwt.signPlaybackId(playback, options) };
}
const key = await newKey();

const hls = (playback, token, more = '') => `${site.url}/${playback}.m3u8?token=${token}${more}`;
const refusal = { error: { type: 'forbidden', messages: ['This playback id needs a valid token.'] } };

async function refused(url, headers) {
  const answer = await get(url, headers);
  assert.equal(answer.status, 403, `${url}: ${answer.body.toString().slice(0, 200)}`);
  assert.deepEqual(JSON.parse(answer.body), refusal);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['access-control-allow-origin'], '*', 'a player can read why');
}

/** What is opened by a playback id, or by a token for it, with a query. */
const named = (playback, query = '') =>
  ['', '.m3u8', '.mpd', '/highest.mp4', '/audio.m4a', '/thumbnail.jpg', '/thumbnail.png', '/thumbnail.webp'].map((name) => `${site.url}/${playback}${name}${query}`);
/** That, and what its playlists would name were it public. */
const everything = (playback, query = '') => [...named(playback, query), ...mediaNames.map((name) => `${site.url}/${playback}${name}${query}`)];

const base64 = (value) => Buffer.from(value).toString('base64url');
/** A token put together by hand: any header, any claims, any signature. */
const forge = (header, claims, signature) => {
  const text = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(claims))}`;
  return `${text}.${base64(signature(text))}`;
};
const now = () => Math.floor(Date.now() / 1000);
const good = () => ({ sub: id, aud: 'v', exp: now() + 600, kid: key.id });

describe('signing keys', () => {
  test('are made, listed, looked at and deleted; the private half is told once', async () => {
    const made = await site.mux.system.signingKeys.create().withResponse();
    assert.equal(made.response.status, 201);
    assert.match(made.data.created_at, /^\d{10}$/);
    const pem = Buffer.from(made.data.private_key, 'base64').toString();
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    assert.deepEqual([asymmetricKeyType, asymmetricKeyDetails.modulusLength], ['rsa', 2048]);
    const shown = await site.mux.system.signingKeys.retrieve(made.data.id);
    assert.deepEqual(shown, { id: made.data.id, created_at: made.data.created_at });
    const all = [];
    for await (const one of site.mux.system.signingKeys.list({ limit: 1 })) all.push(one);
    assert.deepEqual(all.map((one) => one.id), [made.data.id, key.id], 'the newest first');
    assert.ok(all.every((one) => one.private_key === undefined));
    assert.equal((await site.mux.system.signingKeys.delete(made.data.id).asResponse()).status, 204);
    await assert.rejects(site.mux.system.signingKeys.retrieve(made.data.id), Mux.NotFoundError);
  });

  test('are brought through /v1, where the private half stays with its owner', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const body = { public_key: pair.publicKey.export({ type: 'spki', format: 'pem' }) };
    const { status, json: brought } = await json('POST', `${site.url}/v1/signing-keys`, credentials, body);
    assert.deepEqual([status, brought.algorithms], [201, ['ES256']]);
    const by = (header, kid) => forge({ alg: 'ES256', ...header }, { ...good(), kid }, (text) =>
      sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
    await walk(hls(id, by({}, brought.id)));
    await walk(hls(id, by({ kid: brought.id }, undefined)));
    await refused(hls(id, by({ kid: brought.id }, key.id)));
  });
});

describe('a signed id', () => {
  test('is to be had for assets, clips, uploads, and one by one', async () => {
    for (const asset of [source, cut, other]) assert.deepEqual(asset.playback_ids.map((one) => one.policy), ['signed']);
    const more = await site.mux.video.assets.createPlaybackId(open.id, { policy: 'signed' });
    assert.equal(more.policy, 'signed');
    await refused(`${site.url}/${more.id}.m3u8`);
    await walk(hls(more.id, await key.for(more.id)));
    assert.equal((await get(`${site.url}/${pid(open)}.m3u8`)).status, 200, 'the public id beside it goes on');
    await site.mux.video.assets.deletePlaybackId(open.id, more.id);
    await assert.rejects(site.mux.video.assets.createPlaybackId(open.id, { policy: 'drm' }), Mux.BadRequestError);
  });

  test('opens to nobody without a token', async () => {
    for (const url of [...everything(id), ...everything(id, '?token='), ...everything(id, '?token=x.y.z')]) await refused(url);
  });

  test('plays with a token of the SDK: playlist, every address it names, files, picture', async () => {
    const tokens = await key.for(id, { type: ['video', ['thumbnail', { time: '1', width: '320' }], 'storyboard', 'gif', 'drm_license'], expiration: '1h' });
    const playback = tokens['playback-token'];
    for (const more of ['', '&join=discontinuity', '&max_resolution=720p&token_of_mine=1']) {
      const all = await walk(hls(id, playback, more));
      assert.ok(all.urls.length > 2 && all.urls.every((url) => url.includes(`/${id}${scope}.`) && !url.includes(playback)));
      for (const url of all.urls) {
        const answer = await get(url);
        assert.equal(answer.status, 200, url);
        const [, seconds] = /^public, max-age=(\d+), must-revalidate$/.exec(answer.headers['cache-control']);
        assert.ok(seconds > 3000 && seconds <= 3600, answer.headers['cache-control']);
      }
    }
    await check(hls(id, playback), first, end - 1, 30);
    await check(`${site.url}/${id}/highest.mp4?token=${playback}`, first, end - 1, 30);
    const probed = await must('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', hls(id, playback)]);
    assert.ok(Math.abs(parseFloat(probed.stdout) - (end - first) / 30) < 0.05, probed.stdout);
    const part = await get(`${site.url}/${id}/audio.m4a?token=${playback}&download=cats`, { Range: 'bytes=0-9' });
    assert.deepEqual([part.status, part.body.length], [206, 10]);
    assert.match(part.headers['content-disposition'], /cats\.m4a/);
    assert.equal((await head(`${site.url}/${id}/highest.mp4?token=${playback}`)).status, 200);
    // The token says what picture; a query beside it says nothing.
    const shown = await get(`${site.url}/${id}/thumbnail.png?token=${tokens['thumbnail-token']}&width=64&format=webp&program_time=1`);
    const seen = picture(shown.body);
    assert.deepEqual([shown.status, seen.kind, seen.width], [200, 'png', 320]);
    // Each is for its own purpose.
    for (const name of ['storyboard-token', 'gif-token', 'drm-token', 'thumbnail-token']) await refused(hls(id, tokens[name]));
    for (const name of ['storyboard-token', 'gif-token', 'playback-token']) await refused(`${site.url}/${id}/thumbnail.jpg?token=${tokens[name]}`);
  });

  test('plays through the SDK itself, at the address of the API', async () => {
    const answer = await key.mux.video.playback.hls(id, { token: await key.for(id) });
    const all = await walk(answer.url);
    for (const url of all.urls) assert.equal((await get(url)).status, 200, url);
    const shown = await key.mux.video.playback.thumbnail(id, 'jpg', { token: await key.for(id, { type: 'thumbnail' }) });
    assert.equal(shown.status, 200);
  });

  test('is not had by tricks', async () => {
    const rs256 = (pem, claims = good(), header = {}) =>
      forge({ alg: 'RS256', typ: 'JWT', ...header }, claims, (text) => sign('sha256', Buffer.from(text), pem));
    const own = Buffer.from(key.private_key, 'base64').toString();
    await walk(hls(id, rs256(own)));
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = createPublicKey(own).export({ type: 'spki', format: 'pem' });
    const altered = rs256(own).split('.');
    altered[1] = base64(JSON.stringify({ ...good(), exp: now() + 9999 }));
    for (const token of [
      rs256(stranger.privateKey),
      rs256(own, { ...good(), aud: 't' }), rs256(own, { ...good(), aud: undefined }),
      rs256(own, { ...good(), exp: now() - 1 }), rs256(own, { ...good(), exp: undefined }), rs256(own, { ...good(), exp: 'never' }),
      rs256(own, { ...good(), nbf: now() + 60 }),
      rs256(own, { ...good(), sub: pid(other) }), rs256(own, { ...good(), sub: cut.id }), rs256(own, { ...good(), sub: undefined }),
      rs256(own, { ...good(), kid: undefined }), rs256(own, { ...good(), kid: pid(other) }), rs256(own, good(), { kid: pid(other) }),
      rs256(own, { ...good(), playback_restriction_id: pid(other) }),
      altered.join('.'),
      forge({ alg: 'none' }, good(), () => ''), forge({ alg: 'NONE' }, good(), () => ''), forge({ alg: 'RS256' }, good(), () => ''),
      forge({ alg: 'HS256' }, good(), (text) => createHmac('sha256', pem).update(text).digest()),
      forge({ alg: 'HS256' }, good(), (text) => createHmac('sha256', key.id).update(text).digest()),
      forge({ alg: 'RS256' }, good(), (text) => createHmac('sha256', pem).update(text).digest()),
      forge({ alg: 'ES256' }, good(), (text) => sign('sha256', Buffer.from(text), own)),
      'x', '..', 'a.b.c', 'a'.repeat(9000),
    ]) {
      await refused(hls(id, token));
      await refused(`${site.url}/${id}/highest.mp4?token=${token}`);
    }
  });

  test('of which a part is signed for is not handed out whole', async () => {
    for (const params of [{ asset_start_time: '1000' }, { asset_end_time: '0' }, { asset_start_time: 'x' }, { program_start_time: '1700000000' }]) {
      const token = await key.for(id, { params });
      for (const url of named(id, `?token=${token}`).filter((url) => !url.includes('thumbnail'))) assert.equal((await get(url)).status, 400, url);
    }
    assert.equal((await get(hls(id, await key.for(id), '&asset_start_time=1000'))).status, 200, 'beside a token it is passed over');
  });

  test('that is public takes no token', async () => {
    const token = await key.for(pid(open));
    for (const url of named(pid(open), `?token=${token}`)) assert.equal((await get(url)).status, 400, url);
  });

  test('that is not ready tells so only to those who may play', async () => {
    const slow = await site.mux.video.assets.create({ ...signed, inputs: [{ url: files.url(await ordinary(), 'held') }] });
    const broken = await ended(site.mux, (await upload(site.mux, Buffer.from('no media at all'), signed)).id);
    assert.equal(broken.status, 'errored');
    for (const [asset, status] of [[slow, 412], [broken, 404]]) {
      const token = await key.for(pid(asset));
      for (const url of [...everything(pid(asset)), ...everything(pid(asset), `?token=${token}x`)]) await refused(url);
      assert.equal((await get(hls(pid(asset), token))).status, status);
    }
    files.release();
    await ready(site.mux, slow.id);
    await walk(hls(pid(slow), await key.for(pid(slow))));
  });
});

describe('what a token for a clip opens', () => {
  test('is the clip, and neither its source nor another clip', async () => {
    const token = await key.for(id);
    const named = await walk(hls(id, token));
    const urls = [...named.urls, ...named.playlists.map((list) => list.url)];
    for (const url of urls) assert.equal((await get(url)).status, 200, url);
    for (const stolen of [pid(source), pid(other)]) {
      for (const url of everything(stolen, `?token=${token}`)) await refused(url);
      for (const url of urls) await refused(url.replace(id, stolen));
      // What the source's own playlists name, with the clip's session in the place of its own.
      const theirs = await walk(hls(stolen, await key.for(stolen)));
      const session = (url) => /\/all\.([^/]+)\//.exec(url)[1];
      const [mine] = urls.map(session);
      for (const url of theirs.urls) await refused(url.replace(session(url), mine));
      for (const url of theirs.urls) await refused(`${url.replace(`.${session(url)}`, '')}?token=${token}`);
    }
    // A public id is no way around it either.
    for (const url of urls) await refused(url.replace(id, pid(open)));
    // Beyond the clip's own segments there is nothing.
    const last = urls.filter((url) => url.includes('/video/') && url.endsWith('.m4s')).length;
    for (const n of [last, last + 1, 999]) assert.equal((await get(urls.find((url) => /\/video\/0\.m4s/.test(url)).replace('/0.m4s', `/${n}.m4s`))).status, 404);
  });

  test('can be cached for all viewers, and not be altered', async () => {
    const exp = now() + 600;
    const own = Buffer.from(key.private_key, 'base64').toString();
    const token = (more) => forge({ alg: 'RS256' }, { ...good(), exp, ...more }, (text) => sign('sha256', Buffer.from(text), own));
    const [one, two] = [await walk(hls(id, token({ viewer: 'alice' }))), await walk(hls(id, token({ viewer: 'bob', custom: { seat: 5 } })))];
    assert.deepEqual(one.urls, two.urls);
    const url = one.urls.find((address) => address.endsWith('.m4s'));
    const [, session] = /\/all\.([^/]+)\//.exec(url);
    const parts = session.split('.');
    assert.deepEqual(parts.slice(0, 3), [key.id, String(exp), '-']);
    for (const [at, value] of [[0, pid(other)], [1, String(exp + 1)], [1, `0${exp}`], [2, pid(other)], [3, parts[3].slice(1)], [3, ''], [3, `${parts[3]}A`]]) {
      const changed = parts.map((part, n) => (n === at ? value : part)).join('.');
      await refused(url.replace(session, changed));
      await refused(`${url.replace(session, changed)}?token=${token({})}`);
    }
    assert.ok(!site.server.log().includes(parts[3]), 'it is a secret, and not logged');
  });

  test('ends on time, mid-playback too', async () => {
    const session = (playlist) => /\/all\.([^/]+)\//.exec(playlist)[1];
    const long = await walk(hls(id, await key.for(id)));
    const token = await key.for(id, { expiration: '8s' });
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    const short = session(await text(hls(id, token)));
    const [media, lists] = [long.urls, long.playlists.map((list) => list.url)].map((urls) => urls.map((url) => url.replace(session(url), short)));
    const urls = [...media, ...lists, hls(id, token), `${site.url}/${id}/highest.mp4?token=${token}`];
    for (const url of urls) {
      const { status, headers } = await get(url);
      // A slow machine may not be through with them when time is up.
      if (Date.now() >= exp * 1000) break;
      assert.equal(status, 200, url);
      if (media.includes(url)) assert.ok(/max-age=(\d+)/.exec(headers['cache-control'])[1] <= 8, headers['cache-control']);
    }
    await pause(Math.max(0, exp * 1000 - Date.now()) + 20);
    for (const url of urls) await refused(url);
  });

  test('ends with its key', async () => {
    const short = await newKey();
    const token = await short.for(id);
    const { urls } = await walk(hls(id, token));
    await site.mux.system.signingKeys.delete(short.id);
    for (const url of [...urls, hls(id, token), `${site.url}/${id}/highest.mp4?token=${token}`]) await refused(url);
    await walk(hls(id, await key.for(id)));
  });

  test('ends with its playback id, and with its asset', async () => {
    const short = await ready(site.mux, (await askClip(site.mux, source.id, 1, 2, signed)).id);
    const second = (await site.mux.video.assets.createPlaybackId(short.id, { policy: 'signed' })).id;
    const { urls } = await walk(hls(second, await key.for(second)));
    await site.mux.video.assets.deletePlaybackId(short.id, second);
    for (const url of urls) await refused(url);
    const left = await walk(hls(pid(short), await key.for(pid(short))));
    await site.mux.video.assets.delete(short.id);
    for (const url of left.urls) await refused(url);
    assert.equal((await get(hls(pid(short), await key.for(pid(short))))).status, 404);
  });
});

describe('a token with a highest quality', () => {
  test('opens no larger pictures, in whatever form they are asked for', async () => {
    const file = coded({ frames: 150, size: '1280x720', options: [...x264(60, '-crf', '12'), ...aac, '-movflags', '+faststart'] });
    const film = await take(site.mux, await file, { ...signed, static_renditions: [{ resolution: '480p' }, { resolution: '360p' }] });
    const playback = pid(film);
    const [free, low] = await Promise.all([key.for(playback), key.for(playback, { params: { max_resolution: '360p' } })]);
    const session = (list) => /\/all\.([^/]+)\//.exec(list.playlists[0].url)[1];
    const [all, bounded] = [await walk(hls(playback, free)), await walk(hls(playback, low, '&max_resolution=720p'))];
    assert.match(session(bounded), /\.360p\.[\w-]+$/);
    const isAbove = (url) => /\/(video|keys|480p)(-\w+)?[./]/.test(url);
    assert.ok(bounded.urls.length > 4 && !bounded.urls.some(isAbove), bounded.urls.join('\n'));
    await check(hls(playback, low), 0, 149, 30);
    const top = (await get(hls(playback, low))).body.toString();
    assert.ok(!top.includes('I-FRAME'), top);
    const dash = (await get(`${site.url}/${playback}.mpd?token=${low}`)).body.toString();
    assert.deepEqual([...dash.matchAll(/<Representation id="(\d+p|video)(?:-\w+)?"/g)].map(([, name]) => name), ['360p']);
    // What the whole film's playlists name, with the bounded session in the place of its own.
    const every = [...all.urls, ...all.playlists.map((list) => list.url)];
    const above = every.filter(isAbove);
    for (const name of ['/video.m3u8', '/video/init.mp4', '/video/0.m4s', '/480p/0.m4s', '/480p.m3u8'])
      assert.ok(above.some((url) => url.replace(/480p-\w+/, '480p').includes(name)), name);
    for (const url of above) {
      await refused(url.replace(session(all), session(bounded)));
      await refused(url.replace(session(all), session(bounded).replace('.360p.', '.720p.')));
    }
    for (const name of ['keys.m3u8', 'keys/0.m4s']) await refused(`${site.url}/${playback}${scope}.${session(bounded)}/${name}`);
    const status = async (name, token) => (await get(`${site.url}/${playback}/${name}?token=${token}`)).status;
    await until('the files are there', async () => (await status('480p.mp4', free)) === 200 && (await status('360p.mp4', free)) === 200, { withinMs: 300_000 });
    for (const name of ['highest.mp4', '480p.mp4']) await refused(`${site.url}/${playback}/${name}?token=${low}`);
    for (const name of ['360p.mp4', 'audio.m4a']) assert.equal(await status(name, low), 200, name);
    // Single pictures are none of what it bounds, and viewers with the same rights share what caches hold.
    const shown = await key.for(playback, { type: 'thumbnail', params: { max_resolution: '360p' } });
    assert.equal(await status('thumbnail.jpg', shown), 200);
    assert.equal(await status('highest.mp4', await key.for(playback, { params: { max_resolution: 'low' } })), 400);
  });
});

describe('playback restrictions', () => {
  const player = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36' };
  const page = { ...player, Referer: 'https://www.example.com/watch/7' };

  test('are made, listed, looked at, changed and deleted', async () => {
    const asked = { referrer: { allowed_domains: ['*.example.com'], allow_no_referrer: false },
      user_agent: { allow_no_user_agent: false, allow_high_risk_user_agent: false } };
    const made = await site.mux.video.playbackRestrictions.create(asked).withResponse();
    assert.equal(made.response.status, 201);
    const { id: restriction, created_at, updated_at, ...rest } = made.data;
    assert.deepEqual(rest, asked);
    assert.match(`${created_at} ${updated_at}`, /^\d{10} \d{10}$/);
    assert.deepEqual(await site.mux.video.playbackRestrictions.retrieve(restriction), made.data);
    const listed = [];
    for await (const one of site.mux.video.playbackRestrictions.list()) listed.push(one.id);
    assert.ok(listed.includes(restriction));
    const referrer = { allowed_domains: ['example.com', '*'], allow_no_referrer: true };
    assert.deepEqual((await site.mux.video.playbackRestrictions.updateReferrer(restriction, referrer)).referrer, referrer);
    const agent = { allow_no_user_agent: true, allow_high_risk_user_agent: false };
    const changed = await site.mux.video.playbackRestrictions.updateUserAgent(restriction, agent);
    assert.deepEqual([changed.referrer, changed.user_agent], [referrer, agent]);
    await assert.rejects(site.mux.video.playbackRestrictions.create({ ...asked, referrer: { allowed_domains: ['https://example.com'] } }), Mux.BadRequestError);
    assert.equal((await site.mux.video.playbackRestrictions.delete(restriction).asResponse()).status, 204);
    await assert.rejects(site.mux.video.playbackRestrictions.retrieve(restriction), Mux.NotFoundError);
  });

  test('keep other pages and scripted clients out, from playlists, media, files and pictures', async () => {
    const made = await site.mux.video.playbackRestrictions.create({ referrer: { allowed_domains: ['*.example.com'], allow_no_referrer: false },
      user_agent: { allow_no_user_agent: false, allow_high_risk_user_agent: false } });
    const params = { playback_restriction_id: made.id };
    const tokens = await key.for(id, { type: ['video', 'thumbnail'], params });
    const token = tokens['playback-token'];
    const top = await get(hls(id, token), page);
    assert.equal(top.status, 200);
    const list = new URL(top.body.toString().match(/^[^#\n].*video\.m3u8.*$/m)[0], `${site.url}/`).href;
    const media = (await get(list, page)).body.toString().match(/^[^#\n].*\.m4s$/m)[0];
    const urls = [hls(id, token), list, new URL(media, list).href, `${site.url}/${id}/highest.mp4?token=${token}`,
      `${site.url}/${id}/thumbnail.jpg?token=${tokens['thumbnail-token']}`];
    for (const url of urls) {
      const answer = await get(url, page);
      assert.equal(answer.status, 200, url);
      assert.match(answer.headers['cache-control'], /^private, /, 'no shared cache hands it to others');
      assert.match(answer.headers.vary, /referer.*user-agent/i);
      await refused(url, player);
      await refused(url, { ...page, Referer: 'https://example.com/' });
      await refused(url, { ...page, Referer: 'https://a.b.example.com/' });
      await refused(url, { ...page, Referer: 'https://evil.test/?https://www.example.com/' });
      await refused(url, { Referer: page.Referer });
      for (const agent of ['curl/8.4.0', 'python-requests/2.31', 'Lavf/59.27.100']) await refused(url, { ...page, 'User-Agent': agent });
      assert.equal((await get(url, { ...player, Origin: 'https://www.example.com' })).status, 200);
    }
    await site.mux.video.playbackRestrictions.updateUserAgent(made.id, { allow_no_user_agent: false, allow_high_risk_user_agent: true });
    for (const url of urls) assert.equal((await get(url, { ...page, 'User-Agent': 'curl/8.4.0' })).status, 200, url);
    await site.mux.video.playbackRestrictions.updateReferrer(made.id, { allowed_domains: [], allow_no_referrer: true });
    for (const url of urls) await refused(url, page);
    for (const url of urls) assert.equal((await get(url, player)).status, 200, url);
    await site.mux.video.playbackRestrictions.delete(made.id);
    for (const url of urls) await refused(url, player);
    assert.equal((await get(hls(id, await key.for(id)), { 'User-Agent': 'curl/8.4.0' })).status, 200, 'a token that names none has none');
  });
});

test('keys and sessions outlive the server', async () => {
  const token = await key.for(id);
  const { urls } = await walk(hls(id, token));
  await site.server.restart();
  await until('the server answers', async () => (await get(`${site.url}/health`).catch(() => ({}))).status === 200);
  for (const url of urls) assert.equal((await get(url)).status, 200, url);
  await assert.rejects(connect(site.server, { secret: 'wrong' }).system.signingKeys.list(), Mux.AuthenticationError);
});
