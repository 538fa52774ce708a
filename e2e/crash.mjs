#!/usr/bin/env node
// Kills a working server again and again and checks what it makes of it.
//
//   node e2e/crash.mjs [--rounds 100] [--seed 7]
import { parseArgs } from 'node:util';
import { crashRounds } from './lib/crash.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '100' }, seed: { type: 'string', default: '7' } } });
const counts = await crashRounds({ rounds: Number(values.rounds), seed: Number(values.seed), say: (line) => console.log(line) });
console.log(`crash: ${values.rounds} rounds passed, 0 failed; ${JSON.stringify(counts)}`);
