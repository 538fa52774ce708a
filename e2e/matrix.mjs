#!/usr/bin/env node
// Frame accuracy over the whole matrix of sources and cuts, with a memory of what was proven already.
//
//   node e2e/matrix.mjs [--all] [--jobs N] [--only TEXT] [--fresh]
//
// Without --all the sample that ./test runs. What passed is kept beside the made media, per build of the binary, and
// not run again unless --fresh; what failed is run again.
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allCases, nameOf, sampledCases } from './lib/matrix.mjs';
import { proveCase } from './lib/matrix-proof.mjs';
import { connect } from './lib/mux.mjs';
import { binary, cache } from './lib/paths.mjs';
import { inParallel } from './lib/poll.mjs';
import { Server } from './lib/server.mjs';

const { values: options } = parseArgs({
  options: { all: { type: 'boolean' }, jobs: { type: 'string', default: '2' }, only: { type: 'string', default: '' }, fresh: { type: 'boolean' } },
});

const build = createHash('sha256').update(readFileSync(binary)).digest('hex').slice(0, 16);
const memory = join(cache, `matrix-${build}.jsonl`);
if (options.fresh) rmSync(memory, { force: true });
const proven = new Set(
  existsSync(memory) ? readFileSync(memory, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line).name) : [],
);

const wanted = (options.all ? allCases() : sampledCases()).filter((one) => nameOf(one).includes(options.only));
const open = wanted.filter((one) => !proven.has(nameOf(one)));
console.log(`${wanted.length} cases, ${wanted.length - open.length} of them proven before`);

const server = await Server.start();
const site = { server, mux: connect(server) };
const failures = [];
let done = 0;
await inParallel(open, Number(options.jobs), async (one) => {
  const name = nameOf(one);
  try {
    await proveCase(site, one);
    appendFileSync(memory, `${JSON.stringify({ name })}\n`);
  } catch (error) {
    failures.push(name);
    console.log(`FAILED  ${name}\n        ${error.message.split('\n').join('\n        ')}`);
  }
  done += 1;
  if (done % 20 === 0) console.log(`${done} of ${open.length}, ${failures.length} failed`);
});
server.assertWell();
await server.stop();

for (const [dimension, count] of Object.entries(tally(failures))) console.log(`failed with ${dimension}: ${count}`);
console.log(`matrix: ${wanted.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;

/** How often each value occurs among the failures, the most frequent first. */
function tally(names) {
  const counts = {};
  for (const name of names) for (const value of name.split(' ')) counts[value] = (counts[value] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort((a, b) => b[1] - a[1]));
}
