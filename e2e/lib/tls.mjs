// https:// in front of a server, under any host name, with a certificate that nobody vouches for.
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './paths.mjs';
import { must } from './run.mjs';

/** Passes requests on to `server`; gives `{ port, close }`. */
export async function serveTls(server) {
  const folder = scratch('tls');
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await must('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-keyout', key, '-out', cert]);
  const agent = new http.Agent({ keepAlive: true });
  const front = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const { method, url: path, headers } = request;
    const passed = http.request({ host: '127.0.0.1', port: server.port, method, path, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    port: front.address().port,
    close() {
      agent.destroy();
      front.closeAllConnections();
      return new Promise((resolve) => front.close(resolve));
    },
  };
}
