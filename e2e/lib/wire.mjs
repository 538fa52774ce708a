// A wire to a server that is cut while something is sent.
import net from 'node:net';

/**
 * Passes connections on to `server`. When so many bytes went to it, the one that brought them is held and `meanwhile` runs,
 * and who connects waits until that is done. Gives `{ url, wasCut, close }`.
 */
export async function serveWire(server, bytes, meanwhile) {
  let passed = 0;
  let done;
  const open = new Set();
  const front = net.createServer(async (client) => {
    open.add(client);
    client.on('error', () => {});
    client.on('close', () => open.delete(client));
    await done;
    const to = net.connect(server.port, '127.0.0.1');
    to.on('error', () => {});
    to.on('close', () => client.destroy());
    client.on('close', () => to.destroy());
    client.on('data', ({ length }) => {
      passed += length;
      if (done || passed < bytes) return;
      client.unpipe(to);
      client.pause();
      done = meanwhile();
    });
    client.pipe(to).pipe(client);
  });
  await new Promise((resolve) => front.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${front.address().port}`,
    wasCut: () => done !== undefined,
    close() {
      for (const client of open) client.destroy();
      return new Promise((resolve) => front.close(resolve));
    },
  };
}
