// A loopback file server that can behave as badly as the networks that files come from.
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import { basename, extname } from 'node:path';
import { pause } from './poll.mjs';

const types = {
  '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.mp4': 'video/mp4',
  '.m3u8': 'application/vnd.apple.mpegurl', '.m4s': 'video/iso.segment', '.webm': 'video/webm', '.mp3': 'audio/mpeg',
};

/**
 * Starts a server of files given to it one by one. `url(file)` gives a well-behaved address; `url(file, mode)`
 * one that misbehaves:
 *
 * - `drops`: every response breaks off after 1 MB, so only resuming by `Range` gets there;
 * - `breaks`: breaks off half-way and knows no `Range`;
 * - `slow`: 64 kB every 20 ms;
 * - `held`: half the file, then nothing until `release()`;
 * - `unsized`: chunked, without a `Content-Length`;
 * - `short`: promises more bytes than come;
 * - `redirects`: three redirects, then the file; `circle`: redirects for ever;
 * - `fails`: 500; `missing`: 404; `page`: an HTML page in its place.
 */
export async function serveFiles() {
  const files = new Map();
  const held = [];
  let released = false;
  const seen = [];

  const server = http.createServer(async (request, response) => {
    const [, mode, name, step] = new URL(request.url, 'http://localhost').pathname.split('/');
    const file = files.get(name);
    seen.push({ method: request.method, mode, name, range: request.headers.range });
    response.on('error', () => {});
    if (!file || mode === 'missing') return end(response, 404, 'nothing here');
    if (mode === 'fails') return end(response, 500, 'out of order');
    if (mode === 'page') return end(response, 200, '<!doctype html><title>Sign in</title>', { 'Content-Type': 'text/html' });
    if (mode === 'circle') return end(response, 302, '', { Location: request.url });
    if (mode === 'redirects') {
      const next = Number(step ?? 0) + 1;
      return end(response, 302, '', { Location: next < 3 ? `/redirects/${name}/${next}` : `/plain/${name}` });
    }
    await send(file, mode, request, response);
  });

  async function send(file, mode, request, response) {
    const size = statSync(file).size;
    const ranged = mode !== 'breaks' && mode !== 'unsized' && /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const from = ranged ? Number(ranged[1]) : 0;
    const last = ranged && ranged[2] ? Math.min(Number(ranged[2]), size - 1) : size - 1;
    if (from >= size) return end(response, 416, '', { 'Content-Range': `bytes */${size}` });
    const headers = { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', ETag: `"${size}-${basename(file)}"` };
    headers['Access-Control-Allow-Origin'] = '*';
    if (mode !== 'breaks' && mode !== 'unsized') headers['Accept-Ranges'] = 'bytes';
    if (mode !== 'unsized') headers['Content-Length'] = last - from + 1 + (mode === 'short' ? 1000 : 0);
    if (ranged) headers['Content-Range'] = `bytes ${from}-${last}/${size}`;
    response.writeHead(ranged ? 206 : 200, headers);
    if (request.method === 'HEAD') return response.end();
    const stopAt = { drops: 1_000_000, breaks: Math.floor(size / 2), short: Infinity }[mode] ?? Infinity;
    let sent = 0;
    for await (const chunk of createReadStream(file, { start: from, end: last })) {
      if (response.destroyed) return;
      const piece = sent + chunk.length > stopAt ? chunk.subarray(0, stopAt - sent) : chunk;
      sent += piece.length;
      await new Promise((go) => response.write(piece, go));
      if (sent >= stopAt) return response.destroy();
      if (mode === 'slow') await pause(20);
      if (mode === 'held' && !released && sent >= size / 2) await new Promise((go) => held.push(go));
    }
    if (mode === 'short') return response.destroy();
    response.end();
  }

  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /** Every request so far: `{ method, mode, name, range }`. */
    requests: seen,
    url(file, mode = 'plain') {
      files.set(basename(file), file);
      return `${origin}/${mode}/${basename(file)}`;
    },
    /** Lets every `held` download go on. */
    release() {
      released = true;
      for (const go of held.splice(0)) go();
    },
    close() {
      for (const go of held.splice(0)) go();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function end(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
