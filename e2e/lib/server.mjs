// A Subclip server of one's own: a free port, a data folder, and the power to stop, kill and restart it.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { binary, scratch } from './paths.mjs';
import { get } from './http.mjs';
import { until } from './poll.mjs';
import { run } from './run.mjs';
import { token } from './token.mjs';

export class Server {
  /** Starts a server and waits until it answers. `data` keeps a folder across servers; `env` adds to its environment. */
  static async start({ data, env = {}, args = [], port } = {}) {
    const server = new Server();
    server.folder = scratch('server');
    server.data = data ?? join(server.folder, 'data');
    server.port = port ?? (await freePort());
    server.extraEnv = env;
    server.args = args;
    server.logFile = join(server.folder, 'server.log');
    await server.#launch();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The environment that points any `subclip` command at this server's data. */
  get env() {
    return {
      SUBCLIP_LISTEN: `127.0.0.1:${this.port}`,
      SUBCLIP_DATA: this.data,
      SUBCLIP_PUBLIC_URL: this.url,
      SUBCLIP_TOKEN: `${token.id}:${token.secret}`,
      SUBCLIP_ALLOW_PRIVATE_URLS: 'true',
      ...this.extraEnv,
    };
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Stops as an operator would, and says how it ended. */
  stop() {
    return this.#end('SIGTERM');
  }

  /** `kill -9`: no goodbye. */
  kill() {
    return this.#end('SIGKILL');
  }

  /** Starts again on the same port with the same data. */
  async restart({ env } = {}) {
    if (this.running) await this.stop();
    if (env) this.extraEnv = { ...this.extraEnv, ...env };
    await this.#launch();
  }

  /** Runs a `subclip` command on this server's data. */
  command(...args) {
    return run(binary, args, { env: this.env, withinMs: 120_000 });
  }

  log() {
    return readFileSync(this.logFile, 'utf8');
  }

  /** The most memory the server itself (not its engine) has ever held, in bytes. */
  peakMemory() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)[1]) * 1024;
  }

  /** Fails when the server has panicked or died by itself. */
  assertWell() {
    assert.ok(this.running, `the server has ended by itself:\n${tail(this.log())}`);
    assert.ok(!/panicked at/.test(this.log()), `a panic in the server's log:\n${/.*panicked at.*/.exec(this.log())?.[0]}`);
  }

  async #launch() {
    const log = openSync(this.logFile, 'a');
    const child = spawn(binary, ['serve', ...this.args], {
      env: { ...process.env, ...this.env },
      cwd: this.folder,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    // A test that failed half-way must not keep its file from ending; the server goes with it.
    child.unref();
    this.child = child;
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => resolve({ error }));
      child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    const orphan = () => child.kill('SIGKILL');
    process.on('exit', orphan);
    this.ended.then(() => process.off('exit', orphan));
    let died;
    this.ended.then((how) => (died = how));
    await until('the server answers /health', async () => {
      if (died) throw new Error(`the server did not start (${JSON.stringify(died)}):\n${tail(this.log())}`);
      const answer = await get(`${this.url}/health`).catch(() => null);
      return answer?.status === 200;
    }, { withinMs: 30_000, everyMs: 25, seen: () => `\n${tail(this.log())}` });
  }

  async #end(signal) {
    if (this.running) this.child.kill(signal);
    let how;
    this.ended.then((end) => (how = end));
    return until(`the server ends after ${signal}`, () => how, { withinMs: 30_000, everyMs: 10, seen: () => tail(this.log()) });
  }
}

// Ports below the range the kernel hands out for outgoing connections, so that nobody takes one between
// the look and the use; each process starts looking at a place of its own.
let candidate = 10_000 + (process.pid * 37) % 20_000;

export async function freePort() {
  for (;;) {
    candidate = candidate >= 30_000 ? 10_000 : candidate + 1;
    const port = candidate;
    const free = await new Promise((resolve) => {
      const probe = net.createServer();
      probe.on('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

const tail = (text, lines = 20) => text.trim().split('\n').slice(-lines).join('\n');
