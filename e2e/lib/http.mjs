// One plain HTTP request with exactly the headers given: no cookies, no redirects followed, no retries.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: false });

/** Sends a request and gives `{ status, headers, body }`, the body as a Buffer. */
export function ask(method, url, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, agent, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.setTimeout(60_000, () => request.destroy(new Error(`${method} ${url}: no answer in 60 s`)));
    request.on('error', reject);
    if (body !== undefined) request.setHeader('Content-Length', body.length);
    request.end(body);
  });
}

export const get = (url, headers) => ask('GET', url, { headers });
export const head = (url, headers) => ask('HEAD', url, { headers });

/** A JSON request with Basic auth, for what no SDK sends. */
export async function json(method, url, token, payload) {
  const headers = { Authorization: `Basic ${Buffer.from(`${token.id}:${token.secret}`).toString('base64')}` };
  let body;
  if (payload !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  }
  const answer = await ask(method, url, { headers, body });
  const text = answer.body.toString();
  return { ...answer, json: text && /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(text) : undefined };
}
