// What lives as long as the test file that uses it: a server, a file server, a browser.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { serveFiles } from './fileserver.mjs';
import { connect } from './mux.mjs';
import { Server } from './server.mjs';

/**
 * Starts a server for a whole test file: `{ server, mux, url }`. It is stopped after the file's last test, which fails
 * if the server panicked or did not stop cleanly.
 */
export async function useServer(options) {
  const server = await Server.start(options);
  atTheEnd(async () => {
    server.assertWell();
    const how = await server.stop();
    assert.equal(how.code, 0, `the server did not stop cleanly: ${JSON.stringify(how)}\n${server.log().slice(-2000)}`);
  });
  return { server, mux: connect(server), url: server.url };
}

/** A file server for a whole test file. */
export async function useFiles() {
  const files = await serveFiles();
  atTheEnd(() => files.close());
  return files;
}

/** `https://` in front of a server for a whole test file. */
export async function useTls(server) {
  const { serveTls } = await import('./tls.mjs');
  const tls = await serveTls(server);
  atTheEnd(() => tls.close());
  return tls;
}

/** A browser for a whole test file. */
export async function useBrowser(options) {
  const { openBrowser } = await import('./browser.mjs');
  const browser = await openBrowser(options);
  atTheEnd(() => browser.close());
  return browser;
}

const endings = [];

/** Ends everything, also after something did not end well: a browser left open would keep the file from ending. */
function atTheEnd(ending) {
  if (endings.push(ending) > 1) return;
  after(async () => {
    const outcomes = await Promise.allSettled(endings.map((end) => end()));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) throw failure.reason;
  });
}
