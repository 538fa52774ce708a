// Runs the rows that are asked for, one after the other, and prints what they found.
import { parseArgs } from 'node:util';
import { machine } from './lib/machine.mjs';
import { print, write } from './lib/report.mjs';
import { Scene } from './lib/scene.mjs';
import { full, quick } from './lib/sizes.mjs';
import { rows } from './rows/index.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean' }, write: { type: 'boolean' } },
});
const names = values.only?.split(',') ?? rows.map((row) => row.name);
for (const name of names)
  if (!rows.some((row) => row.name === name)) fail(`There is no row ${name}; there are: ${rows.map((r) => r.name).join(' ')}`);
if (values.write && values.quick) fail('--quick has nothing that is worth writing.');

const scene = new Scene(values.quick ? quick : full);
const done = [];
for (const row of rows.filter((row) => names.includes(row.name))) {
  console.error(`== ${row.name}: ${row.title}`);
  const began = performance.now();
  done.push({ ...row, ...(await measured(row)) });
  console.error(`   ${Math.round((performance.now() - began) / 1000)} s`);
}
const where = await machine();
print(where, done);
if (values.quick) console.log('\nMeasured with --quick: these figures mean nothing.');
if (values.write) write(where, done, rows);

/** A row that can't be measured says so in its place, and the others are measured nonetheless. */
async function measured(row) {
  try {
    const found = await row.measure(scene);
    await scene.close();
    return found;
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    await scene.close().catch(console.error);
    return { facts: [{ what: 'Not measured', text: error.message.split('\n')[0] }], verdicts: [] };
  }
}

function fail(message) {
  console.error(message);
  process.exit(2);
}
