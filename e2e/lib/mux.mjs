// What a customer of Mux does with Mux's own SDK, pointed at a Subclip server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Mux from '@mux/mux-node';
import { ask } from './http.mjs';
import { until } from './poll.mjs';
import { token } from './token.mjs';

export { Mux };

/** The settings nearly every test wants: one public playback id, and files beside the HLS. */
export const playable = {
  playback_policies: ['public'],
  static_renditions: [{ resolution: 'highest' }, { resolution: 'audio-only' }],
};

/** Mux's client with nothing changed but the base URL. Retries are off: a test sees every answer. */
export function connect(server, { id = token.id, secret = token.secret } = {}) {
  return new Mux({ baseURL: `${server.url}/mux`, tokenId: id, tokenSecret: secret, maxRetries: 0 });
}

export const pid = (asset) => asset.playback_ids[0].id;

/** The addresses a viewer of this asset uses. */
export const links = (server, asset) => ({
  hls: `${server.url}/${pid(asset)}.m3u8`,
  dash: `${server.url}/${pid(asset)}.mpd`,
  mp4: `${server.url}/${pid(asset)}/highest.mp4`,
  m4a: `${server.url}/${pid(asset)}/audio.m4a`,
});

/** Something that is played, with this query in the addresses of its playlists and of its manifest. */
export const asking = (query, { hls, dash, ...others }) => ({ ...others, hls: hls + query, dash: dash + query });

/** Takes a file in by direct upload, with one PUT as curl would do, and gives the asset as first seen. */
export async function upload(mux, file, settings = playable) {
  const body = typeof file === 'string' ? readFileSync(file) : file;
  const made = await mux.video.uploads.create({ cors_origin: '*', new_asset_settings: settings });
  const put = await ask('PUT', made.url, { body });
  if (put.status !== 200 && put.status !== 201) throw new Error(`PUT of ${body.length} bytes: ${put.status} ${put.body}`);
  return uploaded(mux, made.id);
}

/** The asset made of an upload whose bytes are all there. */
export async function uploaded(mux, uploadId) {
  const assetId = await until(`upload ${uploadId} becomes an asset`, async () => {
    const upload = await mux.video.uploads.retrieve(uploadId);
    if (upload.status !== 'waiting' && upload.status !== 'asset_created')
      throw new Error(`upload ${uploadId} is ${upload.status}: ${JSON.stringify(upload.error)}`);
    return upload.asset_id;
  });
  return mux.video.assets.retrieve(assetId);
}

/** Waits until the asset is `ready` or `errored`, whichever comes. */
export function ended(mux, assetId, withinMs = 120_000) {
  let last;
  return until(`asset ${assetId} ends`, async () => {
    last = await mux.video.assets.retrieve(assetId);
    return last.status !== 'preparing' && last;
  }, { withinMs, seen: () => JSON.stringify(last) });
}

/** Waits until the asset is ready; an errored one is a failure that quotes its reason. */
export async function ready(mux, assetId, withinMs) {
  const asset = await ended(mux, assetId, withinMs);
  if (asset.status !== 'ready') throw new Error(`asset ${assetId} is ${asset.status}: ${JSON.stringify(asset.errors)}`);
  return asset;
}

/** Uploads a file and waits until it is ready. */
export async function take(mux, file, settings) {
  return ready(mux, (await upload(mux, file, settings)).id);
}

/** Asks for a clip and gives Mux's first answer. Bounds left undefined are left out, as a customer would. */
export function askClip(mux, sourceId, start, end, settings = playable) {
  const input = { url: `mux://assets/${sourceId}` };
  if (start !== undefined) input.start_time = start;
  if (end !== undefined) input.end_time = end;
  return mux.video.assets.create({ inputs: [input], ...settings });
}

/** Makes a clip and waits until it is ready. */
export async function clip(mux, sourceId, start, end, settings) {
  return ready(mux, (await askClip(mux, sourceId, start, end, settings)).id);
}

/** Fails unless the request is refused at once with 400 and words that match. */
export const refused = (asking, ...words) =>
  assert.rejects(asking, (error) => {
    assert.ok(error instanceof Mux.BadRequestError, String(error));
    assert.equal(error.error.error.type, 'invalid_parameters');
    for (const word of words) assert.match(error.error.error.messages.join(' '), word);
    return true;
  });
