// An endpoint for webhooks, which keeps every message it gets and answers as it is told to.
import http from 'node:http';
import { until } from './poll.mjs';

/** Starts one; `answer(message, count)` gives a status code, or a promise of one that may never come. */
export async function receive(answer = () => 200) {
  const got = [];
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', async () => {
      const message = { headers: request.headers, body: Buffer.concat(chunks).toString(), at: Date.now() };
      got.push(message);
      const code = await answer(message, got.length);
      response.writeHead(code, { 'Content-Type': 'text/plain' }).end('told');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/hook`,
    got,
    /** What it got, as JSON. */
    bodies: () => got.map(({ body }) => JSON.parse(body)),
    /** Waits until what it got satisfies `enough`. */
    until: (what, enough, options = {}) =>
      until(what, () => enough(got.map(({ body }) => JSON.parse(body))), {
        everyMs: 25,
        seen: () => got.map(({ body }) => JSON.parse(body).type).join(' '),
        ...options,
      }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
