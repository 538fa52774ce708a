// docs/moving-from-mux.md, done: its programs are written to files, its commands run, and what they print is as it says.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { coded } from '../lib/media.mjs';
import { binary, e2e, root, scratch } from '../lib/paths.mjs';
import { run } from '../lib/run.mjs';
import { useServer } from '../lib/site.mjs';
import { take } from '../lib/mux.mjs';
import { token } from '../lib/token.mjs';

const site = await useServer();
const guide = readFileSync(join(root, 'docs', 'moving-from-mux.md'), 'utf8').replaceAll('http://127.0.0.1:8080', site.url);
/** Fenced blocks in their order: `{ kind, text }`. */
const blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({ kind, text }));
const folder = scratch('guide');
const environment = () => ({
  ...process.env, ...site.server.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  OLD_BASE_URL: `${site.url}/mux`, OLD_MEDIA_URL: site.url, OLD_TOKEN_ID: token.id, OLD_TOKEN_SECRET: token.secret,
});

/** Text in which `…` stands for anything. */
const pattern = (text) => new RegExp(`^${text.trim().split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}\\s*$`);

test('every program and command of the guide does what it says', async () => {
  mkdirSync(join(folder, 'bin'));
  symlinkSync(binary, join(folder, 'bin', 'subclip'));
  symlinkSync(join(e2e, 'node_modules'), join(folder, 'node_modules'));
  copyFileSync(await coded({ frames: 300 }), join(folder, 'film.mp4'));
  for (const { kind, text } of blocks)
    if (kind === 'js') writeFileSync(join(folder, /^\/\/ (\S+)\n/.exec(text)[1]), text);

  // One shell for all, which says where each block ends.
  const commands = blocks.filter(({ kind }) => kind === 'sh');
  const script = commands.map(({ text }, n) => `${text}\necho "end of block ${n}"`).join('\n');
  const settled = script.replace('MUX_TOKEN_ID=your-id MUX_TOKEN_SECRET=your-secret', `MUX_TOKEN_ID=${token.id} MUX_TOKEN_SECRET=${token.secret}`);
  assert.notEqual(settled, script);
  const done = await run('bash', ['-euo', 'pipefail', '-c', settled], { cwd: folder, env: environment() });
  assert.equal(done.code, 0, done.stderr + done.stdout);

  let rest = done.stdout.replaceAll('\r', '');
  let checked = 0;
  blocks.forEach(({ kind }, at) => {
    if (kind !== 'sh') return;
    const number = blocks.slice(0, at).filter((block) => block.kind === 'sh').length;
    const [said, after] = rest.split(`end of block ${number}\n`);
    rest = after;
    if (blocks[at + 1]?.kind === 'text') {
      assert.match(said, pattern(blocks[at + 1].text));
      checked += 1;
    }
  });
  assert.ok(checked >= 5);
});

test('a library is brought over by its program', async () => {
  const film = await take(site.mux, await coded({ frames: 60 }), { playback_policies: ['public'], passthrough: 'mine', static_renditions: [{ resolution: 'highest' }] });
  const done = await run('node', ['bring.mjs'], { cwd: folder, env: { ...environment(), MUX_BASE_URL: `${site.url}/mux`, MUX_TOKEN_ID: token.id, MUX_TOKEN_SECRET: token.secret } });
  assert.equal(done.code, 0, done.stderr);
  assert.ok(done.stdout.includes(`brought ${film.id}\n`));
  const found = [];
  for await (const asset of site.mux.video.assets.list()) if (asset.meta?.external_id === film.id) found.push(asset);
  assert.equal(found.length, 1);
  assert.equal(found[0].passthrough, 'mine');
});
