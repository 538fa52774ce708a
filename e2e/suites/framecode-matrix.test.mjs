// Frame accuracy over kinds of sources and cuts: a sample of the matrix in which every pair of values meets.
// The whole is `node e2e/matrix.mjs --all`.
import { test } from 'node:test';
import { nameOf, sampledCases } from '../lib/matrix.mjs';
import { proveCase } from '../lib/matrix-proof.mjs';
import { useServer } from '../lib/site.mjs';

const site = await useServer();

for (const one of sampledCases()) test(nameOf(one), () => proveCase(site, one));
