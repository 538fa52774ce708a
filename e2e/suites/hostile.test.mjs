// A few dozen damaged files through a server. The long form is `node e2e/hostile.mjs`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileFiles } from '../lib/hostile.mjs';

const count = Number(process.env.HOSTILE ?? 48);

test(`${count} damaged files end well or with a reason`, async (t) => {
  const { ready, errored, peak } = await hostileFiles({ count, say: (line) => t.diagnostic(line) });
  t.diagnostic(`${ready} ready, ${errored} errored, ${Math.round(peak / 1e6)} MB at most`);
  assert.equal(ready + errored, count);
  assert.ok(errored > 0);
});
