// HLS playlists as a viewer reads them (RFC 8216): every address they name, and what they say about it.
import { get } from './http.mjs';

/** Where the media of a public id lie, under the id. */
export const scope = '/p5/all';
/** Names of media that every film with sound has. */
export const mediaNames = ['/video.m3u8', '/audio.m3u8', '/video/init.mp4', '/video/0.m4s', '/audio/init.mp4', '/audio/0.m4s', '/keys.m3u8', '/keys/0.m4s'].map((name) => scope + name);

/** `KEY=value,KEY="value"` of an attribute list. */
export function attributes(text) {
  const found = {};
  for (const [, key, quoted, bare] of text.matchAll(/([A-Z0-9-]+)=(?:"([^"]*)"|([^,]*))/g)) found[key] = quoted ?? bare;
  return found;
}

/** A multivariant playlist: the addresses of its variants and renditions. */
export function multivariant(text, base) {
  const lines = text.split(/\r?\n/).filter(Boolean);
  const variants = [];
  const renditions = [];
  lines.forEach((line, i) => {
    if (line.startsWith('#EXT-X-STREAM-INF:')) variants.push({ ...attributes(line), url: new URL(lines[i + 1], base).href });
    if (line.startsWith('#EXT-X-MEDIA:')) {
      const media = attributes(line);
      if (media.URI) renditions.push({ ...media, url: new URL(media.URI, base).href });
    }
  });
  return { variants, renditions };
}

/** A media playlist: its tags, its inits and its segments `{ url, duration, init, discontinuity }`. */
export function mediaPlaylist(text, base) {
  const segments = [];
  const inits = [];
  let duration;
  let init;
  let discontinuity = false;
  for (const line of text.split(/\r?\n/).filter(Boolean)) {
    if (line.startsWith('#EXT-X-MAP:')) {
      init = new URL(attributes(line).URI, base).href;
      if (!inits.includes(init)) inits.push(init);
    } else if (line === '#EXT-X-DISCONTINUITY') discontinuity = true;
    else if (line.startsWith('#EXTINF:')) duration = parseFloat(line.slice(8));
    else if (!line.startsWith('#')) {
      segments.push({ url: new URL(line, base).href, duration, init, discontinuity });
      discontinuity = false;
    }
  }
  return { inits, segments, ended: text.includes('#EXT-X-ENDLIST'), vod: text.includes('#EXT-X-PLAYLIST-TYPE:VOD') };
}

/** Fetches everything a multivariant playlist leads to: `{ playlists: [{ url, text, …}], urls: every media address }`. */
export async function walk(url) {
  const top = await text(url);
  const { variants, renditions } = multivariant(top, url);
  const playlists = [];
  for (const { url: address } of [...variants, ...renditions]) {
    if (playlists.some((p) => p.url === address)) continue;
    const body = await text(address);
    playlists.push({ url: address, text: body, ...mediaPlaylist(body, address) });
  }
  const urls = [...new Set(playlists.flatMap((p) => [...p.inits, ...p.segments.map((s) => s.url)]))];
  return { top, variants, renditions, playlists, urls };
}

/** A playlist as it is written. */
export async function text(url) {
  const answer = await get(url);
  if (answer.status !== 200) throw new Error(`${url}: ${answer.status} ${answer.body}`);
  return answer.body.toString();
}
