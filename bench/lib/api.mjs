// What a customer does, with a stopwatch: an upload, a clip, each until it is ready.
import { createReadStream, statSync } from 'node:fs';
import http from 'node:http';
import { json } from '../../e2e/lib/http.mjs';
import { until } from '../../e2e/lib/poll.mjs';
import { token } from '../../e2e/lib/token.mjs';

/** How often the client asks whether it is ready. */
export const pollMs = 10;

export class Api {
  constructor(server) {
    this.server = server;
  }

  async call(method, path, body) {
    const answer = await json(method, `${this.server.url}/v1${path}`, token, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return answer.json;
  }

  /** Asks for a clip and asks again until it is ready: `{ asset, readyMs, insideMs, askMs: [each poll's time…] }`. */
  async clip(source, start, end) {
    const began = performance.now();
    const made = await this.call('POST', '/clips', { source, start, end });
    const seen = await this.#ready(made.id);
    return { ...seen, readyMs: seen.at - began };
  }

  /** Uploads a file by one PUT: `{ asset, answeredMs, readyMs }`, both counted from its last byte. */
  async take(file) {
    const upload = await this.call('POST', '/uploads', {});
    const { lastByteAt } = await put(upload.url, file);
    const answeredMs = performance.now() - lastByteAt;
    const id = await until('the upload becomes an asset', async () =>
      (await this.call('GET', `/uploads/${upload.id}`)).asset_id, { everyMs: pollMs });
    const seen = await this.#ready(id);
    return { ...seen, answeredMs, readyMs: seen.at - lastByteAt };
  }

  async #ready(id) {
    const askMs = [];
    const asset = await until(`asset ${id} is ready`, async () => {
      const began = performance.now();
      const now = await this.call('GET', `/assets/${id}`);
      askMs.push(performance.now() - began);
      if (now.status === 'errored') throw new Error(`asset ${id}: ${now.error.message}`);
      return now.status === 'ready' && now;
    }, { withinMs: 600_000, everyMs: pollMs });
    return { asset, askMs, at: performance.now(), insideMs: Date.parse(asset.updated_at) - Date.parse(asset.created_at) };
  }
}

/** Sends a file; the last byte has left when the socket took it. */
function put(url, file) {
  return new Promise((resolve, reject) => {
    let lastByteAt;
    const request = http.request(url, { method: 'PUT', headers: { 'Content-Length': statSync(file).size } }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode < 300 ? resolve({ lastByteAt }) : reject(new Error(`PUT ${file}: ${response.statusCode}`)));
    });
    request.on('error', reject);
    request.on('finish', () => (lastByteAt = performance.now()));
    createReadStream(file, { highWaterMark: 1 << 20 }).on('error', reject).pipe(request);
  });
}
