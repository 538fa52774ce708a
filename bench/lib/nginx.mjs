// nginx serving a folder as it is best served: files kept open, connections kept, nothing logged.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { until } from '../../e2e/lib/poll.mjs';
import { serverCore } from './cores.mjs';

/** The two ways in which nginx sends a file; which is the faster depends on the kernel and on the size. */
export const ways = {
  'nginx, sendfile': 'sendfile on; tcp_nopush on;',
  'nginx, read and write': 'sendfile off; output_buffers 2 512k;',
};

const config = (folder, port, root, way) => `
${process.getuid() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
daemon off;
events { worker_connections 1024; }
http {
  access_log off;
  ${way}
  keepalive_requests 1000000000;
  open_file_cache max=10000 inactive=1h;
  types { video/mp4 mp4 m4s; }
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${root}; }
}
`;

/** Starts nginx over the folder `root`, on the server's core: `{ origin, pid, stop() }`. Its own files go to `folder`. */
export async function startNginx(folder, root, way) {
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config(folder, port, root, way));
  const child = spawn('taskset', ['-c', String(serverCore), 'nginx', '-c', file, '-p', folder, '-e', `${folder}/error.log`],
    { stdio: ['ignore', 'ignore', 'inherit'] });
  const orphan = () => child.kill('SIGTERM');
  process.on('exit', orphan);
  const ended = new Promise((resolve) => child.on('exit', resolve));
  const origin = `http://127.0.0.1:${port}`;
  await until('nginx answers', () => fetch(origin).then(() => true, () => false), { withinMs: 10_000, everyMs: 20 });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    process.off('exit', orphan);
  };
  return { origin, pid: child.pid, stop };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
