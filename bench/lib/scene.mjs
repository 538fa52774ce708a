// What rows share: how much to measure, the sources, and servers that have taken them in.
import { rmSync } from 'node:fs';
import { Server } from '../../e2e/lib/server.mjs';
import { Api } from './api.mjs';
import { source } from './sources.mjs';

export class Scene {
  #servers = [];

  constructor(sizes) {
    this.sizes = sizes;
  }

  tenMinutes({ bFrames = true } = {}) {
    return this.#source(this.sizes.tenMinutes, bFrames);
  }

  twoHours() {
    return this.#source(this.sizes.twoHours, true);
  }

  /** A server with nothing in it: `{ server, api }`. It ends with the row. */
  async server(options) {
    const server = await Server.start(options);
    this.#servers.push(server);
    return { server, api: new Api(server) };
  }

  /** A server that has taken `file` in: `{ server, api, asset }`. */
  async serverWith(file) {
    const { server, api } = await this.server();
    const { asset } = await api.take(file);
    return { server, api, asset };
  }

  /** Ends the row's servers and empties their disks; one that was not well is an error. */
  async close() {
    for (const server of this.#servers.splice(0)) {
      server.assertWell();
      await server.stop();
      rmSync(server.folder, { recursive: true, force: true });
    }
  }

  #source(seconds, bFrames) {
    const { footageSeconds } = this.sizes;
    return source({ seconds, bFrames, footageSeconds });
  }
}
