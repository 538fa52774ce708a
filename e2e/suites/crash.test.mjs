// `kill -9` at random moments of uploading, ingesting, cutting and deleting. The long form is `node e2e/crash.mjs`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds } from '../lib/crash.mjs';

const rounds = Number(process.env.ROUNDS ?? 12);

test(`${rounds} kills lose nothing and leave nothing`, async (t) => {
  const counts = await crashRounds({ rounds, say: (line) => t.diagnostic(line) });
  assert.ok(counts.ready > 0);
});
