#!/usr/bin/env node
// Feeds damaged media to a server.
//
//   node e2e/hostile.mjs [--count 2000] [--seed 11] [--jobs 4]
import { parseArgs } from 'node:util';
import { hostileFiles } from './lib/hostile.mjs';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '2000' }, seed: { type: 'string', default: '11' }, jobs: { type: 'string', default: '4' } },
});
const { ready, errored, peak } = await hostileFiles({
  count: Number(values.count), seed: Number(values.seed), jobs: Number(values.jobs), say: (line) => console.log(line),
});
console.log(`hostile: ${ready + errored} passed, 0 failed (${ready} ready, ${errored} errored, ${Math.round(peak / 1e6)} MB at most)`);
